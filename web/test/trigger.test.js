/** What is typed opens a menu where a person means one, and nowhere else. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mentioning } from '../src/composer/draft.js';
import { triggerAt } from '../src/composer/trigger.js';

const at = (/** @type {string} */ text, caret = text.length) => triggerAt({ text, mentions: [] }, caret, ['@', '/']);

test('an @ or a / at the beginning of a word opens its menu', () => {
  assert.deepEqual(at('@'), { sign: '@', query: '', from: 0, to: 1 });
  assert.deepEqual(at('ask @an'), { sign: '@', query: 'an', from: 4, to: 7 });
  assert.deepEqual(at('ask\n/new chat'), { sign: '/', query: 'new chat', from: 4, to: 13 });
  assert.deepEqual(at('ask @an now', 7), { sign: '@', query: 'an', from: 4, to: 7 });
});

test('titles have spaces, and languages without spaces have mentions', () => {
  assert.equal(at('see @Ann Le')?.query, 'Ann Le');
  assert.equal(at('請問@王')?.query, '王');
  assert.equal(at('請問＠王')?.query, '王');
});

test('addresses, paths and sentences open nothing', () => {
  for (const text of ['me@example.org', 'a/b', '/etc/hosts', 'either / or', '@ home', `@${'x'.repeat(50)}`, 'plain']) {
    assert.equal(at(text), null, text);
  }
});

test('a mention that is there is not searched for again', () => {
  const words = mentioning({ text: '@Ann ', mentions: [] }, { id: 'ann', title: 'Ann' }, 0);
  assert.equal(triggerAt(words, 5, ['@']), null);
});

test('a sign that means nothing here opens nothing', () => {
  assert.equal(triggerAt({ text: '/new', mentions: [] }, 4, ['@']), null);
});
