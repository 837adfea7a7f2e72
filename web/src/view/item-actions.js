/** `<turnstream-item-actions>`: what one can do with a finished answer. */

import { css, html, nothing } from 'lit';
import { define } from './define.js';
import { Part } from './part.js';
import './copy-button.js';

export class ItemActions extends Part {
  static properties = { ...Part.properties, item: {}, actions: {}, rating: { state: true } };
  static styles = [
    ...Part.styles,
    css`
      :host { display: flex; gap: 2px; margin-block-start: var(--ts-2); margin-inline-start: -7px; }
    `,
  ];

  /** @type {import('../wire.js').Item} */
  item = /** @type {any} */ (undefined);
  actions = '';
  /** @type {'positive' | 'negative' | null} */
  rating = null;

  render() {
    const { t } = this.env;
    const text = this.#text();
    return html`${text ? html`<turnstream-copy .env=${this.env} .text=${text}></turnstream-copy>` : nothing}
    ${this.actions.includes('f') ? [this.#thumb('positive', 'thumbs-up', t('good')), this.#thumb('negative', 'thumbs-down', t('bad'))] : nothing}
    ${this.actions.includes('r') ? this.#button('rotate-cw', t('retry'), () => this.#retry()) : nothing}`;
  }

  #text() {
    const { item } = this;
    if (item.type === 'assistant_message') return item.content.map((part) => part.text).join('\n\n');
    return item.type === 'widget' ? (item.copy_text ?? '') : '';
  }

  /** @param {'positive' | 'negative'} kind @param {string} icon @param {string} label */
  #thumb(kind, icon, label) {
    return html`<button class="quiet small" aria-label=${label} title=${label} aria-pressed=${this.rating === kind}
      @click=${() => this.#judge(kind)}><turnstream-icon name=${icon}></turnstream-icon></button>`;
  }

  /** @param {string} icon @param {string} label @param {() => void} act */
  #button(icon, label, act) {
    return html`<button class="quiet small" aria-label=${label} title=${label} @click=${act}><turnstream-icon name=${icon}></turnstream-icon></button>`;
  }

  /** @param {'positive' | 'negative'} kind */
  async #judge(kind) {
    const before = this.rating;
    this.rating = kind;
    try {
      await this.env.session.feedback(this.#answer().ids, kind);
    } catch (error) {
      this.rating = before;
      this.env.emit('error', { error });
    }
  }

  #retry() {
    void this.env.session.retry(this.#answer().to);
  }

  /** The answer whose last item this is: what it holds, and the message that it is an answer to. */
  #answer() {
    const { items } = this.env.session.state;
    const last = items.findIndex((each) => each.id === this.item.id);
    const asked = items.findLastIndex((each, at) => at < last && each.type === 'user_message');
    const ids = items.slice(asked + 1, last + 1).filter((each) => each.type !== 'end_of_turn').map((each) => each.id);
    return { to: items[asked]?.id, ids };
  }
}

define('turnstream-item-actions', ItemActions);
