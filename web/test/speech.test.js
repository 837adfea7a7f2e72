/** A screen reader hears sentences, each once. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plain, Speech } from '../src/view/speech.js';

/** What is said of a text that comes in steps. @param {string} text @param {number} step @param {string} [locale] */
function said(text, step, locale = 'en') {
  const speech = new Speech(locale, 'Code block');
  const lines = [];
  for (let end = step; end < text.length + step; end += step) lines.push(speech.take('one', text.slice(0, end), end >= text.length));
  return lines.filter(Boolean);
}

test('a sentence is said when the next begins, and the last one at the end', () => {
  assert.deepEqual(said('One is here. Two follows! Is this three', 1), ['One is here.', 'Two follows!', 'Is this three']);
});

test('sentences of languages without spaces are found too', () => {
  assert.deepEqual(said('今天天氣很好。我們去散步吧！好嗎', 1, 'zh-TW'), ['今天天氣很好。', '我們去散步吧！', '好嗎']);
});

test('a block of code is named and not read out', () => {
  const text = 'Try this:\n\n```js\nlet a = 1. \n\nlet b = 2\n```\n\nThat is all.';
  assert.equal(said(text, 1).join(' '), 'Try this: Code block. That is all.');
  assert.equal(said(text, 7).join(' '), 'Try this: Code block. That is all.');
});

test('however the text is cut, the same is said', () => {
  const text = 'A **bold** start, with [a link](https://example.org/a.b). Then a list:\n\n- one\n- two\n\n# A heading\n\nThe end.';
  const whole = 'A bold start, with a link. Then a list: one two A heading The end.';
  for (const step of [1, 2, 3, 5, 8, 13, 500]) assert.equal(said(text, step).join(' '), whole);
});

test('a text that begins again is not said twice', () => {
  const speech = new Speech('en', 'Code block');
  assert.equal(speech.take('one', 'First. Second. Th', false), 'First. Second.');
  assert.equal(speech.take('one', 'Fir', false), '');
  assert.equal(speech.take('one', 'First. Second. Third. ', true), 'Third.');
});

test('what was there before is not said', () => {
  const speech = new Speech('en', 'Code block');
  speech.skip('one', 'An old answer.');
  assert.equal(speech.take('one', 'An old answer.', true), '');
});

test('signs of Markdown are not read out', () => {
  assert.equal(plain('| a | b |\n|---|:-:|\n| 1 | 2 |'), 'a, b 1, 2');
  assert.equal(plain('## Use `make up` and *wait*, snake_case_name stays'), 'Use make up and wait, snake_case_name stays');
});
