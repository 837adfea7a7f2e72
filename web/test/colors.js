/** The colours of the theme, computed as a browser does: for one colour scheme and some options. */

import { converter, interpolate, parse, wcagContrast } from 'culori';
import { properties } from '../src/theme/theme.js';
import { tokens } from '../src/theme/tokens.js';

const rgb = converter('rgb');
const DECLARED = Object.fromEntries(
  [...tokens.cssText.replace(/\/\*[^]*?\*\//g, '').matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value.trim()]),
);

/**
 * A function that gives the contrast of two colours. A colour is what CSS takes.
 * @param {'light' | 'dark'} scheme
 * @param {import('@openai/chatkit').ThemeOption} [theme]
 */
export function contrastOf(scheme, theme) {
  const set = Object.entries(properties(theme)).filter(([, value]) => value !== undefined);
  const all = /** @type {Record<string, string>} */ ({ ...DECLARED, ...Object.fromEntries(set) });
  return (/** @type {string} */ one, /** @type {string} */ other) => wcagContrast(color(one, scheme, all), color(other, scheme, all));
}

/** @param {string} text @param {'light' | 'dark'} scheme @param {Record<string, string>} all @returns {any} */
function color(text, scheme, all) {
  const [name, inside] = call(text);
  const values = inside === null ? [] : split(inside);
  if (name === 'var') return color(all[values[0]], scheme, all);
  if (name === 'light-dark') return color(values[scheme === 'light' ? 0 : 1], scheme, all);
  if (name === 'color-mix') return mixed(values, (value) => color(value, scheme, all));
  const parsed = parse(numbers(text, all));
  if (!parsed) throw new Error(`no colour: ${text}`);
  return inGamut(parsed);
}

/** A screen shows no more than sRGB. @param {any} parsed */
function inGamut(parsed) {
  const { r, g, b } = /** @type {any} */ (rgb(parsed));
  const clamp = (/** @type {number} */ value) => Math.min(1, Math.max(0, value));
  return { mode: 'rgb', r: clamp(r), g: clamp(g), b: clamp(b) };
}

/** @param {string[]} values `in oklab, <colour> <share>, <colour>` @param {(value: string) => any} resolve */
function mixed([, one, other], resolve) {
  const [, first, share] = /** @type {RegExpExecArray} */ (/^(.*?)\s+([\d.]+)%$/.exec(one));
  return inGamut(interpolate([resolve(other), resolve(first)], 'oklab')(Number(share) / 100));
}

/** The text with variables and sums replaced by numbers. @param {string} text @param {Record<string, string>} all @returns {string} */
function numbers(text, all) {
  const filled = text.replace(/var\((--[\w-]+)\)/g, (_, name) => numbers(all[name], all));
  return filled.replace(/calc\(([^()]+)\)/g, (_, sum) => String(computed(sum)));
}

/** A sum or product of two numbers. @param {string} text */
function computed(text) {
  const [one, sign, other] = text.trim().split(/\s+/);
  return sign === '*' ? Number(one) * Number(other) : Number(one) + Number(other);
}

/** @param {string} text @returns {[string, string | null]} */
function call(text) {
  const found = /^([\w-]+)\(([^]*)\)$/.exec(text.trim());
  return found ? [found[1], found[2]] : [text.trim(), null];
}

/** The arguments of a call: cut at its own commas only. @param {string} text */
function split(text) {
  let depth = 0;
  const parts = [''];
  for (const sign of text) {
    depth += sign === '(' ? 1 : sign === ')' ? -1 : 0;
    if (sign === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += sign;
  }
  return parts.map((part) => part.trim());
}
