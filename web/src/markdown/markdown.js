/**
 * `<turnstream-markdown>`: untrusted Markdown. Every token becomes a template of ours: no HTML of the
 * text is ever parsed, so there is nothing to sanitise; raw HTML in it is shown as text.
 */

import { html, LitElement, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { define } from '../view/define.js';
import { base } from '../theme/base.js';
import { styles as setStyles } from '../view/set-styles.js';
import { nameOf, sourceFace } from '../view/source.js';
import { Blocks } from './blocks.js';
import { atMarks, withoutMarks } from './citations.js';
import { safeImage, safeLink } from './links.js';
import { longText, longTextStyle } from './long-text.js';
import { prose } from './prose.js';
import '../icons/icon.js';
import './code-block.js';
import './formula.js';

/** @typedef {import('marked').Token | any} Token */

/** Sides of a table's cells, along the line of writing. @type {Record<string, string>} */
const ALIGN = { left: 'start', center: 'center', right: 'end' };

export class Markdown extends LitElement {
  static properties = { text: {}, streaming: { type: Boolean }, sources: {}, domains: {}, env: {} };
  static styles = [base, prose, longTextStyle];

  text = '';
  streaming = false;
  /** What the marks of citations point at. @type {readonly import('../wire.js').Source[]} */
  sources = [];
  /** Domains that images may come from; null for any. @type {readonly string[] | null} */
  domains = null;
  /** @type {import('../view/env.js').Env | undefined} */
  env = undefined;

  #blocks = new Blocks();

  render() {
    return this.#blocks
      .of(this.text, this.streaming)
      .map((block) => guard([block, this.sources, this.env], () => this.#block(block.token, 'auto')));
  }

  /**
   * `dir` is `auto` at the top only: a block that has its own is not looked into by the one around it.
   * @param {Token} token @param {'auto'} [dir] @returns {unknown}
   */
  #block(token, dir) {
    switch (token.type) {
      case 'space':
      case 'def':
        return nothing;
      case 'heading':
        return this.#heading(token, dir);
      case 'paragraph':
        return html`<p dir=${dir ?? nothing}>${this.#inline(token.tokens)}</p>`;
      case 'text':
        return token.tokens ? this.#inline(token.tokens) : this.#text(token.text);
      case 'code':
        return html`<turnstream-code .code=${withoutMarks(token.text)} .language=${token.lang ?? ''} .env=${this.env}></turnstream-code>`;
      case 'blockquote':
        return html`<blockquote dir=${dir ?? nothing}>${token.tokens.map((/** @type {Token} */ each) => this.#block(each))}</blockquote>`;
      case 'list':
        return this.#list(token, dir);
      case 'table':
        return this.#table(token, dir);
      case 'hr':
        return html`<hr />`;
      case 'formula':
        return html`<turnstream-formula .tex=${withoutMarks(token.text)} .display=${true}></turnstream-formula>`;
      case 'plain':
        return html`<p class="raw slice" dir=${dir ?? nothing}>${this.#text(token.text)}</p>`;
      case 'html':
        return html`<p class="raw" dir=${dir ?? nothing}>${withoutMarks(token.text)}</p>`;
      default:
        return token.raw;
    }
  }

  /** Headings of an answer are below those of the page. @param {Token} token @param {'auto'} [dir] */
  #heading({ depth, tokens }, dir) {
    const text = this.#inline(tokens);
    if (depth === 1) return html`<h3 class="one" dir=${dir ?? nothing}>${text}</h3>`;
    if (depth === 2) return html`<h4 class="two" dir=${dir ?? nothing}>${text}</h4>`;
    return html`<h5 class="three" dir=${dir ?? nothing}>${text}</h5>`;
  }

  /** @param {Token} token @param {'auto'} [dir] */
  #list({ ordered, start, items }, dir) {
    const rows = items.map(
      (/** @type {Token} */ item) =>
        html`<li class=${item.task ? 'task' : ''}>
          ${item.task ? html`<input type="checkbox" disabled aria-label=${this.env?.t('task') ?? 'Task'} .checked=${item.checked} />` : nothing}${item.tokens
            .filter((/** @type {Token} */ each) => each.type !== 'checkbox')
            .map((/** @type {Token} */ each) => this.#block(each))}
        </li>`,
    );
    return ordered ? html`<ol start=${start || 1} dir=${dir ?? nothing}>${rows}</ol>` : html`<ul dir=${dir ?? nothing}>${rows}</ul>`;
  }

  /** Its columns go as its first words do. @param {Token} token @param {'auto'} [dir] */
  #table({ header, rows, align }, dir) {
    const side = (/** @type {number} */ at) => setStyles({ 'text-align': ALIGN[align[at]] });
    return html`<div class="table" dir=${dir ?? nothing} tabindex="0" role="group" aria-label=${this.env?.t('table') ?? 'Table'}><table>
      <thead><tr>${header.map((/** @type {Token} */ cell, /** @type {number} */ at) => html`<th scope="col" ${side(at)}>${this.#inline(cell.tokens)}</th>`)}</tr></thead>
      <tbody>${rows.map((/** @type {Token[]} */ row) => html`<tr>${row.map((cell, at) => html`<td ${side(at)}>${this.#inline(cell.tokens)}</td>`)}</tr>`)}</tbody>
    </table></div>`;
  }

  /** @param {Token[]} tokens @returns {unknown[]} */
  #inline(tokens) {
    return tokens.map((token) => this.#span(token));
  }

  /** @param {Token} token @returns {unknown} */
  #span(token) {
    switch (token.type) {
      case 'strong':
        return html`<strong>${this.#inline(token.tokens)}</strong>`;
      case 'em':
        return html`<em>${this.#inline(token.tokens)}</em>`;
      case 'del':
        return html`<del>${this.#inline(token.tokens)}</del>`;
      case 'codespan':
        return html`<code dir="ltr">${withoutMarks(token.text)}</code>`;
      case 'br':
        return html`<br />`;
      case 'link':
        return this.#link(token);
      case 'image':
        return this.#image(token);
      case 'text':
        return token.tokens ? this.#inline(token.tokens) : this.#text(token.text);
      case 'inlineFormula':
        return html`<turnstream-formula .tex=${withoutMarks(token.text)} .display=${token.display}></turnstream-formula>`;
      case 'escape':
        return token.text;
      case 'html':
        return /^<br\s*\/?>$/i.test(token.raw) ? html`<br />` : token.raw;
      default:
        return token.raw;
    }
  }

  /** @param {Token} token */
  #link({ href, title, tokens }) {
    const to = safeLink(withoutMarks(href));
    const text = this.#inline(tokens);
    if (!to) return text;
    return html`<a href=${to} title=${title ?? nothing} target="_blank" rel="noopener noreferrer nofollow">${text}</a>`;
  }

  /** @param {Token} token */
  #image({ href, text, title }) {
    const src = safeImage(withoutMarks(href), this.domains);
    if (!src) return text;
    return html`<img src=${src} alt=${text} title=${title ?? nothing} loading="lazy" referrerpolicy="no-referrer"
      @error=${(/** @type {Event} */ event) => event.target instanceof Element && event.target.classList.add('broken')} />`;
  }

  /** @param {string} text */
  #text(text) {
    return atMarks(text).map((piece) => (typeof piece === 'number' ? this.#citation(piece) : longText(piece)));
  }

  /** Its number; of an entity what the server says that stands in the text. @param {number} number */
  #citation(number) {
    const source = this.sources[number - 1];
    if (!source || !this.env) return nothing;
    const name = this.env.t('source', { number, title: nameOf(source) });
    if (source.inline_label) return sourceFace(source, this.env, 'cite words', html`<bdi>${source.inline_label}</bdi>`);
    const face = source.type === 'entity' && source.icon ? html`<turnstream-icon name=${source.icon}></turnstream-icon>` : number;
    return sourceFace(source, this.env, 'cite', face, name);
  }
}

define('turnstream-markdown', Markdown);
