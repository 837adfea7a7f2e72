/** No language has a hole, and the visitor gets the nearest one. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { duration, fileSize } from '../src/locales/formats.js';
import { direction, ENGLISH, LOCALES, nearest, textsOf } from '../src/locales/locales.js';

const FOLDER = new URL('../src/locales/', import.meta.url);
const catalogue = (/** @type {string} */ locale) => JSON.parse(readFileSync(new URL(`${locale}.json`, FOLDER), 'utf8'));
const english = catalogue('en');

test('every language has a file, and every file is a language', () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
  assert.deepEqual(files.sort(), [...LOCALES].sort());
});

for (const locale of LOCALES) {
  test(`${locale} has the keys of English, and a form for every plural that a browser asks for`, () => {
    const texts = catalogue(locale);
    assert.deepEqual(Object.keys(texts), Object.keys(english));
    const plural = new Intl.PluralRules(locale);
    const counts = Array.from({ length: 1001 }, (_, count) => plural.select(count));
    const asked = new Set([...counts, 'other']);
    for (const [key, text] of Object.entries(texts)) {
      assert.equal(typeof text, typeof english[key], key);
      if (typeof text === 'object') assert.deepEqual(new Set(Object.keys(text)), asked, key);
    }
  });
}

test('the visitor gets the nearest language', () => {
  /** @type {[string | string[], string][]} */
  const cases = [
    ['zh-HK', 'zh-TW'], ['zh-Hant-MO', 'zh-TW'], ['zh', 'zh-CN'], ['zh-SG', 'zh-CN'], ['zh_TW', 'zh-TW'],
    ['pt', 'pt-BR'], ['pt-PT', 'pt-BR'], ['en-GB', 'en'], ['ES-mx', 'es'], ['iw', 'he'], ['ar-EG', 'ar'],
    [['fi', 'sv', 'fr-CH', 'de'], 'fr'], [['xx'], 'en'], [[], 'en'], ['', 'en'], ['not a tag!', 'en'],
  ];
  for (const [wanted, shown] of cases) assert.equal(nearest(wanted), shown, String(wanted));
});

test('numbers and plurals are those of the language', () => {
  const russian = textsOf(catalogue('ru'), 'ru');
  assert.equal(russian('found', { count: 1 }), 'Найден 1 чат');
  assert.equal(russian('found', { count: 3 }), 'Найдено 3 чата');
  assert.equal(russian('found', { count: 11 }), 'Найдено 11 чатов');
  assert.equal(textsOf(catalogue('de'), 'de')('tooMany', { count: 1200 }), 'Du kannst höchstens 1.200 Dateien anhängen.');
  assert.equal(ENGLISH('tooMany', { count: 1 }), 'You can attach at most 1 file.');
});

test('a name from left to right does not disturb a sentence from right to left', () => {
  assert.equal(direction('he'), 'rtl');
  assert.equal(textsOf(catalogue('he'), 'he')('removeAttachment', { name: 'a.pdf' }), 'הסרת \u2068a.pdf\u2069');
  assert.equal(ENGLISH('removeAttachment', { name: 'a.pdf' }), 'Remove a.pdf');
});

test('durations and sizes have the units of the language', () => {
  assert.equal(duration('en', 4.6), '5 sec');
  assert.equal(duration('de', 150), '3 Min.');
  assert.equal(duration('zh-TW', 0), '1 秒');
  assert.equal(fileSize('en', 1.5 * 1024 * 1024), '1.5 MB');
  assert.equal(fileSize('fr', 2048), '2\u202fko');
});
