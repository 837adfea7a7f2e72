/** `<turnstream-choices>`: tools and models of a message. */

import { css, html, nothing } from 'lit';
import { define } from '../view/define.js';
import { Part } from '../view/part.js';
import { BLANK } from './draft.js';
import '../icons/icon.js';

export class Choices extends Part {
  static properties = { ...Part.properties, draft: {} };
  static styles = [
    ...Part.styles,
    css`
      :host { display: flex; align-items: center; gap: var(--ts-1); min-inline-size: 0; }
      .chip { display: inline-flex; align-items: center; gap: var(--ts-2); block-size: 34px; padding-inline: var(--ts-3); border-radius: var(--ts-radius-control); font-size: var(--ts-text-sm); color: var(--ts-muted); white-space: nowrap; }
      .chip:hover { background: var(--ts-softer); }
      .chip[aria-pressed='true'] { color: var(--ts-accent); background: var(--ts-accent-soft); }
      select { appearance: none; border: 0; background: none; padding: 0 var(--ts-3); block-size: 34px; border-radius: var(--ts-radius-control); font-size: var(--ts-text-sm); color: var(--ts-muted); max-inline-size: 11rem; text-overflow: ellipsis; cursor: pointer; }
      select:hover { background: var(--ts-softer); }
      option { color: CanvasText; background: Canvas; }
    `,
  ];

  /** @type {import('./draft.js').Draft} */
  draft = BLANK;

  render() {
    const { tools = [], models = [] } = this.env.options.composer ?? {};
    return html`${tools.map((tool) => this.#tool(tool))}${models.length > 1 ? this.#models(models) : nothing}`;
  }

  /** @param {import('@openai/chatkit').ToolOption} tool */
  #tool({ id, label, shortLabel, icon, pinned }) {
    const chosen = this.draft.toolId === id;
    return html`<button type="button" class="chip" aria-pressed=${chosen} title=${label} @click=${() => this.#choose({ toolId: chosen ? null : id })}>
      <turnstream-icon name=${icon}></turnstream-icon>${pinned || chosen ? (shortLabel ?? label) : html`<span class="unseen">${label}</span>`}
    </button>`;
  }

  /** @param {import('@openai/chatkit').ModelOption[]} models */
  #models(models) {
    const chosen = this.draft.modelId ?? (models.find((model) => model.default) ?? models[0]).id;
    return html`<select aria-label=${this.env.t('model')} @change=${(/** @type {any} */ event) => this.#choose({ modelId: event.target.value })}>
      ${models.map(({ id, label, description, disabled }) => html`<option value=${id} ?selected=${id === chosen} ?disabled=${disabled} title=${description ?? nothing}>${label}</option>`)}
    </select>`;
  }

  /** @param {{toolId?: string | null, modelId?: string}} detail */
  #choose(detail) {
    this.dispatchEvent(new CustomEvent('choose', { detail }));
  }
}

define('turnstream-choices', Choices);
