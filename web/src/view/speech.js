/** What a screen reader says of an answer that grows: whole sentences, each once. No DOM. */

/** A block of code that is complete. */
const CODE = /^ {0,3}(`{3,}|~{3,})[^]*?^ {0,3}\1[`~]*[ \t]*$/gm;
/** The beginning of one that is not. */
const OPEN_CODE = /^ {0,3}(?:`{3,}|~{3,})/m;

export class Speech {
  /** How much of each text was said, in characters. @type {Map<string, number>} */
  #said = new Map();
  #segmenter;
  #codeBlock;

  /**
   * @param {string} locale
   * @param {string} codeBlock what is said in the place of a block of code
   */
  constructor(locale, codeBlock) {
    this.#segmenter = new Intl.Segmenter(locale, { granularity: 'sentence' });
    this.#codeBlock = codeBlock;
  }

  /** Take a text as said, so far as it goes. @param {string} id @param {string} text */
  skip(id, text) {
    this.#said.set(id, text.length);
  }

  /**
   * The sentences that were completed since the last call, as plain text; empty if there are none.
   * @param {string} id whose text it is
   * @param {string} text Markdown, from its beginning. One that is shorter than before says nothing.
   * @param {boolean} done whether it is complete: its last sentence then is too
   */
  take(id, text, done) {
    const said = this.#said.get(id) ?? 0;
    const rest = text.slice(said);
    const end = done ? rest.length : this.#completed(rest);
    this.#said.set(id, said + end);
    return plain(rest.slice(0, end).replace(CODE, `\n${this.#codeBlock}.\n`));
  }

  /** How far the complete sentences go. @param {string} rest */
  #completed(rest) {
    const masked = rest.replace(CODE, (block) => 'x'.repeat(block.length));
    const open = masked.search(OPEN_CODE);
    const text = open < 0 ? masked : masked.slice(0, open);
    if (text.endsWith('\n')) return text.length;
    return [...this.#segmenter.segment(text)].at(-1)?.index ?? 0;
  }
}

/** Markdown without its signs, as one reads it out. @param {string} markdown */
export function plain(markdown) {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s*\|?[\s:|-]*-[\s:|-]*\|?\s*$/gm, '')
    .replace(/^\s{0,3}(?:#{1,6}|>|[-*+])\s+/gm, '')
    .replace(/\*\*|__|~~|`/g, '')
    .replace(/(^|\W)[*_](\S(?:.*?\S)?)[*_](?=\W|$)/g, '$1$2')
    .replace(/^\s*\||\|\s*$/gm, '')
    .replace(/\s*\|\s*/g, ', ')
    .replace(/[\uE000\uE001]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
