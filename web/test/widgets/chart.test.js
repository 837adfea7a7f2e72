import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelOf } from '../../src/charts/model.js';
import { every, ticks } from '../../src/charts/scales.js';

test('ticks are round and hold the range', () => {
  assert.deepEqual(ticks(0, 320, 4), [0, 100, 200, 300, 400]);
  assert.deepEqual(ticks(-25, 32, 4), [-40, -20, 0, 20, 40]);
  assert.deepEqual(ticks(0, 0, 4).length > 1, true);
  assert.deepEqual(ticks(0, 0.3, 3), [0, 0.1, 0.2, 0.3]);
});

test('stacked series stand on each other, above zero and below it', () => {
  const { series, least, most } = modelOf({
    data: [{ a: 2, b: 3, c: -1 }, { a: 1, b: 'x', c: -2 }], xAxis: 'n',
    series: ['a', 'b', 'c'].map((dataKey) => ({ type: 'bar', dataKey, stack: 's' })),
  });
  assert.deepEqual(series.map(({ spans }) => spans), [[[0, 2], [0, 1]], [[2, 5], null], [[0, -1], [0, -2]]]);
  assert.deepEqual([least, most], [-2, 5]);
});

test('categories have the names that the axis gives them', () => {
  const { labels } = modelOf({ data: [{ m: '1' }, { m: 'toString' }, {}], series: [], xAxis: { dataKey: 'm', labels: { 1: 'Jan' } } });
  assert.deepEqual(labels, ['Jan', 'toString', '']);
});

test('a chart of nonsense is an empty chart', () => {
  for (const node of [{}, { data: 'x', series: 7 }, { data: [null, 1], series: [null], xAxis: null }]) {
    assert.deepEqual(modelOf(node).series.flatMap(({ spans }) => spans), []);
  }
  assert.equal(every(0, 0, 10), 1);
});
