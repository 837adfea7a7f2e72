/**
 * `<turnstream-chart>`: bars, lines and areas over categories. Its own file, loaded with the first
 * chart. Who does not see it has the numbers as a table; arrow keys go from category to category.
 */

import { html, LitElement, nothing, svg } from 'lit';
import { define } from '../view/define.js';
import { styles } from '../view/set-styles.js';
import { look } from './look.js';
import { areaMark, barMarks, lineMark } from './marks.js';
import { modelOf } from './model.js';
import { every, linear, ticks } from './scales.js';

const BELOW = 24;
/** Room for a label below the axis, and above the highest tick. */
const LABEL = 64;
const ABOVE = 10;

export class Chart extends LitElement {
  static properties = { node: {}, locale: {}, size: { state: true }, active: { state: true } };
  static styles = look;

  /** @type {any} */
  node = {};
  locale = 'en';
  size = { width: 0, height: 0 };
  /** The category that is pointed at. @type {number | null} */
  active = null;

  #watch = new ResizeObserver(([{ contentRect: { width, height } }]) => {
    if (Math.abs(width - this.size.width) > 0.5 || Math.abs(height - this.size.height) > 0.5) this.size = { width, height };
  });

  firstUpdated() {
    this.#observe();
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.hasUpdated) this.#observe();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#watch.disconnect();
  }

  #observe() {
    const plot = this.renderRoot.querySelector('.plot');
    if (plot) this.#watch.observe(plot);
  }

  render() {
    const model = modelOf(this.node);
    const { showLegend = true } = this.node;
    return html`<div class="whole">
      <div class="plot" tabindex=${this.#tells() ? '0' : nothing} role="img" aria-label=${this.#said(model)}
        @pointermove=${(/** @type {PointerEvent} */ event) => this.#pointed(event, model)} @pointerdown=${(/** @type {PointerEvent} */ event) => this.#pointed(event, model)}
        @pointerleave=${() => (this.active = null)} @blur=${() => (this.active = null)}
        @keydown=${(/** @type {KeyboardEvent} */ event) => this.#keyed(event, model)}>
        ${this.size.width > 0 ? this.#plot(model) : nothing}
      </div>
      ${showLegend && model.series.some(({ label }) => label) ? legend(model) : nothing}
      ${this.#table(model)}
    </div>`;
  }

  #tells() {
    return this.node.showTooltip !== false;
  }

  /** @param {number} value */
  #number(value) {
    return new Intl.NumberFormat(this.locale, { maximumFractionDigits: 2 }).format(value);
  }

  /** @param {number} value */
  #short(value) {
    return new Intl.NumberFormat(this.locale, { notation: 'compact', maximumFractionDigits: 2 }).format(value);
  }

  /** What is read aloud: the series, or the category that is pointed at. @param {import('./model.js').Model} model */
  #said({ series, labels }) {
    if (this.active === null || !(this.active in labels)) return series.map(({ label }) => label).join(', ');
    const at = this.active;
    return `${labels[at]}: ${series.map(({ label, values }) => `${label} ${values[at] == null ? '–' : this.#number(values[at])}`).join(', ')}`;
  }

  /** Where things are. @param {import('./model.js').Model} model */
  #places({ labels, series, least, most }) {
    const { width, height } = this.size;
    const { showYAxis = false, xAxis } = this.node;
    const below = xAxis?.hide ? 4 : BELOW;
    const steps = ticks(least, most, Math.max(2, Math.floor((height - below) / 44)));
    const names = steps.map((step) => this.#short(step));
    const before = showYAxis ? Math.max(...names.map((name) => name.length)) * 7 + 10 : 0;
    const y = linear([steps[0], steps[steps.length - 1]], [height - below, ABOVE]);
    const inner = Math.max(1, width - before);
    // Bars have room on both sides; lines alone go from edge to edge.
    const banded = series.some(({ type }) => type === 'bar') || labels.length < 2;
    const band = inner / Math.max(1, banded ? labels.length : labels.length - 1);
    const rtl = getComputedStyle(this).direction === 'rtl';
    const along = (/** @type {number} */ at) => (banded ? (at + 0.5) * band : Math.min(inner - 3, Math.max(3, at * band)));
    const x = (/** @type {number} */ at) => (rtl ? inner - along(at) : before + along(at));
    return { x, y, band, steps, names, before, inner, below, rtl, width, height };
  }

  /** @param {import('./model.js').Model} model */
  #plot(model) {
    const places = this.#places(model);
    const { barGap, barCategoryGap } = this.node;
    const of = (/** @type {string} */ type) => model.series.filter((each) => each.type === type);
    const gaps = { gap: pixels(barGap) ?? 3, categoryGap: pixels(barCategoryGap) };
    return html`<svg width=${places.width} height=${places.height} aria-hidden="true">
        ${this.#grid(places)} ${this.node.xAxis?.hide ? nothing : this.#categories(model, places)}
        ${this.active === null ? nothing : this.#cursor(places)}
        ${of('area').map((each) => areaMark(each, places))}
        ${barMarks(of('bar'), places, gaps)}
        ${of('line').map((each) => lineMark(each, places))}
        ${this.active === null ? nothing : this.#dots(model, places)}
      </svg>
      ${this.active === null || !this.#tells() ? nothing : this.#tooltip(model, places)}`;
  }

  /** @param {any} places */
  #grid({ steps, names, y, before, width, inner, rtl }) {
    const [from, to] = rtl ? [0, inner] : [before, width];
    return steps.map((/** @type {number} */ step, /** @type {number} */ at) => svg`
      <line class=${step === 0 ? 'zero' : 'step'} x1=${from} x2=${to} y1=${y(step)} y2=${y(step)}></line>
      ${before ? svg`<text class="tick" x=${rtl ? width : before - 8} y=${y(step)} dy="0.32em" text-anchor="end" ${styles({ direction: 'ltr' })}>${names[at]}</text>` : nothing}`);
  }

  /** @param {import('./model.js').Model} model @param {any} places */
  #categories({ labels }, { x, height, inner, width }) {
    const step = every(labels.length, inner, Math.min(LABEL, Math.max(28, ...labels.map((label) => label.length * 7 + 12))));
    return labels.map((label, at) => {
      if (at % step) return nothing;
      const place = x(at);
      const anchor = place < 16 ? 'start' : place > width - 16 ? 'end' : 'middle';
      const most = Math.max(6, Math.floor((step * inner) / labels.length / 6.5));
      return svg`<text class="tick" x=${place} y=${height - 6} text-anchor=${anchor} ${styles({ direction: 'ltr' })}>${label.length > most ? `${label.slice(0, most - 1)}…` : label}</text>`;
    });
  }

  /** @param {any} places */
  #cursor({ x, band, height, below }) {
    const at = x(this.active);
    return svg`<rect class="cursor" x=${at - Math.max(8, band / 2)} width=${Math.max(16, band)} y="0" height=${height - below} rx="6"></rect>`;
  }

  /** @param {import('./model.js').Model} model @param {any} places */
  #dots({ series }, { x, y }) {
    const at = /** @type {number} */ (this.active);
    return series.map(({ type, spans, color }) =>
      type === 'bar' || !spans[at] ? nothing : svg`<circle class="dot" r="4" cx=${x(at)} cy=${y(spans[at][1])} ${styles({ fill: color })}></circle>`);
  }

  /** @param {import('./model.js').Model} model @param {any} places */
  #tooltip({ series, labels }, { x, width }) {
    const at = /** @type {number} */ (this.active);
    if (!(at in labels)) return nothing;
    const place = x(at);
    const side = place > width / 2 ? { right: `${width - place + 12}px` } : { left: `${place + 12}px` };
    return html`<div class="tooltip" ${styles({ left: undefined, right: undefined, ...side })}>
      <strong>${labels[at]}</strong>
      ${series.map(({ label, color, values }) => html`<div>
        <i ${styles({ background: color })}></i><span>${label}</span><b>${values[at] == null ? '–' : this.#number(values[at])}</b>
      </div>`)}
    </div>`;
  }

  /** @param {import('./model.js').Model} model */
  #table({ labels, series }) {
    return html`<table class="unseen">
      <thead><tr><td></td>${series.map(({ label }) => html`<th scope="col">${label}</th>`)}</tr></thead>
      <tbody>${labels.map((label, at) => html`<tr><th scope="row">${label}</th>${series.map(({ values }) => html`<td>${values[at] == null ? '' : this.#number(values[at])}</td>`)}</tr>`)}</tbody>
    </table>`;
  }

  /** @param {PointerEvent} event @param {import('./model.js').Model} model */
  #pointed(event, model) {
    if (!this.#tells() || !model.labels.length) return;
    const { left } = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
    const { x } = this.#places(model);
    const away = model.labels.map((_, at) => Math.abs(x(at) - (event.clientX - left)));
    this.active = away.indexOf(Math.min(...away));
  }

  /** @param {KeyboardEvent} event @param {import('./model.js').Model} model */
  #keyed(event, { labels }) {
    const rtl = getComputedStyle(this).direction === 'rtl';
    const steps = /** @type {Record<string, number>} */ ({ ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1, Home: -labels.length, End: labels.length });
    if (event.key === 'Escape') this.active = null;
    const step = steps[event.key];
    if (!step || !labels.length) return;
    event.preventDefault();
    this.active = Math.min(labels.length - 1, Math.max(0, (this.active ?? (step > 0 ? -1 : labels.length)) + step));
  }
}

/** @param {unknown} value */
const pixels = (value) => (typeof value === 'number' && value >= 0 ? value : undefined);

/** @param {import('./model.js').Model} model */
function legend({ series }) {
  return html`<div class="legend" aria-hidden="true">${series.map(({ label, color, type }) =>
    html`<span><i class=${type} ${styles({ background: color })}></i>${label}</span>`)}</div>`;
}

define('turnstream-chart', Chart);
