/** `<turnstream-assistant-message>`: an answer as it grows, and its sources. */

import { css, html, nothing } from 'lit';
import { cited } from '../markdown/citations.js';
import { safeLink } from '../markdown/links.js';
import { define } from './define.js';
import { Part } from './part.js';
import '../icons/icon.js';
import '../markdown/markdown.js';

/** @typedef {import('../wire.js').Source} Source */

export class AssistantMessageView extends Part {
  static properties = { ...Part.properties, item: {}, live: { type: Boolean }, domains: {} };
  static styles = [
    ...Part.styles,
    css`
      :host { display: block; }
      turnstream-markdown + turnstream-markdown { margin-block-start: var(--ts-3); }
      .sources { display: flex; flex-wrap: wrap; gap: var(--ts-2); margin-block-start: var(--ts-3); padding: 0; list-style: none; }
      .source { display: inline-flex; align-items: center; gap: var(--ts-2); max-inline-size: 16rem; padding-block: 3px; padding-inline: 4px var(--ts-3); border: 1px solid var(--ts-line); border-radius: 999px; font-size: var(--ts-text-xs); color: var(--ts-foreground); text-decoration: none; }
      a.source:hover, button.source:hover { background: var(--ts-soft); }
      .source b { display: grid; place-items: center; min-inline-size: 1.5em; block-size: 1.5em; border-radius: 999px; background: var(--ts-softer); color: var(--ts-muted); font-weight: 600; }
      .source span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    `,
  ];

  /** @type {import('../wire.js').AssistantMessage} */
  item = /** @type {any} */ (undefined);
  live = false;
  /** @type {readonly string[] | null} */
  domains = null;

  render() {
    const parts = this.item.content.map((part) => cited(part.text, part.annotations ?? []));
    const last = parts.length - 1;
    return html`<span class="unseen">${this.env.t('assistant')}</span>
      ${parts.map(
        ({ text, sources }, at) =>
          html`<turnstream-markdown .text=${text} .sources=${sources} .env=${this.env} .domains=${this.domains}
            .streaming=${this.live && at === last}></turnstream-markdown>
            ${sources.length && !this.live ? this.#sources(sources) : nothing}`,
      )}`;
  }

  /** @param {Source[]} sources */
  #sources(sources) {
    return html`<ul class="sources" aria-label=${this.env.t('sources')}>
      ${sources.map((source, at) => html`<li>${this.#source(source, at + 1)}</li>`)}
    </ul>`;
  }

  /** @param {Source} source @param {number} number */
  #source(source, number) {
    const inside = html`<b>${number}</b><span dir="auto">${source.title ?? source.filename ?? source.url ?? ''}</span>`;
    const to = source.type === 'url' ? safeLink(source.url) : null;
    return to
      ? html`<a class="source" href=${to} target="_blank" rel="noopener noreferrer nofollow">${inside}</a>`
      : html`<button class="source" @click=${() => this.env.sourceClicked(source)}>${inside}</button>`;
  }
}

define('turnstream-assistant-message', AssistantMessageView);
