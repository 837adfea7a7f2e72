/** Text of any length: the browser lays out only the slices of it that are seen. */

import { css, html } from 'lit';

/** Characters of one slice: some screens. */
const SLICE = 10_000;
/** So far back a better place for a cut is looked for. */
const BACK = 500;

/**
 * The text in slices, cut at the ends of lines or words where there are any.
 * @param {string} text
 * @returns {string[]}
 */
export function slices(text) {
  const all = [];
  for (let from = 0; from < text.length; ) {
    const to = from + SLICE >= text.length ? text.length : cutBefore(text, from + SLICE);
    all.push(text.slice(from, to));
    from = to;
  }
  return all;
}

/** @param {string} text @param {number} end */
function cutBefore(text, end) {
  const near = text.slice(end - BACK, end);
  const at = Math.max(near.lastIndexOf('\n'), near.lastIndexOf(' '));
  if (at >= 0) return end - BACK + at + 1;
  return /[\uD800-\uDBFF]/.test(text[end - 1]) ? end - 1 : end; // not between the halves of a character
}

/** @param {string} text */
export const longText = (text) => (text.length <= 2 * SLICE ? text : slices(text).map((slice) => html`<span class="slice">${slice}</span>`));

export const longTextStyle = css`
  .slice { display: block; content-visibility: auto; contain-intrinsic-size: auto 2400px; }
  .slice + .slice { margin-block-start: 0; }
`;
