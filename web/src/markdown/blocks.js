/** Cuts growing Markdown into blocks, so that only the last ones are read and drawn again. */

import remend from 'remend';
import { slices } from './long-text.js';
import { withClosedFormula } from './formulas.js';
import { tokensOf } from './tokens.js';

/**
 * @typedef {import('marked').Token} Token
 *
 * `size`: how many tokens it is made of.
 * @typedef {{raw: string, token: Token, growing: boolean, size: number}} Block
 */

/** So many characters are read as Markdown, some hundred pages. What follows is shown as it is. */
const READ = 200_000;
/** And so many tokens, which is as much prose, and tables of a thousand rows. More would stop the page for a second. */
const DRAWN = 5_000;
/** Half-finished signs are repaired in a block up to this long: what is longer shows them for a moment. */
const REPAIRED = 20_000;
/** A definition of a link, `[name]: address`: it may be meant for blocks far above. */
const DEFINITION = /^ {0,3}\[[^\]]+\]:/m;
/** Quotes and lists within each other: nobody means so many, and each costs as much as all within it. */
const TOO_DEEP = /^[ \t]*(?:>[ \t]*|(?:[-*+]|\d{1,9}[.)])[ \t]+){50}/m;

export class Blocks {
  #text = '';
  #growing = false;
  /** @type {readonly Block[]} */
  #blocks = [];
  /** @type {readonly Block[]} */
  #rest = [];

  /**
   * The blocks of a text. Blocks that did not change are the same objects as before.
   * @param {string} text
   * @param {boolean} growing whether more will follow; its last block is repaired for showing
   * @returns {readonly Block[]}
   */
  of(text, growing) {
    const source = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
    this.#read(source.slice(0, READ), growing && source.length <= READ);
    const drawn = this.#drawn();
    if (drawn < this.#blocks.length || source.length > READ) return [...this.#blocks.slice(0, drawn), ...this.#asItIs(drawn, source)];
    const last = this.#blocks.at(-1);
    return growing && last ? [...this.#blocks.slice(0, -1), repaired(last)] : this.#blocks;
  }

  /** How many blocks are drawn as Markdown. */
  #drawn() {
    let left = DRAWN;
    const end = this.#blocks.findIndex(({ size }) => (left -= size) < 0);
    return end < 0 ? this.#blocks.length : end;
  }

  /** @param {string} source @param {boolean} growing */
  #read(source, growing) {
    if (source === this.#text && growing === this.#growing) return;
    const whole = !source.startsWith(this.#text) || (!growing && this.#growing && DEFINITION.test(source));
    const kept = whole ? [] : this.#final();
    const from = kept.reduce((sum, block) => sum + block.raw.length, 0);
    this.#blocks = [...kept, ...cut(source.slice(from))];
    this.#text = source;
    this.#growing = growing;
  }

  /** Blocks that later text can't change: all but the last two that show something. */
  #final() {
    let open = 2;
    let at = this.#blocks.length;
    while (at > 0 && open > 0) if (this.#blocks[--at].token.type !== 'space') open--;
    return this.#blocks.slice(0, at);
  }

  /** What comes after the first blocks, as it is. @param {number} drawn @param {string} source */
  #asItIs(drawn, source) {
    const before = this.#rest;
    const text = source.slice(this.#blocks.slice(0, drawn).reduce((sum, block) => sum + block.raw.length, 0));
    return (this.#rest = slices(text).map((raw, at) => (before[at]?.raw === raw ? before[at] : plain(raw))));
  }
}

/** @param {string} source @returns {Block[]} */
function cut(source) {
  try {
    if (TOO_DEEP.test(source)) return slices(source).map(plain);
    return tokensOf(source).map((token) => ({ raw: token.raw, token, growing: false, size: sizeOf(token) }));
  } catch {
    return slices(source).map(plain); // its nesting is deeper than the stack
  }
}

/** The block as it will probably be: open emphasis, links, code and formulas are closed. @param {Block} block @returns {Block} */
function repaired({ raw, token, size }) {
  if (token.type === 'code' || raw.length > REPAIRED) return { raw, token, growing: true, size };
  const formula = withClosedFormula(raw);
  const whole = formula === raw ? remend(raw) : formula;
  const [first] = whole === raw ? [token] : cut(whole).map((block) => block.token);
  return { raw, token: first ?? token, growing: true, size };
}

/** @param {string} raw @returns {Block} */
const plain = (raw) => ({ raw, token: { type: 'plain', raw, text: raw }, growing: false, size: 1 });

/** @param {any} token @returns {number} */
const sizeOf = ({ tokens = [], items = [], header = [], rows = [] }) =>
  [tokens, items, header, ...rows].flat().reduce((sum, each) => sum + sizeOf(each), 1);
