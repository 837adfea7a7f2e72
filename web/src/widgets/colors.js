/**
 * Colours of widgets: names of a role (`secondary`, `surface-elevated`, `subtle`), steps of a palette
 * (`blue-500`, `red-alpha-20`), any CSS colour, or `{light, dark}` of these. What a name means may
 * depend on where it is used: `primary` text is not a `primary` button.
 */

import { css, oneOf } from './css-values.js';

/** @type {Readonly<Record<string, string>>} */
const TEXT = Object.freeze({
  prose: 'var(--ts-foreground)', primary: 'var(--ts-foreground)', emphasis: 'var(--ts-foreground)',
  secondary: 'var(--ts-muted)', tertiary: 'color-mix(in oklab, var(--ts-foreground) 62%, var(--ts-background))',
  info: 'var(--ts-info)', success: 'var(--ts-success)', warning: 'var(--ts-warning)',
  caution: 'var(--ts-caution)', danger: 'var(--ts-danger)', discovery: 'var(--ts-discovery)',
});
/** @type {Readonly<Record<string, string>>} */
const SURFACE = Object.freeze({
  surface: 'var(--ts-background)', 'surface-secondary': 'var(--ts-soft)', 'surface-tertiary': 'var(--ts-softer)',
  'surface-elevated': 'var(--ts-raised)',
  'surface-elevated-secondary': 'color-mix(in oklab, var(--ts-foreground) 4%, var(--ts-raised))',
});
/** @type {Readonly<Record<string, string>>} */
const BORDER = Object.freeze({
  default: 'var(--ts-line)', subtle: 'var(--ts-softer)',
  strong: 'color-mix(in oklab, var(--ts-foreground) 30%, var(--ts-background))',
});
/** @type {Readonly<Record<string, string>>} */
const CHART = Object.freeze({
  blue: 'light-dark(oklch(0.6 0.17 255), oklch(0.7 0.15 255))', purple: 'light-dark(oklch(0.58 0.19 300), oklch(0.72 0.15 300))',
  orange: 'light-dark(oklch(0.68 0.17 55), oklch(0.76 0.15 60))', green: 'light-dark(oklch(0.62 0.15 152), oklch(0.75 0.15 152))',
  red: 'light-dark(oklch(0.6 0.2 25), oklch(0.7 0.17 25))', yellow: 'light-dark(oklch(0.77 0.15 85), oklch(0.84 0.15 90))',
  pink: 'light-dark(oklch(0.66 0.19 350), oklch(0.75 0.15 350))',
});
/** The colours of series that name none, in turn. */
export const SERIES = Object.freeze(Object.values(CHART));

const PALETTE = /^(?:(gray|red|pink|orange|yellow|green|purple|blue)(-alpha)?|(alpha))-(\d{1,4})$/;
/** Hue and strength. @type {Readonly<Record<string, readonly [number, number]>>} */
const HUES = Object.freeze({
  gray: [260, 0.006], red: [25, 0.2], pink: [355, 0.19], orange: [52, 0.17], yellow: [92, 0.16],
  green: [152, 0.15], purple: [300, 0.19], blue: [256, 0.17],
});

/** @param {unknown} value @returns {string | undefined} colour of text or an icon */
export const textColor = (value) => resolved(value, TEXT);
/** @param {unknown} value @returns {string | undefined} colour behind content */
export const surfaceColor = (value) => resolved(value, SURFACE);
/** @param {unknown} value @returns {string | undefined} colour of a line */
export const lineColor = (value) => resolved(value, BORDER);
/** @param {unknown} value @returns {string | undefined} colour of a series */
export const seriesColor = (value) => resolved(value, CHART);

/**
 * @param {any} value
 * @param {Readonly<Record<string, string>>} names
 * @returns {string | undefined}
 */
function resolved(value, names) {
  if (value && typeof value === 'object') {
    const light = resolved(asText(value.light), names);
    const dark = resolved(asText(value.dark), names);
    return light && dark ? `light-dark(${light}, ${dark})` : (light ?? dark);
  }
  return oneOf(names, value) ?? step(value) ?? css(value);
}

/** Pairs do not nest. @param {unknown} value */
const asText = (value) => (typeof value === 'string' ? value : undefined);

/**
 * A step of the palette. 0 is next to the background and 1000 next to the text, in the light and in
 * the dark: what is readable in one is readable in the other.
 * @param {unknown} value
 */
function step(value) {
  const found = typeof value === 'string' ? PALETTE.exec(value) : null;
  if (!found) return undefined;
  const [, hue, alpha, plain, digits] = found;
  const amount = Math.min(1000, Number(digits));
  if (plain || alpha) {
    const base = plain ? 'var(--ts-foreground)' : shade(hue, 500, false);
    return `color-mix(in oklab, ${base} ${Math.min(100, amount)}%, transparent)`;
  }
  return `light-dark(${shade(hue, amount, false)}, ${shade(hue, 1000 - amount, true)})`;
}

/** @param {string} hue @param {number} amount 0 is lightest @param {boolean} inDark */
function shade(hue, amount, inDark) {
  const [angle, strength] = HUES[hue];
  const part = amount / 1000;
  const lightness = part < 0.5 ? 0.99 - part * 0.74 : 0.62 - (part - 0.5) * 0.86;
  const chroma = strength * Math.sin(Math.PI * Math.min(1, 0.04 + part * 0.94)) ** 0.8 * (inDark ? 0.9 : 1);
  return `oklch(${lightness.toFixed(3)} ${chroma.toFixed(3)} ${angle})`;
}

/** A subtree that is always light, or always dark. @param {any} node @returns {Record<string, string>} */
export const themeOf = ({ theme }) =>
  theme === 'light' || theme === 'dark' ? { 'color-scheme': theme, color: 'var(--ts-foreground)' } : {};
