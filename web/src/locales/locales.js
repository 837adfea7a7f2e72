/** The language of an element: which one, its direction, and its texts. */

import english from './en.js';

/**
 * @typedef {keyof typeof english} Key
 * @typedef {Record<Key, string>} Catalogue
 * @typedef {(key: Key, values?: Record<string, string | number>) => string} Texts
 */

/** The languages there are. Each is a file of its own, loaded when used. */
export const LOCALES = Object.freeze(['en', 'zh-TW']);
const RIGHT_TO_LEFT = new Set(['ar', 'he', 'fa', 'ur']);

/** Languages that are understood where another is asked for. @type {Record<string, string>} */
const NEAREST = { 'zh-hk': 'zh-TW', 'zh-hant': 'zh-TW', zh: 'zh-CN', pt: 'pt-BR' };

/**
 * The language that is shown when one is asked for; English if there is none near it.
 * @param {string} wanted such as `zh-HK`
 * @returns {string}
 */
export function nearest(wanted) {
  const asked = wanted.toLowerCase();
  const known = (/** @type {string} */ name) => LOCALES.find((each) => each.toLowerCase() === name.toLowerCase());
  const [language] = asked.split('-');
  return known(asked) ?? known(NEAREST[asked] ?? '') ?? known(language) ?? known(NEAREST[language] ?? '') ?? 'en';
}

/** @param {string} locale @returns {'rtl' | 'ltr'} */
export const direction = (locale) => (RIGHT_TO_LEFT.has(locale.split('-')[0]) ? 'rtl' : 'ltr');

/** English, at hand at once. */
export const ENGLISH = textsOf(english);

/**
 * The texts of a language. One that can't be loaded is shown in English.
 * @param {string} locale one of `LOCALES`
 * @returns {Promise<Texts>}
 */
export async function load(locale) {
  if (locale === 'en' || !LOCALES.includes(locale)) return ENGLISH;
  const folder = new URL(import.meta.url.includes('/chunks/') ? '..' : '.', import.meta.url);
  try {
    const { default: catalogue } = await import(new URL(`locales/${locale}.js`, folder).href);
    return textsOf({ ...english, ...catalogue });
  } catch {
    return ENGLISH;
  }
}

/** @param {Catalogue} catalogue @returns {Texts} */
function textsOf(catalogue) {
  return (key, values = {}) =>
    catalogue[key].replace(/\{(\w+)\}/g, (hole, name) => (name in values ? String(values[name]) : hole));
}
