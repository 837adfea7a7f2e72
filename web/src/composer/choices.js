/** `<turnstream-choices>`: tools and models of a message. Loaded where the page offers some. */

import { css, html, nothing } from 'lit';
import { define } from '../view/define.js';
import { Part } from '../view/part.js';
import { BLANK, chosenModel } from './draft.js';
import '../icons/icon.js';
import '../view/menu.js';

/** @typedef {import('@openai/chatkit').ToolOption} ToolOption */

export class Choices extends Part {
  static properties = { ...Part.properties, draft: {} };
  static styles = [
    ...Part.styles,
    css`
      :host { display: flex; flex: 1; align-items: center; gap: var(--ts-1); min-inline-size: 0; }
      .chips { display: flex; gap: var(--ts-1); min-inline-size: 0; overflow-x: auto; scrollbar-width: none; padding: 2px; }
      .chip { display: inline-flex; flex: none; align-items: center; gap: var(--ts-2); block-size: 34px; padding-inline: var(--ts-3); border-radius: var(--ts-radius-control); font-size: var(--ts-text-sm); color: var(--ts-muted); white-space: nowrap; }
      .chip:hover { background: var(--ts-softer); }
      .chip[aria-pressed='true'] { color: var(--ts-accent); background: var(--ts-accent-soft); }
      .chip .x { font-size: 0.8em; }
      .models { max-inline-size: 45%; flex: none; margin-inline-start: auto; }
      @container (max-inline-size: 30rem) { :host { display: contents; } .chips { order: -1; flex-basis: 100%; } }
      .gap { flex: 1; }
    `,
  ];

  /** @type {import('./draft.js').Draft} */
  draft = BLANK;

  render() {
    const { tools = [], models = [] } = this.env.options.composer ?? {};
    const inMenu = tools.filter((tool) => !tool.pinned);
    const beside = tools.filter((tool) => tool.pinned || tool.id === this.draft.toolId);
    return html`${inMenu.length ? this.#tools(inMenu) : nothing}
      ${beside.length ? html`<span class="chips">${beside.map((tool) => this.#chip(tool))}</span>` : nothing}
      ${models.length > 1 ? this.#models(models) : html`<span class="gap"></span>`}`;
  }

  /** @param {ToolOption[]} tools */
  #tools(tools) {
    const { toolId } = this.draft;
    const choices = tools.map(({ id, label, icon }) => ({ id, label, icon, checked: id === toolId }));
    return html`<turnstream-menu .env=${this.env} icon="sliders-horizontal" .label=${this.env.t('tools')} .choices=${choices}
      @choice=${(/** @type {CustomEvent<string>} */ { detail }) => this.#toggle(detail)}></turnstream-menu>`;
  }

  /** A tool beside the menu: pinned, or the one that is chosen. @param {ToolOption} tool */
  #chip({ id, label, shortLabel, icon, pinned }) {
    const chosen = this.draft.toolId === id;
    const does = chosen && !pinned ? this.env.t('removeTool', { tool: label }) : label;
    return html`<button type="button" class="chip" aria-pressed=${chosen} aria-label=${does} title=${does} @click=${() => this.#toggle(id)}>
      <turnstream-icon name=${icon}></turnstream-icon><bdi>${shortLabel ?? label}</bdi>${chosen ? html`<turnstream-icon class="x" name="x"></turnstream-icon>` : nothing}
    </button>`;
  }

  /** @param {import('@openai/chatkit').ModelOption[]} models */
  #models(models) {
    const chosen = chosenModel(models, this.draft.modelId) ?? models[0];
    const choices = models.map((model) => ({ ...model, checked: model === chosen }));
    return html`<turnstream-menu class="models" .env=${this.env} .label=${this.env.t('model')} .text=${chosen.label} .choices=${choices}
      @choice=${(/** @type {CustomEvent<string>} */ { detail }) => this.#choose({ modelId: detail })}></turnstream-menu>`;
  }

  /** @param {string} id */
  #toggle(id) {
    this.#choose({ toolId: this.draft.toolId === id ? null : id });
  }

  /** @param {{toolId?: string | null, modelId?: string}} detail */
  #choose(detail) {
    this.dispatchEvent(new CustomEvent('choose', { detail }));
  }
}

define('turnstream-choices', Choices);
