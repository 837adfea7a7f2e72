/** `<turnstream-widget>`: a widget of the assistant, and what happens when one uses it. */

import { html, nothing } from 'lit';
import { define } from '../view/define.js';
import { Part } from '../view/part.js';
import { styles } from '../view/set-styles.js';
import { isAction, loadingOf, merged } from './actions.js';
import { controls } from './look-controls.js';
import { look } from './look.js';
import { themeOf } from './colors.js';
import { labelled, valuesAround } from './fields.js';
import { drawNode, MOST_NODES, sizeOf } from './registry.js';
import './button.js';
import './card.js';
import './choices.js';
import './date-picker.js';
import './inputs.js';
import './layout.js';
import './list.js';
import './media.js';
import './table.js';
import './text.js';
import '../icons/icon.js';
import '../markdown/markdown.js';

/** A widget is fresh for as long after it was made: only then it may take the focus. */
const FRESH_MS = 15_000;
/** The path that stands for the whole widget. */
const WHOLE = '';

export class Widget extends Part {
  static properties = { ...Part.properties, item: {}, domains: {}, busy: { state: true } };
  static styles = [...Part.styles, look, controls];

  /** @type {import('../wire.js').WidgetItem} */
  item = /** @type {any} */ (undefined);
  /** Domains that images may come from; null for any. @type {readonly string[] | null} */
  domains = null;
  /** The path of the node whose action runs, `''` for the whole widget, null for none. @type {string | null} */
  busy = null;

  render() {
    const { env, domains, busy } = this;
    const { widget, created_at: at } = this.item;
    // A card and a list have a ground of their own, and leave the line above them as the thread is.
    const theme = widget?.type === 'Basic' ? themeOf(widget) : {};
    const given = {
      env,
      domains,
      busy,
      labels: labelled(widget),
      fresh: !at || Date.now() - Date.parse(at) < FRESH_MS,
      left: { nodes: MOST_NODES },
      act: this.#act,
    };
    return html`<div class="widget ${'color-scheme' in theme ? 'themed' : ''} ${busy === WHOLE ? 'waiting' : ''}"
      tabindex="-1" aria-busy=${busy === WHOLE} ${styles(theme)}>${drawNode(widget, given)}${sizeOf(widget) > MOST_NODES ? html`<p class="cut">${env.t('widgetCut')}</p>` : nothing}</div>`;
  }

  /** What had the focus before a change. @type {Element | null} */
  #used = null;

  willUpdate() {
    this.#used = this.shadowRoot?.activeElement ?? null;
  }

  /** Whoever worked in a part that the answer replaced goes on in its like, or at least in the widget. */
  updated() {
    const used = this.#used;
    if (!used || used.isConnected) return;
    const name = used.getAttribute('name');
    const likes = [...this.renderRoot.querySelectorAll(used.tagName)].filter((each) => name && each.getAttribute('name') === name);
    const next = likes.at(-1) ?? this.renderRoot.querySelector('.widget');
    /** @type {HTMLElement | null} */ (next)?.focus({ preventScroll: true });
  }

  /**
   * Send an action with the values around what was used; nothing while the same one still runs. It
   * never throws: a failure is an `error` event of the element.
   * @param {unknown} action
   * @param {Event} event
   * @param {import('./actions.js').From} from
   */
  #act = async (action, event, { path, usual }) => {
    if (!isAction(action) || this.busy === WHOLE || this.busy === path) return;
    const { payload, conflicts } = merged(action.payload, valuesAround(/** @type {Element | null} */ (event.currentTarget)));
    if (conflicts.length) this.env.emit('error', { error: new Error(`Not sent, because the payload holds these already: ${conflicts.join(', ')}`) });
    const loading = loadingOf(action, usual);
    if (loading !== 'none') this.busy = loading === 'container' ? WHOLE : path;
    try {
      await this.#send(action, /** @type {Record<string, unknown> | undefined} */ (payload));
    } catch (error) {
      this.env.emit('error', { error });
    } finally {
      if (loading !== 'none') this.busy = null;
    }
  };

  /** @param {import('./actions.js').Action} action @param {Record<string, unknown> | undefined} payload */
  async #send({ type, handler, streaming = true }, payload) {
    const { env, item } = this;
    const sent = { type, payload };
    if (handler === 'client') await env.options.widgets?.onAction?.(sent, /** @type {any} */ (item));
    else await env.session.sendAction(sent, item.id, streaming);
  }
}

define('turnstream-widget', Widget);
