import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLANK, contentOf, edited, inputOf, mentioning, wordsOf } from '../src/composer/draft.js';

const entity = (/** @type {string} */ title, id = title.toLowerCase()) => ({ id, title });
const shown = (/** @type {import('../src/composer/draft.js').Words} */ words) =>
  contentOf(words).map((part) => (part.type === 'input_tag' ? `<${part.id}>` : part.text));

const ann = mentioning({ text: 'Ask @Ann Lee or @Ann', mentions: [] }, entity('Ann', 'ann-2'), 16);
const both = mentioning(ann, entity('Ann Lee'), 4);

test('mentions become tags where they stand', () => {
  assert.deepEqual(shown(both), ['Ask ', '<ann lee>', ' or ', '<ann-2>']);
});

test('a title that somebody wrote by hand is text', () => {
  assert.deepEqual(shown(ann), ['Ask @Ann Lee or ', '<ann-2>']);
});

test('two entities of one title stay two', () => {
  const one = mentioning({ text: '@Ann @Ann', mentions: [] }, entity('Ann', 'one'), 0);
  assert.deepEqual(shown(mentioning(one, entity('Ann', 'two'), 5)), ['<one>', ' ', '<two>']);
});

test('mentions move with the text around them', () => {
  const longer = edited(both, 'Please ask @Ann Lee or @Ann', 8);
  assert.deepEqual(shown(longer), ['Please ask ', '<ann lee>', ' or ', '<ann-2>']);
  const shorter = edited(longer, 'Please ask @Ann Lee, @Ann', 20);
  assert.deepEqual(shown(shorter), ['Please ask ', '<ann lee>', ', ', '<ann-2>']);
});

test('a mention that is changed is a mention no more', () => {
  assert.deepEqual(shown(edited(both, 'Ask @Ann Le or @Ann', 11)), ['Ask @Ann Le or ', '<ann-2>']);
});

test('the caret tells which of two equal characters was typed', () => {
  const words = mentioning({ text: 'a@b', mentions: [] }, entity('b'), 1);
  assert.deepEqual(edited(words, 'aa@b', 1).mentions, [{ entity: entity('b'), at: 2 }]);
  const after = mentioning({ text: '@bb ', mentions: [] }, entity('bb'), 0);
  assert.deepEqual(edited(after, '@bbb ', 4).mentions, after.mentions);
});

test('content that a page sets comes out as it went in', () => {
  const content = [
    /** @type {const} */ ({ type: 'input_text', text: 'Hello ' }),
    /** @type {const} */ ({ type: 'input_tag', id: 'ann', text: 'Ann', group: undefined, data: {}, interactive: false }),
  ];
  assert.deepEqual(contentOf(wordsOf(content)), content);
});

test('a message names its tool, its model and what it replies to only if there are such', () => {
  assert.deepEqual(inputOf({ ...BLANK, text: ' x ' }, ['f']), {
    content: [{ type: 'input_text', text: 'x' }], attachments: ['f'], inference_options: {},
  });
});
