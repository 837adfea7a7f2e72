/** `<turnstream-quote>`: the button above selected text of the thread, to reply to just that. Loaded with the first selection. */

import { css, html, nothing } from 'lit';
import { define } from './define.js';
import { Part } from './part.js';
import { place } from './popup.js';
import { selectedIn } from './selection.js';
import '../icons/icon.js';

/** A selection has come to rest after so many milliseconds. */
const REST = 200;

export class Quote extends Part {
  static properties = { ...Part.properties, text: { state: true } };
  static styles = [
    ...Part.styles,
    css`
      [popover] { position: fixed; margin: 0; padding: 0; border: 0; background: none; overflow: visible; }
      .button { background: var(--ts-raised); color: var(--ts-foreground); box-shadow: var(--ts-shadow-high); }
    `,
  ];

  /** What is selected. */
  text = '';

  #timer = 0;
  /** @type {DOMRect | null} */
  #at = null;

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener('selectionchange', this.#later);
    this.addEventListener('focusout', this.#later);
    this.#later();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener('selectionchange', this.#later);
    clearTimeout(this.#timer);
    this.text = '';
  }

  render() {
    if (!this.text) return nothing;
    const { t } = this.env;
    return html`<div popover="manual" @mousedown=${(/** @type {Event} */ event) => event.preventDefault()} @keydown=${this.#key}>
      <button type="button" class="button" @click=${this.#quote}><turnstream-icon name="quote"></turnstream-icon>${t('quote')}</button></div>`;
  }

  updated() {
    const popup = /** @type {HTMLElement | null} */ (this.renderRoot.querySelector('[popover]'));
    if (!popup || !this.#at) return;
    if (!popup.matches(':popover-open')) popup.showPopover();
    place(popup, this.#at);
  }

  #later = () => {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#look(), REST);
  };

  #look() {
    const root = /** @type {ShadowRoot} */ (this.getRootNode());
    const found = this.matches(':focus-within') ? null : selectedIn(root, 'turnstream-thread');
    this.#at = found?.rect ?? null;
    this.text = found?.text ?? '';
    this.requestUpdate();
  }

  #quote() {
    this.tell('quote', this.text);
    document.getSelection()?.removeAllRanges();
    this.text = '';
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    this.text = '';
  }
}

define('turnstream-quote', Quote);
