/** Charts. */

import { caption, Card, title } from './nodes.js';

const DATA = [
  { month: '2026-01', sun: 140, rain: 98, wind: -12 }, { month: '2026-02', sun: 165, rain: 80, wind: 20 }, { month: '2026-03', sun: 210, rain: 72, wind: 32 },
  { month: '2026-04', sun: 250, rain: 60, wind: 18 }, { month: '2026-05', sun: 290, rain: 41, wind: -25 }, { month: '2026-06', sun: 320, rain: 22, wind: -8 },
];
const MONTHS = Object.fromEntries(DATA.map(({ month }, at) => [month, ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun'][at]]));
const X = { dataKey: 'month', labels: MONTHS };
const chart = (/** @type {string} */ name, /** @type {any} */ props) => Card({ size: 'md' }, title(name, { size: 'sm' }), { type: 'Chart', data: DATA, xAxis: X, ...props });
const s = (/** @type {string} */ type, /** @type {string} */ dataKey, /** @type {any} */ props = {}) => ({ type, dataKey, label: dataKey, ...props });

/** @type {Record<string, any>} */
export const CHARTS = {
  'Chart: bars': chart('Bars', { series: [s('bar', 'sun'), s('bar', 'rain')], showYAxis: true }),
  'Chart: stacked bars': chart('Stacked, gaps of its own', { series: [s('bar', 'sun', { stack: 'a', color: 'blue' }), s('bar', 'rain', { stack: 'a', color: 'purple' })], barCategoryGap: 12, showLegend: true }),
  'Chart: below zero': chart('Below zero', { series: [s('bar', 'wind', { color: { light: 'red-600', dark: 'red-500' } })], showYAxis: true, showLegend: false }),
  'Chart: lines': chart('Lines', { series: [s('line', 'sun', { curveType: 'monotone' }), s('line', 'rain', { curveType: 'step' }), s('line', 'wind', { curveType: 'linear' })], showYAxis: true }),
  'Chart: areas': chart('Areas', { series: [s('area', 'sun', { stack: 'a', curveType: 'natural' }), s('area', 'rain', { stack: 'a', curveType: 'natural', color: 'orange' })], height: 180 }),
  'Chart: all three': chart('All three, no axis', { series: [s('area', 'sun', { color: 'green' }), s('bar', 'rain', { color: 'yellow' }), s('line', 'wind', { color: 'pink' })], xAxis: { dataKey: 'month', hide: true }, showTooltip: false, aspectRatio: '16/9' }),
  'Chart: one point, and none': Card({ size: 'md' }, { type: 'Chart', data: DATA.slice(0, 1), xAxis: 'month', series: [s('line', 'sun')], height: 110 }, caption('No data at all:'), { type: 'Chart', data: [], xAxis: 'month', series: [s('bar', 'sun')], height: 90 }),
};
