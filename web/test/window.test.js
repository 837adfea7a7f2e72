import assert from 'node:assert/strict';
import { test } from 'node:test';
import { between, Heights, rowsOf } from '../src/view/window.js';

/** @param {number} count @returns {any[]} */
const items = (count) => Array.from({ length: count }, (_, at) => ({ id: `i${at}` }));

test('a height that nobody measured is estimated from the first that were', () => {
  const heights = new Heights();
  assert.equal(heights.of('x'), 120);
  for (let at = 0; at < 6; at++) heights.note(`i${at}`, 200 + at * 20);
  assert.equal(heights.of('x'), 250);
  heights.note('huge', 100_000);
  assert.equal(heights.of('x'), 250, 'the estimate stays');
  assert.equal(heights.of('huge'), 100_000);
});

test('an item is near when any of it is between two heights', () => {
  const tops = Float64Array.of(0, 100, 100, 300, 400); // the second has no height
  assert.deepEqual(between(tops, 0, 50), [0, 1]);
  assert.deepEqual(between(tops, 100, 101), [2, 3]);
  assert.deepEqual(between(tops, 299, 301), [2, 4]);
  assert.deepEqual(between(tops, -500, 900), [0, 4]);
  assert.deepEqual(between(tops, 900, 950), [4, 4]);
});

test('what is not drawn leaves as much room as it had', () => {
  const heights = new Heights();
  const list = items(6);
  list.forEach(({ id }, at) => heights.note(id, at + 1));
  const rows = rowsOf(list, heights.tops(list), (at) => at === 2 || at === 3);
  assert.deepEqual(
    rows.map((row) => (row.item ? row.item.id : row.height)),
    [1 + 2, 'i2', 'i3', 5 + 6],
  );
});

test('a gap keeps its place in the document when the window moves', () => {
  const list = items(5);
  const tops = new Heights().tops(list);
  const first = (/** @type {number} */ from) => rowsOf(list, tops, (at) => at >= from).at(0)?.key;
  assert.equal(first(1), first(2));
});
