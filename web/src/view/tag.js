/**
 * `<turnstream-tag>`: an entity in a message, mentioned or cited, that can be clicked and shows its
 * preview. What it holds is its face. Loaded when used.
 */

import { css, html, nothing } from 'lit';
import { entityOf } from '../composer/draft.js';
import { define } from './define.js';
import { lazily } from './lazily.js';
import { Part } from './part.js';
import { place } from './popup.js';

/** As long, in milliseconds, the pointer rests before a preview opens, and may be away before it closes. */
const REST = 250;

export class Tag extends Part {
  static properties = { ...Part.properties, tag: {}, source: {}, name: {}, open: { state: true } };
  static styles = [
    ...Part.styles,
    css`
      :host { display: inline-block; white-space: normal; }
      button:hover { text-decoration: underline; }
      [popover] { position: fixed; margin: 0; padding: var(--ts-3); inline-size: max-content; max-inline-size: min(22rem, calc(100vw - 16px)); max-block-size: 50vh; overflow: auto; border: 1px solid var(--ts-line); border-radius: var(--ts-radius-lg); background: var(--ts-raised); color: var(--ts-foreground); box-shadow: var(--ts-shadow-high); font-weight: 400; }
      [popover]:not(:has([data-shows])) { visibility: hidden; }
    `,
  ];

  /** @type {Extract<import('@openai/chatkit').UserMessageContent, {type: 'input_tag'}>} */
  tag = /** @type {any} */ (undefined);
  /** In the place of a tag: what an answer cites. @type {import('../wire.js').Source | undefined} */
  source = undefined;
  /** What a screen reader says of it, if its face does not say it. @type {string | undefined} */
  name = undefined;
  open = false;

  /** @type {import('@openai/chatkit').Entity} */
  #entity = /** @type {any} */ (undefined);
  #timer = 0;

  /** @param {import('lit').PropertyValues} changed */
  willUpdate(changed) {
    if (changed.has('tag') || changed.has('source')) this.#entity = this.source ? cited(this.source) : entityOf(this.tag);
  }

  render() {
    const { onClick, onRequestPreview } = this.env.options.entities ?? {};
    return html`<button type="button" aria-label=${this.name ?? nothing} @click=${() => onClick?.(this.#entity)} @keydown=${this.#key}
        @pointerenter=${() => this.#soon(true)} @pointerleave=${() => this.#soon(false)} @focus=${() => this.#soon(true)} @blur=${() => this.#soon(false)}><slot><bdi>${this.tag?.text}</bdi></slot></button>
      ${this.open && onRequestPreview
        ? html`<div popover="manual" @pointerenter=${() => this.#soon(true)} @pointerleave=${() => this.#soon(false)}>
            <turnstream-entity-preview .env=${this.env} .entity=${this.#entity}></turnstream-entity-preview></div>`
        : nothing}`;
  }

  /** @param {boolean} open */
  #soon(open) {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#show(open), REST);
  }

  /** @param {boolean} open */
  #show(open) {
    if (open) lazily(() => import('./entity-preview.js'));
    this.open = open;
  }

  /** It has its place as soon as it has its size. */
  updated() {
    const popup = /** @type {HTMLElement | null} */ (this.renderRoot.querySelector('[popover]'));
    if (!popup || popup.matches(':popover-open')) return;
    const button = /** @type {Element} */ (this.renderRoot.querySelector('button'));
    popup.showPopover();
    new ResizeObserver(() => place(popup, button.getBoundingClientRect())).observe(popup);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== 'Escape' || !this.open) return;
    event.preventDefault();
    this.#show(false);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.open = false;
  }
}

/** The entity that a source stands for. @param {import('../wire.js').Source} source @returns {any} */
const cited = ({ id, title, icon, label, group, data, interactive }) => ({ id, title, icon, label, group, data, interactive });

define('turnstream-tag', Tag);
