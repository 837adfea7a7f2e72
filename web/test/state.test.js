import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY, olderThan, refreshed, refused, withLocal, without } from '../src/thread/state.js';

const thread = { id: 't' };
/** @param {...string} ids @returns {any[]} */
const items = (...ids) => ids.map((id) => ({ id, type: 'assistant_message', content: [] }));
/** @param {...string} ids */
const showing = (...ids) => ({ ...EMPTY, thread, items: items(...ids) });
const said = /** @type {any} */ ({ id: '', type: 'user_message', content: [], attachments: [] });
const ids = (/** @type {import('../src/thread/state.js').ThreadState} */ state) => state.items.map((item) => item.id);

test('older pages stay above the newest one when it is read again', () => {
  assert.deepEqual(ids(refreshed(showing('a', 'b', 'c'), thread, items('b', 'c', 'd'))), ['a', 'b', 'c', 'd']);
});

test('what may have a gap below it goes', () => {
  const after = items('x', 'y');
  assert.deepEqual(olderThan(showing('a', 'b'), after), []);
  assert.deepEqual(ids(refreshed(showing('a', 'b'), thread, after)), ['x', 'y']);
});

test('a message that the server does not have stays, with why', () => {
  const state = refused(withLocal(showing('a'), said), new Error('no'));
  const after = refreshed(state, thread, items('a'));
  assert.equal(after.items.length, 2);
  assert.equal(after.error, state.error);
});

test('a failure goes when something came after it', () => {
  const state = refused(showing('a'), new Error('no'));
  assert.equal(refreshed(state, thread, items('a', 'b')).error, null);
});

test('what can never succeed offers no other try', () => {
  const gone = Object.assign(new Error('gone'), { code: 'not_found' });
  assert.equal(refused(EMPTY, gone).error?.allowRetry, false);
});

test('a restart takes away what the turn brought and nothing else', () => {
  assert.deepEqual(ids(without(showing('a', 'b', 'c'), new Set(['b']))), ['a', 'c']);
});
