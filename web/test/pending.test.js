import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { PendingRequests } from '../src/protocol/pending.js';

/** @type {Map<string, string>} */
let kept;
beforeEach(() => {
  kept = new Map();
  globalThis.sessionStorage = /** @type {any} */ ({
    getItem: (/** @type {string} */ name) => kept.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ text) => void kept.set(name, text),
    removeItem: (/** @type {string} */ name) => void kept.delete(name),
  });
});

/** @param {string} key @param {number} [at] */
const pending = (key, at = Date.now()) => ({ key, at, request: { type: 'threads.create', params: {} } });
const keys = (/** @type {PendingRequests} */ requests) => requests.all.map((each) => each.key);

test('a page after this one finds what was sent, oldest first, until it is known', () => {
  const before = new PendingRequests('/chatkit');
  before.keep(pending('a'));
  before.keep(pending('b'));
  const after = new PendingRequests('/chatkit');
  assert.deepEqual(keys(after), ['a', 'b']);
  after.forget('a');
  assert.deepEqual(keys(before), ['b']);
  after.forget('b');
  assert.equal(kept.size, 0);
});

test('what is kept again under its key is one request', () => {
  const requests = new PendingRequests('/chatkit');
  requests.keep(pending('a'));
  requests.keep(pending('a'));
  assert.deepEqual(keys(requests), ['a']);
});

test("elements and addresses don't see each other's", () => {
  new PendingRequests('/chatkit', 'left').keep(pending('a'));
  assert.deepEqual(keys(new PendingRequests('/chatkit', 'right')), []);
  assert.deepEqual(keys(new PendingRequests('/other', 'left')), []);
});

test('what is older than ten minutes is not sent any more', () => {
  const requests = new PendingRequests('/chatkit');
  requests.keep(pending('a', Date.now() - 11 * 60_000));
  assert.deepEqual(keys(requests), []);
});

test('without a storage nothing is kept and nothing thrown', () => {
  globalThis.sessionStorage = /** @type {any} */ (undefined);
  const requests = new PendingRequests('/chatkit');
  requests.keep(pending('a'));
  requests.forget('a');
  assert.deepEqual(keys(requests), []);
});
