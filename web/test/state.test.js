import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reduce } from '../src/thread/reducer.js';
import { EMPTY, refreshed, withLocal } from '../src/thread/state.js';

/** @typedef {import('../src/wire.js').Item} Item */

/** @param {string} id @param {string} text @returns {any} */
const said = (id, text) => ({ id, type: 'user_message', content: [{ type: 'input_text', text }], attachments: [] });
/** @param {string} id @returns {any} */
const answered = (id) => ({ id, type: 'assistant_message', content: [] });
/** @param {Item} item @returns {any} */
const done = (item) => ({ type: 'thread.item.done', item });

const THREAD = { id: 'thr_1' };
const NOTICE = { id: 1, level: /** @type {const} */ ('info'), message: 'late' };
const ERROR = { message: 'no', allowRetry: true };

/** @param {readonly Item[]} items */
const words = (items) => items.map((item) => (item.type === 'user_message' ? item.content[0].text : item.id));

/** @param {readonly string[]} texts */
const waiting = (...texts) => texts.reduce((state, text) => withLocal(state, said('', text)), EMPTY);

test('what the server says stands before the messages that wait', () => {
  const state = [done(said('1', 'one')), done(answered('2'))].reduce(reduce, waiting('one', 'two'));
  assert.deepEqual(words(state.items), ['one', '2', 'two']);
});

test('a message that another page sent takes the place of none that waits, if its own is there', () => {
  const state = reduce(waiting('one', 'two'), done(said('1', 'two')));
  assert.deepEqual(words(state.items), ['two', 'one']);
  assert.equal(state.items[0].id, '1');
});

test('what only the page knows survives that the thread is read again', () => {
  const before = { ...EMPTY, items: withLocal({ ...EMPTY, items: [answered('1')] }, said('', 'unsent')).items, notices: [NOTICE], error: ERROR };
  const state = refreshed(before, THREAD, [answered('1')]);
  assert.deepEqual(words(state.items), ['1', 'unsent']);
  assert.deepEqual([state.notices, state.error, state.thread], [[NOTICE], ERROR, THREAD]);
});

test('an error is over when something came after it', () => {
  assert.equal(refreshed({ ...EMPTY, items: [answered('1')], error: ERROR }, THREAD, [answered('1'), answered('2')]).error, null);
});

test('a message that the server took after all is there once', () => {
  const state = refreshed(waiting('one', 'two'), THREAD, [said('1', 'one'), answered('2')]);
  assert.deepEqual(words(state.items), ['one', '2', 'two']);
});

test('pages of older items stay when the newest page is read again, if nothing is missing between', () => {
  const before = { ...EMPTY, items: ['1', '2', '3'].map(answered) };
  assert.deepEqual(words(refreshed(before, THREAD, ['3', '4'].map(answered)).items), ['1', '2', '3', '4']);
  assert.deepEqual(words(refreshed(before, THREAD, ['5', '6'].map(answered)).items), ['5', '6']);
});
