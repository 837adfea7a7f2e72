/** Cuts growing Markdown into blocks, so that only the last ones are read and drawn again. */

import { Marked } from 'marked';
import remend from 'remend';

/**
 * @typedef {import('marked').Token} Token
 * @typedef {{raw: string, token: Token, growing: boolean}} Block
 */

const marked = new Marked({ gfm: true, breaks: false });

/**
 * Text without a blank in it makes some patterns slow: a block this long is shown as it is.
 */
const LONGEST = 100_000;

export class Blocks {
  #text = '';
  /** @type {Block[]} */
  #blocks = [];

  /**
   * The blocks of a text. Blocks that did not change are the same objects as before.
   * @param {string} text
   * @param {boolean} growing whether more will follow; its last block is repaired for showing
   * @returns {readonly Block[]}
   */
  of(text, growing) {
    const kept = text.startsWith(this.#text) ? this.#settled() : [];
    const from = kept.reduce((sum, block) => sum + block.raw.length, 0);
    const rest = cut(text.slice(from));
    this.#text = text;
    this.#blocks = [...kept, ...rest];
    const last = this.#blocks.at(-1);
    if (!growing || !last) return this.#blocks;
    return [...this.#blocks.slice(0, -1), repaired(last)];
  }

  /** Blocks that later text can't change: all but the last two that show something. */
  #settled() {
    let open = 2;
    let at = this.#blocks.length;
    while (at > 0 && open > 0) if (this.#blocks[--at].token.type !== 'space') open--;
    return this.#blocks.slice(0, at);
  }
}

/** @param {string} text @returns {Block[]} */
function cut(text) {
  if (text.length > LONGEST && !/\s/.test(text.slice(0, LONGEST))) {
    return [{ raw: text, token: plain(text), growing: false }];
  }
  const source = text.replace(/\r\n?/g, '\n');
  return marked.lexer(source).map((token) => ({ raw: token.raw, token, growing: false }));
}

/** The block as it will probably be: open emphasis, links and code are closed. @param {Block} block @returns {Block} */
function repaired({ raw, token }) {
  const whole = token.type === 'code' ? raw : remend(raw);
  const [first] = whole === raw ? [token] : marked.lexer(whole);
  return { raw, token: first ?? token, growing: true };
}

/** @param {string} text @returns {Token} */
const plain = (text) => ({ type: 'paragraph', raw: text, text, tokens: [{ type: 'text', raw: text, text, escaped: false }] });
