import assert from 'node:assert/strict';
import { test } from 'node:test';
import english from '../src/locales/en.js';
import { LOCALES, nearest } from '../src/locales/locales.js';

const holes = (/** @type {string} */ text) => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();

for (const locale of LOCALES) {
  test(`${locale} has every text, with the same holes`, async () => {
    const { default: catalogue } = await import(`../src/locales/${locale}.js`);
    assert.deepEqual(Object.keys(catalogue).sort(), Object.keys(english).sort());
    for (const [key, text] of Object.entries(english)) assert.deepEqual(holes(catalogue[key]), holes(text), key);
  });
}

test('a language that is not there has a near one, or English', () => {
  assert.equal(nearest('zh-HK'), 'zh-TW');
  assert.equal(nearest('en-GB'), 'en');
  assert.equal(nearest('tlh'), 'en');
});
