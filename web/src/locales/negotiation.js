/** Which language an element speaks, and in which direction it is written. */

/** The languages there are; each has a catalogue beside this file. */
export const LOCALES = Object.freeze([
  'en', 'ar', 'de', 'es', 'fr', 'he', 'hi', 'ja', 'ko', 'pt-BR', 'ru', 'tr', 'zh-CN', 'zh-TW',
]);

const RIGHT_TO_LEFT = new Set(['ar', 'he']);

/**
 * The first language of a list that there is, or that is near to one: the same language, and for
 * Chinese the same script (`zh-HK` is shown `zh-TW`). English if there is none.
 * @param {string | readonly string[]} wanted such as `zh-HK`, or `navigator.languages`
 * @returns {string}
 */
export function nearest(wanted) {
  for (const tag of [wanted].flat()) {
    const found = near(tag);
    if (found) return found;
  }
  return 'en';
}

/** @param {string} locale one of `LOCALES` @returns {'rtl' | 'ltr'} */
export const direction = (locale) => (RIGHT_TO_LEFT.has(locale) ? 'rtl' : 'ltr');

/** @param {string} tag @returns {string | undefined} */
function near(tag) {
  const { language, script } = likely(tag);
  if (language === 'zh') return script === 'Hant' ? 'zh-TW' : 'zh-CN';
  return LOCALES.find((locale) => locale.split('-')[0] === language);
}

/** A tag with the script that is usual for it. A tag that is none has no language. @param {string} tag */
function likely(tag) {
  try {
    return new Intl.Locale(tag.replaceAll('_', '-')).maximize();
  } catch {
    return { language: '', script: '' };
  }
}
