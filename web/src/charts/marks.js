/** Bars, areas and lines as SVG. */

import { area, line } from 'd3-shape';
import { nothing, svg } from 'lit';
import { styles } from '../view/set-styles.js';
import { curveOf } from './curves.js';

/**
 * @typedef {import('./model.js').Series} Series
 * @typedef {{x: (at: number) => number, y: (value: number) => number, band: number}} Places
 */

/** A bar has corners of this radius at its end. */
const CORNER = 4;
/** No bar is broader: three bars in a wide chart would be walls. */
const BROADEST = 48;

/** @param {Series} series @param {Places} places */
export function areaMark({ spans, color, curve }, { x, y }) {
  const draw = area(/** @type {(span: [number, number] | null, at: number) => number} */ (_, at) => x(at), (span) => y(span?.[0] ?? 0), (span) => y(span?.[1] ?? 0))
    .defined((span) => span !== null)
    .curve(curveOf(curve));
  const edge = lineMark({ spans, color, curve }, { x, y });
  return svg`<path class="area" d=${draw(spans) ?? ''} ${styles({ fill: color })}></path>${edge}`;
}

/** @param {Pick<Series, 'spans' | 'color' | 'curve'>} series @param {Pick<Places, 'x' | 'y'>} places */
export function lineMark({ spans, color, curve }, { x, y }) {
  const draw = line(/** @type {(span: [number, number] | null, at: number) => number} */ (_, at) => x(at), (span) => y(span?.[1] ?? 0))
    .defined((span) => span !== null)
    .curve(curveOf(curve));
  const alone = spans.filter(Boolean).length === 1 ? spans.findIndex(Boolean) : -1;
  return svg`<path class="line" d=${draw(spans) ?? ''} ${styles({ stroke: color })}></path>${
    alone < 0 ? nothing : svg`<circle r="3.5" cx=${x(alone)} cy=${y(spans[alone]?.[1] ?? 0)} ${styles({ fill: color })}></circle>`
  }`;
}

/**
 * All bars: those of one stack on each other, others side by side.
 * @param {readonly Series[]} bars
 * @param {Places} places
 * @param {{gap: number, categoryGap: number | undefined}} gaps
 */
export function barMarks(bars, { x, y, band }, { gap, categoryGap }) {
  const columns = [...new Set(bars.map((bar, at) => bar.stack ?? `${at}`))];
  const room = Math.max(columns.length, band - (categoryGap ?? band * 0.28));
  const width = Math.max(1, Math.min(BROADEST, (room - gap * (columns.length - 1)) / columns.length));
  const start = -(width * columns.length + gap * (columns.length - 1)) / 2;
  return bars.map((bar, at) => {
    const column = columns.indexOf(bar.stack ?? `${at}`);
    const above = bars.slice(at + 1).some(({ stack }) => stack !== undefined && stack === bar.stack);
    return svg`<g ${styles({ fill: bar.color })}>${bar.spans.map((span, row) =>
      span ? svg`<path d=${barPath(x(row) + start + column * (width + gap), width, y(span[0]), y(span[1]), above ? 0 : CORNER)}></path>` : nothing,
    )}</g>`;
  });
}

/**
 * A bar that is round where it ends, up or down.
 * @param {number} left @param {number} width @param {number} from @param {number} to @param {number} corner
 */
export function barPath(left, width, from, to, corner) {
  const r = Math.min(corner, width / 2, Math.abs(to - from));
  const inward = to < from ? r : -r;
  const f = (/** @type {number} */ value) => Number(value.toFixed(2));
  return `M${f(left)},${f(from)}V${f(to + inward)}Q${f(left)},${f(to)} ${f(left + r)},${f(to)}H${f(left + width - r)}Q${f(left + width)},${f(to)} ${f(left + width)},${f(to + inward)}V${f(from)}Z`;
}
