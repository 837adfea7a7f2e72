/** `<turnstream-header>`: the title of the thread, and the ways to the others. */

import { css, html, nothing } from 'lit';
import { define } from './define.js';
import { labelOf } from './header-labels.js';
import { Part } from './part.js';
import '../icons/icon.js';

export class Header extends Part {
  static properties = { ...Part.properties, thread: {}, history: { type: Boolean } };
  static styles = [
    ...Part.styles,
    css`
      .bar { display: flex; align-items: center; gap: var(--ts-1); min-block-size: 52px; padding-inline: var(--ts-2); border-block-end: 1px solid var(--ts-line); }
      .gap { flex: 1; }
      h2 { flex: 1; min-inline-size: 0; padding-inline: var(--ts-2); font-size: var(--ts-text-sm); font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    `,
  ];

  /** @type {import('../wire.js').Thread | null} */
  thread = null;
  /** Whether the history is open. */
  history = false;

  render() {
    const { t, options } = this.env;
    const { title = {}, leftAction, rightAction } = options.header ?? {};
    const text = title.enabled === false ? '' : (title.text ?? this.thread?.title ?? '');
    return html`<div class="bar">
      ${leftAction ? this.#button(leftAction.icon, '', leftAction.onClick) : nothing}
      ${options.history?.enabled === false
        ? nothing
        : html`<button class="quiet" id="history" aria-label=${t('history')} title=${t('history')} aria-expanded=${this.history}
            @click=${() => this.tell('history-toggle')}><turnstream-icon name="history"></turnstream-icon></button>`}
      ${text ? html`<h2><bdi>${text}</bdi></h2>` : html`<span class="gap"></span>`}
      ${rightAction ? this.#button(rightAction.icon, '', rightAction.onClick) : nothing}
      ${this.#button('compose', t('newChat'), () => this.tell('new-chat'))}
    </div>`;
  }

  /** Put the focus where the history is opened. */
  focusHistory() {
    /** @type {HTMLElement | null} */ (this.renderRoot.querySelector('#history'))?.focus();
  }

  /** @param {string} icon @param {string} label @param {() => void} act */
  #button(icon, label, act) {
    const known = labelOf(icon);
    const name = label || (known ? this.env.t(known) : icon.replaceAll('-', ' '));
    return html`<button class="quiet" aria-label=${name} title=${name} @click=${act}><turnstream-icon name=${icon}></turnstream-icon></button>`;
  }
}

define('turnstream-header', Header);
