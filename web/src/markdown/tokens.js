/** From Markdown to tokens, in a time that its length bounds. */

import { Lexer, Marked } from 'marked';
import { formulas } from './formulas.js';

/** @typedef {import('marked').Token} Token */

/**
 * The signs of a line are looked for in so many characters. A longer line, without a break, is shown
 * as it is: signs that no other one closes would take a second and more.
 */
const LONGEST_LINE = 5_000;

const marked = new Marked({ gfm: true, breaks: false }, { extensions: formulas });

class BoundedLexer extends Lexer {
  /** @param {string} source @param {Token[]} [tokens] @returns {Token[]} */
  inlineTokens(source, tokens = []) {
    if (source.length <= LONGEST_LINE) return super.inlineTokens(source, tokens);
    tokens.push({ type: 'text', raw: source, text: source, escaped: false });
    return tokens;
  }
}

/**
 * @param {string} source
 * @returns {Token[]}
 * @throws {RangeError} when it is nested deeper than can be read
 */
export const tokensOf = (source) => new BoundedLexer({ ...marked.defaults }).lex(source);
