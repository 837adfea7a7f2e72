/** Where in a text one begins to mention something, by `@`, or to give a command, by `/`. */

/**
 * @typedef {'@' | '/'} Sign
 * `from` is the place of the sign, `to` the caret, `query` what stands between them.
 * @typedef {{sign: Sign, query: string, from: number, to: number}} Trigger
 */

/** A longer query is a sentence. */
const LONGEST = 40;
// An @ inside of an address of mail is none of ours, nor a / inside of a path. Both have a wide form,
// which Chinese and Japanese keyboards write.
const MENTION = /(?<![\w.+-])[@＠]((?:[^\s@＠][^\n@＠]*)?)$/u;
const COMMAND = /(?<!\S)[/／]((?:[^\s/／][^\n/／]*)?)$/u;

/**
 * What the user is about to write, or null.
 * @param {import('./draft.js').Words} words
 * @param {number} caret
 * @param {readonly Sign[]} signs the ones that mean something
 * @returns {Trigger | null}
 */
export function triggerAt({ text, mentions }, caret, signs) {
  const start = Math.max(0, caret - LONGEST - 2);
  const near = text.slice(start, caret);
  for (const sign of signs) {
    const found = (sign === '@' ? MENTION : COMMAND).exec(near);
    if (!found || found[1].length > LONGEST) continue;
    const from = start + found.index;
    if (!mentions.some(({ at }) => at === from)) return { sign, query: found[1], from, to: caret };
  }
  return null;
}
