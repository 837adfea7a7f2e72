/**
 * `<turnstream-entity-preview>`: what the page shows of an entity, a widget of its
 * `entities.onRequestPreview`. Takes no place while there is none.
 */

import { css, html, nothing } from 'lit';
import { define } from './define.js';
import { Part } from './part.js';

/** @typedef {import('@openai/chatkit').Entity} Entity */

/** The page is asked once for each entity that is shown. @type {WeakMap<Entity, Promise<unknown>>} */
const asked = new WeakMap();

export class EntityPreview extends Part {
  static properties = { ...Part.properties, entity: {}, widget: { state: true } };
  static styles = [...Part.styles, css`:host { display: none; } :host([data-shows]) { display: block; }`];

  /** @type {Entity} */
  entity = /** @type {any} */ (undefined);
  /** @type {import('../wire.js').WidgetNode | null} */
  widget = null;

  /** @param {import('lit').PropertyValues} changed */
  willUpdate(changed) {
    if (changed.has('entity')) void this.#ask(this.entity);
  }

  /** @param {Entity} entity */
  async #ask(entity) {
    this.widget = null;
    try {
      const widget = await widgetOf(entity, this.env.options.entities?.onRequestPreview);
      if (widget) await import('../widgets/widget.js');
      if (this.entity === entity) this.widget = widget;
    } catch (error) {
      asked.delete(entity);
      this.env.emit('error', { error });
    }
  }

  render() {
    const { widget, entity } = this;
    this.toggleAttribute('data-shows', Boolean(widget));
    if (!widget) return nothing;
    const item = { id: `preview-${entity.id}`, type: 'widget', widget };
    return html`<turnstream-widget .env=${this.env} .item=${item} .domains=${null}></turnstream-widget>`;
  }
}

/**
 * @param {Entity} entity
 * @param {NonNullable<import('@openai/chatkit').EntitiesOption>['onRequestPreview']} ask
 * @returns {Promise<any>}
 */
async function widgetOf(entity, ask) {
  if (!ask) return null;
  if (!asked.has(entity)) asked.set(entity, Promise.resolve(ask(entity)).then((answer) => answer?.preview ?? null));
  return asked.get(entity);
}

define('turnstream-entity-preview', EntityPreview);
