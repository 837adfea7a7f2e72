/** `<turnstream-menu>`: a button that opens a list of choices, of which one may be checked. */

import { css, html, nothing } from 'lit';
import { moveFocus } from './arrow-keys.js';
import { define } from './define.js';
import { Part } from './part.js';
import { place } from './popup.js';
import '../icons/icon.js';

/**
 * @typedef {{id: string, label: string, description?: string, icon?: string, checked: boolean, disabled?: boolean}} Choice
 */

export class Menu extends Part {
  static properties = { ...Part.properties, label: {}, icon: {}, text: {}, choices: {}, open: { state: true } };
  static styles = [
    ...Part.styles,
    css`
      :host { display: inline-flex; min-inline-size: 0; }
      .shows { display: inline-flex; align-items: center; gap: var(--ts-1); min-inline-size: 0; block-size: 36px; padding-inline: var(--ts-3) var(--ts-2); border-radius: var(--ts-radius-control); font-size: var(--ts-text-sm); color: var(--ts-muted); }
      .shows:hover, .shows[aria-expanded='true'] { background: var(--ts-softer); color: var(--ts-foreground); }
      .shows bdi { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .shows turnstream-icon { font-size: 0.8em; }
      [popover] { position: fixed; margin: 0; padding: var(--ts-1); inline-size: max-content; min-inline-size: 11rem; max-inline-size: min(22rem, calc(100vw - 16px)); max-block-size: min(24rem, calc(100vh - 16px)); overflow-y: auto; overscroll-behavior: contain; scrollbar-width: thin; border: 1px solid var(--ts-line); border-radius: var(--ts-radius-lg); background: var(--ts-raised); color: var(--ts-foreground); box-shadow: var(--ts-shadow-high); font-size: var(--ts-text-sm); }
      .choice { display: flex; align-items: center; gap: var(--ts-3); inline-size: 100%; min-block-size: 38px; padding: var(--ts-2) var(--ts-3); border-radius: var(--ts-radius-md); }
      .choice:hover, .choice:focus { background: var(--ts-softer); }
      .choice:focus-visible { outline-offset: -2px; }
      .choice[aria-disabled='true'] { opacity: 0.5; cursor: default; background: none; }
      .choice > turnstream-icon { color: var(--ts-muted); }
      .words { display: grid; flex: 1; min-inline-size: 0; line-height: 1.35; overflow-wrap: anywhere; }
      small { font-size: var(--ts-text-xs); color: var(--ts-muted); }
      .choice > .check { color: var(--ts-accent); }
      .choice[aria-checked='false'] > .check { visibility: hidden; }
    `,
  ];

  /** What the button is for. */
  label = '';
  /** Drawn in the button where it has no text. */
  icon = '';
  text = '';
  /** @type {readonly Choice[]} */
  choices = [];
  open = false;

  render() {
    const { label, text, icon, open } = this;
    return html`<button type="button" class=${text ? 'shows' : 'quiet'} aria-haspopup="menu" aria-expanded=${open} aria-label=${text ? `${label}: ${text}` : label} title=${label}
        popovertarget="list" @keydown=${this.#buttonKey}>
        ${text ? html`<bdi>${text}</bdi><turnstream-icon name="chevron-down"></turnstream-icon>` : html`<turnstream-icon name=${icon}></turnstream-icon>`}</button>
      <div popover id="list" role="menu" aria-label=${label} @beforetoggle=${this.#toggled} @keydown=${this.#key} @focusout=${this.#left}>
        ${open ? this.choices.map((choice) => this.#choice(choice)) : nothing}</div>`;
  }

  /** @param {Choice} choice */
  #choice({ id, label, description, icon, checked, disabled }) {
    return html`<button type="button" class="choice" role="menuitemradio" tabindex="-1" aria-checked=${checked} aria-disabled=${disabled ? 'true' : nothing}
      @click=${() => !disabled && this.#choose(id)}>
      ${icon ? html`<turnstream-icon name=${icon}></turnstream-icon>` : nothing}
      <span class="words"><bdi>${label}</bdi>${description ? html`<small dir="auto">${description}</small>` : nothing}</span>
      <turnstream-icon class="check" name="check"></turnstream-icon></button>`;
  }

  get #button() {
    return /** @type {HTMLButtonElement} */ (this.renderRoot.querySelector('button'));
  }

  get #list() {
    return /** @type {HTMLElement} */ (this.renderRoot.querySelector('[popover]'));
  }

  /** The choices are drawn before it opens, and have their place before it is seen. @param {Event} event */
  #toggled(event) {
    this.open = /** @type {ToggleEvent} */ (event).newState === 'open';
    if (this.open) requestAnimationFrame(() => this.#opened());
  }

  #opened() {
    const list = this.#list;
    place(list, this.#button.getBoundingClientRect());
    const checked = list.querySelector('[aria-checked=true]') ?? list.firstElementChild;
    /** @type {HTMLElement | null} */ (checked)?.focus();
  }

  /** @param {string} id */
  #choose(id) {
    this.#shut();
    this.dispatchEvent(new CustomEvent('choice', { detail: id }));
  }

  #shut() {
    this.#list.hidePopover();
    this.#button.focus();
  }

  /** @param {KeyboardEvent} event */
  #buttonKey(event) {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    this.#list.showPopover();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      this.#shut();
    } else moveFocus(event, /** @type {NodeListOf<HTMLElement>} */ (this.#list.querySelectorAll('.choice')));
  }

  /** Whoever goes on with Tab leaves the menu. @param {FocusEvent} event */
  #left(event) {
    if (event.relatedTarget && !this.#list.contains(/** @type {Node} */ (event.relatedTarget))) this.#list.hidePopover();
  }
}

define('turnstream-menu', Menu);
