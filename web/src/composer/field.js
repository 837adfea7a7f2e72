/** `<turnstream-field>`: the text of a message with its mentions, and what `@` and `/` put into it. */

import { css, html, nothing } from 'lit';
import { define } from '../view/define.js';
import { lazily } from '../view/lazily.js';
import { Part } from '../view/part.js';
import { BLANK, edited, endOf, mentioning, mentionText, pieces } from './draft.js';

/**
 * @typedef {import('./draft.js').Words} Words
 * @typedef {import('@openai/chatkit').Entity} Entity
 */

export class Field extends Part {
  static properties = { ...Part.properties, words: {}, placeholder: {} };
  static styles = [
    ...Part.styles,
    css`
      .lines { display: grid; }
      textarea, .shade { grid-area: 1 / 1; box-sizing: border-box; inline-size: 100%; min-block-size: 2.6em; max-block-size: min(40vh, 14em); padding: var(--ts-2) var(--ts-3) 0; line-height: 1.5; scrollbar-width: thin; overflow-y: auto; }
      textarea { position: relative; display: block; field-sizing: content; border: 0; background: none; resize: none; }
      textarea:focus-visible { outline: none; }
      textarea::placeholder { color: var(--ts-muted); opacity: 1; }
      .shade { color: transparent; scrollbar-color: transparent transparent; white-space: pre-wrap; overflow-wrap: break-word; unicode-bidi: plaintext; pointer-events: none; }
      mark { color: transparent; background: var(--ts-accent-soft); border-radius: min(var(--ts-radius-sm), 5px); box-shadow: 0 0 0 2px var(--ts-accent-soft); }
      @media (forced-colors: active) { mark { outline: 1px solid Highlight; } }
    `,
  ];

  /** @type {Words} */
  words = BLANK;
  placeholder = '';

  /** Loaded when the page has something to suggest. @type {import('./suggestions.js').Suggestions | null} */
  #suggestions = null;

  willUpdate() {
    const { entities, commands } = this.env.options;
    if (entities?.onTagSearch || commands?.enabled) lazily(() => this.#load());
  }

  async #load() {
    const { Suggestions } = await import('./suggestions.js');
    if (this.#suggestions) return;
    this.#suggestions = new Suggestions(this);
    await this.#suggestions.look();
  }

  render() {
    const { text, mentions } = this.words;
    const list = this.#suggestions;
    return html`${list?.render() ?? nothing}<div class="lines">
      ${mentions.length ? this.#shade() : nothing}
      <textarea rows="1" dir=${text ? 'auto' : nothing} aria-label=${this.env.t('message')} placeholder=${this.placeholder} .value=${text}
        aria-autocomplete=${list ? 'list' : nothing} aria-controls=${list?.activeId ? 'suggestions' : nothing} aria-activedescendant=${list?.activeId ?? nothing}
        @input=${this.#typed} @keydown=${this.#key} @keyup=${this.#moved} @click=${this.#moved} @blur=${() => list?.close()} @scroll=${this.#scrolled}></textarea>
    </div>`;
  }

  /** The same text behind the field, where mentions have a ground: a textarea can't colour its words. */
  #shade() {
    return html`<div class="shade" dir="auto" aria-hidden="true">${pieces(this.words).map((piece) =>
      typeof piece === 'string' ? piece : html`<mark>${mentionText(piece)}</mark>`,
    )}&#8203;</div>`;
  }

  get area() {
    return /** @type {HTMLTextAreaElement} */ (this.renderRoot.querySelector('textarea'));
  }

  /** Put the cursor into the field. @param {FocusOptions} [options] */
  focus(options) {
    this.area?.focus(options);
  }

  /** Put text where the cursor stands, with space around it. @param {string} text */
  insert(text) {
    const { selectionStart: from, selectionEnd: to } = this.area;
    const before = this.words.text.slice(0, from);
    const after = this.words.text.slice(to);
    this.replace(from, to, `${/\S$/.test(before) ? ' ' : ''}${text}${/^\S/.test(after) ? ' ' : ''}`);
  }

  /** Begin a mention or a command, as if the sign had been typed. @param {import('./trigger.js').Sign} sign */
  begin(sign) {
    const { selectionStart: from, selectionEnd: to } = this.area;
    this.replace(from, to, `${/\S$/.test(this.words.text.slice(0, from)) ? ' ' : ''}${sign}`);
  }

  /**
   * Put text in the place of a part; the browser can undo it.
   * @param {number} from
   * @param {number} to
   * @param {string} text
   */
  replace(from, to, text) {
    const { area } = this;
    area.focus();
    area.setSelectionRange(from, to);
    if (!text && from === to) return;
    if (document.execCommand(text ? 'insertText' : 'delete', false, text)) return;
    area.setRangeText(text, from, to, 'end');
    this.#typed();
  }

  /** Put a mention in the place of a part. @param {number} from @param {number} to @param {Entity} entity */
  mention(from, to, entity) {
    this.replace(from, to, `${mentionText(entity)} `);
    this.#write(mentioning(this.words, entity, from));
    void this.#suggestions?.look(); // what is a mention now is no search any more
  }

  /** @param {Words} words */
  #write(words) {
    this.words = words;
    this.dispatchEvent(new CustomEvent('write', { detail: words }));
  }

  #typed() {
    const { value, selectionEnd } = this.area;
    this.#write(edited(this.words, value, selectionEnd));
    void this.#suggestions?.look();
  }

  /** @param {Event} event */
  #moved(event) {
    if (!(event instanceof KeyboardEvent) || /^(Arrow|Home|End)/.test(event.key)) void this.#suggestions?.look(true);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || event.keyCode === 229 || this.#suggestions?.key(event)) return;
    if (event.key === 'Backspace' && this.#unmention()) event.preventDefault();
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    this.dispatchEvent(new CustomEvent('send'));
  }

  /** Backspace behind a mention takes all of it. */
  #unmention() {
    const { selectionStart, selectionEnd } = this.area;
    const mention = this.words.mentions.find((each) => endOf(each) === selectionEnd);
    if (!mention || selectionStart !== selectionEnd) return false;
    this.replace(mention.at, selectionEnd, '');
    return true;
  }

  #scrolled() {
    const shade = this.renderRoot.querySelector('.shade');
    if (shade) shade.scrollTop = this.area.scrollTop;
  }
}

define('turnstream-field', Field);
