/** Every icon that a page may put into the header has a name for those who do not see it. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { labelOf } from '../src/view/header-labels.js';

const TYPES = readFileSync(new URL('../node_modules/@openai/chatkit/types/index.d.ts', import.meta.url), 'utf8');

test('every icon of the header has a label', () => {
  const [, names] = /** @type {RegExpExecArray} */ (/export type HeaderIcon =([^;]+);/.exec(TYPES));
  const icons = [...names.matchAll(/'([\w-]+)'/g)].map(([, name]) => name);
  assert.ok(icons.length > 30);
  assert.deepEqual(icons.filter((icon) => !labelOf(icon)), []);
});
