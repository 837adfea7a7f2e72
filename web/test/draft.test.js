import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLANK, contentOf, draftOf, inputOf } from '../src/composer/draft.js';

const entity = (/** @type {string} */ title) => ({ id: title.toLowerCase(), title });

test('mentions in the text become tags where they stand', () => {
  const content = contentOf({ ...BLANK, text: 'Ask @Ann Lee or @Ann', mentions: [entity('Ann'), entity('Ann Lee')] });
  assert.deepEqual(content.map((part) => [part.type, part.text]), [
    ['input_text', 'Ask '], ['input_tag', 'Ann Lee'], ['input_text', ' or '], ['input_tag', 'Ann'],
  ]);
});

test('content that a page sets comes out as it went in', () => {
  const content = [
    /** @type {const} */ ({ type: 'input_text', text: 'Hello ' }),
    /** @type {const} */ ({ type: 'input_tag', id: 'ann', text: 'Ann', group: undefined, data: {}, interactive: false }),
  ];
  assert.deepEqual(contentOf({ ...BLANK, ...draftOf(content) }), content);
});

test('a message names its tool, its model and what it replies to only if there are such', () => {
  assert.deepEqual(inputOf({ ...BLANK, text: ' x ' }, ['f']), {
    content: [{ type: 'input_text', text: 'x' }], attachments: ['f'], inference_options: {},
  });
});
