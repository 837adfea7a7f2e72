import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reduce } from '../src/thread/reducer.js';
import { EMPTY, upTo, withLocal } from '../src/thread/state.js';

/** @param {any[]} events */
const after = (...events) => events.reduce(reduce, EMPTY);
const answer = (/** @type {string} */ text) => ({
  id: 'a', type: 'assistant_message', content: [{ type: 'output_text', text, annotations: [] }],
});
const delta = (/** @type {string} */ text) => ({
  type: 'thread.item.updated', item_id: 'a',
  update: { type: 'assistant_message.content_part.text_delta', content_index: 0, delta: text },
});

test('an answer grows word by word, and its end counts', () => {
  const growing = after({ type: 'thread.item.added', item: answer('') }, delta('Hel'), delta('lo'));
  assert.equal(/** @type {any} */ (growing.items[0]).content[0].text, 'Hello');
  assert.deepEqual(growing.open, ['a']);

  const done = reduce(growing, /** @type {any} */ ({ type: 'thread.item.done', item: answer('Hello!') }));
  assert.equal(/** @type {any} */ (done.items[0]).content[0].text, 'Hello!');
  assert.deepEqual(done.open, []);
});

test('an event of an item that comes twice changes nothing', () => {
  const once = after({ type: 'thread.item.done', item: answer('x') });
  assert.deepEqual(reduce(once, /** @type {any} */ ({ type: 'thread.item.done', item: answer('x') })), once);
});

test("the server's message takes the place of the one that was shown at once", () => {
  const shown = withLocal(EMPTY, { id: '', type: 'user_message', content: [], attachments: [] });
  const item = { id: 'u', type: 'user_message', content: [], attachments: [] };
  assert.deepEqual(reduce(shown, /** @type {any} */ ({ type: 'thread.item.done', item })).items, [item]);
});

test('only the changed part of a widget is new', () => {
  const still = { type: 'Text', id: 'still', value: 'x' };
  const widget = { type: 'Card', children: [still, { type: 'Col', children: [{ type: 'Text', id: 't', value: 'a' }] }] };
  const drawn = after(
    { type: 'thread.item.added', item: { id: 'w', type: 'widget', widget } },
    { type: 'thread.item.updated', item_id: 'w', update: { type: 'widget.streaming_text.value_delta', component_id: 't', delta: 'b', done: true } },
  );
  const { children } = /** @type {any} */ (drawn.items[0]).widget;
  assert.equal(children[0], still);
  assert.deepEqual(children[1].children[0], { type: 'Text', id: 't', value: 'ab', streaming: false });
});

test('an unknown event or update changes nothing', () => {
  const state = after({ type: 'thread.item.added', item: answer('x') });
  assert.equal(reduce(state, /** @type {any} */ ({ type: 'thread.flew' })), state);
  assert.equal(reduce(state, /** @type {any} */ ({ type: 'thread.item.updated', item_id: 'a', update: { type: 'x' } })), state);
});

test('a retry keeps the message and drops what came after it', () => {
  const user = { id: 'u', type: 'user_message', content: [], attachments: [] };
  const state = after({ type: 'thread.item.done', item: user }, { type: 'thread.item.done', item: answer('x') });
  assert.deepEqual(upTo(state, 'u').items, [user]);
});
