/** What the demo page says, in the visitor's language. */

import english from './texts/en.json' with { type: 'json' };
import starters from '../../guide/src/turnstream_guide/starters/en.json' with { type: 'json' };
import { nearest } from '../src/locales/negotiation.js';

/** @typedef {Readonly<typeof english> & {locale: string, starters: Readonly<Record<string, string>>}} Texts */

/**
 * The texts of the first language that there is. What can't be loaded is shown in English.
 * @param {readonly string[]} languages such as `navigator.languages`
 * @returns {Promise<Texts>}
 */
export async function textsFor(languages) {
  const locale = nearest(languages);
  const ours = { ...english, locale, starters };
  if (locale === 'en') return ours;
  try {
    const { default: theirs } = await import(new URL(`demo/${locale}.js`, import.meta.url).href);
    return { ...ours, ...theirs };
  } catch {
    return { ...ours, locale: 'en' };
  }
}
