/**
 * The texts of an element. English is the source and part of the element's file; every other language
 * is a file of its own with the same keys, loaded when it is used.
 */

import english from './en.json' with { type: 'json' };
import { FILES } from '../home.js';
import { direction, LOCALES } from './negotiation.js';

export { direction, LOCALES, nearest } from './negotiation.js';

/**
 * A text that names a `{count}` has a form for each plural of its language, `other` among them.
 * @typedef {keyof typeof english} Key
 * @typedef {Partial<Record<Intl.LDMLPluralRule, string>>} Forms
 * @typedef {Readonly<Record<Key, string | Forms>>} Catalogue
 * @typedef {(key: Key, values?: Readonly<Record<string, string | number>>) => string} Texts
 */

/** Around a value of unknown direction: it does not disturb a sentence from right to left. */
const ISOLATE = '\u2068';
const END = '\u2069';

/**
 * The texts of a catalogue. Numbers among the values are written as the language writes them.
 * @param {Catalogue} catalogue
 * @param {string} locale
 * @returns {Texts}
 */
export function textsOf(catalogue, locale) {
  const plural = new Intl.PluralRules(locale);
  const number = new Intl.NumberFormat(locale);
  const [open, close] = direction(locale) === 'rtl' ? [ISOLATE, END] : ['', ''];
  const written = (/** @type {string | number} */ value) =>
    typeof value === 'number' ? number.format(value) : `${open}${value}${close}`;
  return (key, values = {}) => {
    const entry = catalogue[key];
    const text = typeof entry === 'string' ? entry : (entry[plural.select(Number(values.count))] ?? entry.other ?? '');
    return text.replace(/\{(\w+)\}/g, (hole, name) => (name in values ? written(values[name]) : hole));
  };
}

/** English, at hand at once. */
export const ENGLISH = textsOf(english, 'en');

/**
 * The texts of a language. What can't be loaded is shown in English.
 * @param {string} locale one of `LOCALES`
 * @returns {Promise<Texts>}
 */
export async function load(locale) {
  if (locale === 'en' || !LOCALES.includes(locale)) return ENGLISH;
  try {
    const { default: catalogue } = await import(new URL(`locales/${locale}.js`, FILES).href);
    return textsOf({ ...english, ...catalogue }, locale);
  } catch {
    return ENGLISH;
  }
}
