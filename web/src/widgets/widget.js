/** `<turnstream-widget>`: a widget of the assistant, and what happens when one uses it. */

import { define } from '../view/define.js';
import { Part } from '../view/part.js';
import { look } from './look.js';
import { drawNode } from './registry.js';
import './layout.js';
import './media.js';
import './text.js';
import '../icons/icon.js';
import '../markdown/markdown.js';

/** @typedef {{type: string, payload?: Record<string, unknown>, handler?: string, streaming?: boolean, loadingBehavior?: string}} Action */

export class Widget extends Part {
  static properties = { ...Part.properties, item: {}, domains: {} };
  static styles = [...Part.styles, look];

  /** @type {import('../wire.js').WidgetItem} */
  item = /** @type {any} */ (undefined);
  /** @type {readonly string[] | null} */
  domains = null;

  render() {
    const { env, domains } = this;
    const { widget } = this.item;
    if (widget.theme === 'light' || widget.theme === 'dark') this.style.setProperty('color-scheme', widget.theme);
    return drawNode(widget, { env, domains, act: (action, event) => void this.#act(/** @type {Action} */ (action), event) });
  }

  /** @param {Action} action @param {Event} [event] */
  async #act(action, event) {
    const sent = { type: action.type, payload: { ...action.payload, ...values(event) } };
    const { env, item } = this;
    this.setAttribute('aria-busy', 'true');
    try {
      if (action.handler === 'client') await env.options.widgets?.onAction?.(sent, /** @type {any} */ (item));
      else await env.session.sendAction(sent, item.id, action.streaming ?? true);
    } catch (error) {
      env.emit('error', { error });
    } finally {
      this.removeAttribute('aria-busy');
    }
  }
}

/** The fields of the form that an event comes from. @param {Event} [event] @returns {Record<string, unknown>} */
function values(event) {
  const from = /** @type {Element | null | undefined} */ (event?.currentTarget);
  const form = /** @type {HTMLFormElement | null} */ (from?.closest('form') ?? null);
  return form ? Object.fromEntries(new FormData(form)) : {};
}

define('turnstream-widget', Widget);
