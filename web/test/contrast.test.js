/** Text can be read and fields can be seen, in light and dark: WCAG 2.2 AA, 1.4.3 and 1.4.11. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contrastOf } from './colors.js';

const TEXT = 4.5;
const SHAPE = 3;

const token = (/** @type {string} */ name) => `var(--ts-${name})`;
const tinted = (/** @type {string} */ name, /** @type {number} */ share) => `color-mix(in oklab, ${token(name)} ${share}%, ${token('background')})`;

/** Foreground, background, and how much of a difference they need. @type {[string, string, number][]} */
const PAIRS = [
  ...['background', 'soft', 'softer', 'raised'].flatMap((surface) =>
    ['foreground', 'muted', 'accent'].map((text) => /** @type {[string, string, number]} */ ([token(text), token(surface), TEXT])),
  ),
  [token('foreground'), token('accent-soft'), TEXT],
  [token('accent'), token('accent-soft'), TEXT],
  [token('on-accent'), token('accent'), TEXT],
  [token('background'), token('foreground'), TEXT],
  [token('background'), token('danger'), TEXT],
  ...['info', 'success', 'warning', 'caution', 'danger', 'discovery'].flatMap((tone) => [
    /** @type {[string, string, number]} */ ([token(tone), token('background'), TEXT]),
    /** @type {[string, string, number]} */ ([token(tone), tinted(tone, 9), TEXT]),
    /** @type {[string, string, number]} */ ([token('foreground'), tinted(tone, 9), TEXT]),
  ]),
  [token('line-strong'), token('background'), SHAPE],
  [token('line-strong'), token('raised'), SHAPE],
  [token('accent'), token('background'), SHAPE],
];

/** The themes of a page that go furthest. @type {[string, import('@openai/chatkit').ThemeOption][]} */
const THEMES = [
  ['as it is', {}],
  ['the most tint, and darker', { color: { grayscale: { hue: 90, tint: 9, shade: -4 } } }],
  ['the most tint, and lighter', { color: { grayscale: { hue: 250, tint: 9, shade: 4 } } }],
];

for (const scheme of /** @type {const} */ (['light', 'dark'])) {
  for (const [name, theme] of THEMES) {
    test(`the ${scheme} theme has enough contrast: ${name}`, () => {
      const contrast = contrastOf(scheme, theme);
      const weak = PAIRS.map(([text, ground, least]) => ({ text, ground, least, is: contrast(text, ground) })).filter(({ is, least }) => is < least);
      assert.deepEqual(weak, []);
    });
  }
}
