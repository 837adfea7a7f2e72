/** `<turnstream-assistant-message>`: an answer as it grows, and its sources. */

import { css, html, nothing } from 'lit';
import { cited } from '../markdown/citations.js';
import { define } from './define.js';
import { Part } from './part.js';
import '../markdown/markdown.js';
import './sources.js';

export class AssistantMessageView extends Part {
  static properties = { ...Part.properties, item: {}, live: { type: Boolean }, domains: {} };
  static styles = [
    ...Part.styles,
    css`
      :host { display: block; }
      turnstream-markdown + turnstream-markdown { margin-block-start: var(--ts-3); }
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
            ${sources.length && !this.live ? html`<turnstream-sources .env=${this.env} .sources=${sources}></turnstream-sources>` : nothing}`,
      )}`;
  }
}

define('turnstream-assistant-message', AssistantMessageView);
