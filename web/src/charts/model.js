/** From a Chart node to series of numbers that can be drawn. Values that are no numbers are gaps. */

import { seriesColor, SERIES } from '../widgets/colors.js';

/** More can't be told apart, and would stop the page. */
const MOST_ROWS = 1000;
const MOST_SERIES = 24;

/**
 * `spans` are from and to for each row, stacked if the series is; null for a gap.
 * @typedef {{type: 'bar' | 'area' | 'line', label: string, color: string, curve: string | undefined,
 *   stack: string | undefined, values: (number | null)[], spans: ([number, number] | null)[]}} Series
 * @typedef {{labels: string[], series: Series[], least: number, most: number}} Model
 */

/**
 * @param {any} node
 * @returns {Model}
 */
export function modelOf(node) {
  const rows = (Array.isArray(node.data) ? node.data : []).filter((/** @type {any} */ row) => row && typeof row === 'object').slice(0, MOST_ROWS);
  const given = (Array.isArray(node.series) ? node.series : []).filter((/** @type {any} */ each) => each && typeof each === 'object').slice(0, MOST_SERIES);
  const series = stacked(given.map((/** @type {any} */ each, /** @type {number} */ at) => seriesOf(each, at, rows)));
  const ends = series.flatMap(({ spans }) => spans.flatMap((span) => span ?? []));
  // Bars and areas stand on zero; lines alone may begin above it.
  const grounded = series.some(({ type }) => type !== 'line');
  const least = Math.min(...(ends.length ? ends : [0]), grounded ? 0 : Infinity);
  const most = Math.max(...(ends.length ? ends : [1]), grounded ? 0 : -Infinity);
  return { labels: labelsOf(node.xAxis, rows), series, least, most };
}

/** @param {any} given @param {number} at @param {any[]} rows @returns {Series} */
function seriesOf(given, at, rows) {
  const values = rows.map((row) => number(row[given.dataKey]));
  return {
    type: given.type === 'area' || given.type === 'line' ? given.type : 'bar',
    label: String(given.label || given.dataKey || ''),
    color: seriesColor(given.color) ?? SERIES[at % SERIES.length],
    curve: typeof given.curveType === 'string' ? given.curveType : undefined,
    stack: given.type !== 'line' && given.stack != null ? String(given.stack) : undefined,
    values,
    spans: values.map((value) => (value == null ? null : [given.type === 'line' ? value : 0, value])),
  };
}

/** @param {unknown} value @returns {number | null} */
function number(value) {
  const given = typeof value === 'string' && value.trim() ? Number(value) : value;
  return typeof given === 'number' && Number.isFinite(given) ? given : null;
}

/** Series of one type and stack stand on each other, what is below zero downwards. @param {Series[]} series */
function stacked(series) {
  /** @type {Map<string, {up: number[], down: number[]}>} */
  const tops = new Map();
  for (const each of series) {
    if (each.stack === undefined) continue;
    const key = `${each.type} ${each.stack}`;
    const top = tops.get(key) ?? { up: [], down: [] };
    tops.set(key, top);
    each.spans = each.values.map((value, at) => {
      if (value == null) return null;
      const side = value < 0 ? top.down : top.up;
      const from = side[at] ?? 0;
      side[at] = from + value;
      return [from, from + value];
    });
  }
  return series;
}

/** @param {any} axis @param {any[]} rows @returns {string[]} */
function labelsOf(axis, rows) {
  const key = typeof axis === 'string' ? axis : axis?.dataKey;
  const names = typeof axis === 'object' && axis?.labels && typeof axis.labels === 'object' ? axis.labels : {};
  return rows.map((row) => {
    const value = String(row[key] ?? '');
    return Object.hasOwn(names, value) ? String(names[value]) : value;
  });
}
