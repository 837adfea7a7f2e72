/** Which files may be attached, by the limits that a page sets. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENGLISH } from '../src/locales/locales.js';
import { RequestFailed } from '../src/protocol/problem.js';
import { accepted, largest, refusal, tooMany } from '../src/session/upload.js';
import { failureOf } from '../src/session/uploads.js';

const file = (/** @type {string} */ name, /** @type {string} */ type, size = 1) => /** @type {File} */ (/** @type {unknown} */ ({ name, type, size }));

test('a limit is that of the type, of its family, or of all others', () => {
  const limits = { 'image/png': 1, 'image/*': 2, '*': 3 };
  assert.deepEqual(['image/png', 'image/jpeg', 'text/plain', ''].map((type) => largest(type, limits)), [1, 2, 3, 3]);
  assert.equal(largest('text/plain', { '': 4 }), 4);
  assert.equal(largest('text/plain', 5), 5);
  assert.equal(largest('text/plain', { 'image/*': 2 }), 100 * 1024 * 1024);
  assert.equal(largest('text/plain', undefined), 100 * 1024 * 1024);
});

test('a file is taken for its type or for its ending', () => {
  const accept = { 'image/*': [], 'text/plain': ['.txt', '.MD'] };
  const taken = [['a.png', 'image/png'], ['a.txt', ''], ['a.md', 'text/markdown'], ['a', 'text/plain']];
  for (const [name, type] of taken) assert.ok(accepted({ name, type }, accept), name);
  assert.ok(!accepted({ name: 'a.pdf', type: 'application/pdf' }, accept));
  assert.ok(accepted({ name: 'a.pdf', type: 'application/pdf' }, undefined));
  assert.ok(accepted({ name: 'a.pdf', type: 'application/pdf' }, {}));
});

test('a refusal says why', () => {
  assert.equal(refusal(file('a.txt', 'text/plain', 3000), { enabled: true, maxSize: 2048 }, ENGLISH, 'en'), 'a.txt is too large. The limit is 2 kB.');
  assert.equal(refusal(file('a.txt', 'text/plain'), { enabled: true, accept: { 'image/*': [] } }, ENGLISH, 'en'), 'a.txt: this file type isn’t supported.');
  assert.equal(refusal(file('a.txt', 'text/plain'), { enabled: true }, ENGLISH, 'en'), null);
});

test('as many files are taken as there is room for, and those that failed take none', () => {
  const three = [file('a', ''), file('b', ''), file('c', '')];
  const others = [{ problem: null }, { problem: 'no' }];
  assert.deepEqual(tooMany(three, { enabled: true, maxCount: 3 }, others), { count: 2, problem: ['tooMany', { count: 3 }] });
  assert.deepEqual(tooMany(three, { enabled: true }, []), { count: 10, problem: null });
});

test('what the server refused for good is not sent to it again', () => {
  const one = file('a.txt', 'text/plain');
  const failed = (/** @type {number} */ status) => failureOf(new RequestFailed('no', { status }), one, ENGLISH);
  assert.deepEqual(failed(415), { problem: 'a.txt: this file type isn’t supported.', file: null });
  assert.deepEqual(failed(413), { problem: 'a.txt couldn’t be uploaded.', file: null });
  assert.deepEqual(failed(503), { problem: 'a.txt couldn’t be uploaded.' });
});
