/** Arrow keys stay inside the list. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { points } from '../src/icons/pointing.js';
import { target } from '../src/view/arrow-keys.js';

test('arrow keys lead to the neighbour, Home and End to the ends, others nowhere', () => {
  assert.equal(target('ArrowDown', 0, 3), 1);
  assert.equal(target('ArrowDown', 2, 3), 2);
  assert.equal(target('ArrowUp', 0, 3), 0);
  assert.equal(target('Home', 2, 3), 0);
  assert.equal(target('End', 0, 3), 2);
  assert.equal(target('a', 0, 3), null);
});

test('icons that point along the writing are mirrored, and no others', () => {
  for (const name of ['chevron-right', 'arrow-left', 'panel-left-open', 'external-link', 'quote']) assert.ok(points(name), name);
  for (const name of ['arrow-up', 'check', 'history', 'copyright', 'rotate-cw', 'text-align-right', 'search']) assert.ok(!points(name), name);
});
