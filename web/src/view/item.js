/** `<turnstream-item>`: one item of a thread, drawn by its type. */

import { css, html, nothing } from 'lit';
import { define } from './define.js';
import { lazily } from './lazily.js';
import { Part } from './part.js';
import './assistant-message.js';
import './item-actions.js';
import './user-message.js';
import './workflow.js';

/** @typedef {import('../wire.js').Item} Item */

export class ItemView extends Part {
  static properties = { ...Part.properties, item: {}, live: { type: Boolean }, domains: {}, actions: {} };
  static styles = [
    ...Part.styles,
    css`
      :host { display: block; contain: layout; }
      :host([data-hides]) { display: none; }
    `,
  ];

  /** @type {Item} */
  item = /** @type {any} */ (undefined);
  live = false;
  /** @type {readonly string[] | null} */
  domains = null;
  /** Which buttons are below it: letters of f(eedback), r(etry), c(opy); null for none. @type {string | null} */
  actions = null;

  render() {
    const drawn = this.#item(this.item);
    this.toggleAttribute('data-hides', drawn === nothing);
    if (drawn === nothing || this.actions === null) return drawn;
    return html`${drawn}<turnstream-item-actions .env=${this.env} .item=${this.item} .actions=${this.actions}></turnstream-item-actions>`;
  }

  /** @param {Item} item */
  #item(item) {
    const { env, live, domains } = this;
    switch (item.type) {
      case 'user_message':
        return html`<turnstream-user-message .env=${env} .item=${item}></turnstream-user-message>`;
      case 'assistant_message':
        return html`<turnstream-assistant-message .env=${env} .item=${item} .live=${live} .domains=${domains}></turnstream-assistant-message>`;
      case 'workflow':
        return html`<turnstream-workflow .env=${env} .workflow=${item.workflow} .live=${live}></turnstream-workflow>`;
      case 'task':
        return html`<turnstream-workflow .env=${env} .workflow=${{ type: 'custom', tasks: [item.task] }} .live=${live} single></turnstream-workflow>`;
      case 'widget':
        lazily(() => import('../widgets/widget.js'));
        return html`<turnstream-widget .env=${env} .item=${item} .domains=${domains}></turnstream-widget>`;
      case 'generated_image':
        lazily(() => import('./generated-image.js'));
        return html`<turnstream-generated-image .env=${env} .item=${item}></turnstream-generated-image>`;
      case 'structured_input':
        lazily(() => import('./structured-input.js'));
        return html`<turnstream-structured-input .env=${env} .item=${item}></turnstream-structured-input>`;
      default:
        return nothing; // client tool calls, the end of a turn, and what this version does not know
    }
  }
}

define('turnstream-item', ItemView);
