/** `<turnstream-user-message>`: what the user said, with tags, attachments and what it replies to. */

import { css, html, nothing } from 'lit';
import { safeImage } from '../markdown/links.js';
import { longText, longTextStyle } from '../markdown/long-text.js';
import { define } from './define.js';
import { lazily } from './lazily.js';
import { Part } from './part.js';
import '../icons/icon.js';

export class UserMessageView extends Part {
  static properties = { ...Part.properties, item: {}, broken: { state: true } };
  static styles = [
    ...Part.styles,
    longTextStyle,
    css`
      :host { display: flex; flex-direction: column; align-items: flex-end; gap: var(--ts-2); padding-inline-start: 15%; }
      .bubble { background: var(--ts-softer); padding: var(--ts-2) var(--ts-4); border-radius: var(--ts-radius-lg); border-end-end-radius: calc(var(--ts-radius-lg) / 3); white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.5; max-inline-size: 100%; }
      .words { unicode-bidi: plaintext; }
      .tag { color: var(--ts-accent); background: var(--ts-accent-soft); border-radius: min(var(--ts-radius-sm), 6px); padding: 0 0.3em; font-weight: 550; }
      .quote { font-size: var(--ts-text-sm); color: var(--ts-muted); border-inline-start: 2px solid var(--ts-line-strong); padding-inline-start: var(--ts-2); display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; }
      .files { display: flex; flex-wrap: wrap; gap: var(--ts-2); justify-content: flex-end; }
      .file { display: flex; align-items: center; gap: var(--ts-2); padding: var(--ts-2) var(--ts-3); border: 1px solid var(--ts-line); border-radius: var(--ts-radius-md); font-size: var(--ts-text-sm); max-inline-size: 16rem; }
      .file bdi { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      img { display: block; max-inline-size: 15rem; max-block-size: 12rem; border: 1px solid var(--ts-line); border-radius: var(--ts-radius-md); object-fit: cover; }
    `,
  ];

  /** @type {import('../wire.js').UserMessage} */
  item = /** @type {any} */ (undefined);
  /** Previews that could not be loaded: their files are shown by name. @type {readonly string[]} */
  broken = [];

  render() {
    const { content, attachments = [], quoted_text: quoted } = this.item;
    return html`<span class="unseen">${this.env.t('you')}</span>
      ${quoted ? html`<div class="quote" dir="auto">${quoted}</div>` : nothing}
      ${attachments.length ? html`<div class="files">${attachments.map((each) => this.#attachment(each))}</div>` : nothing}
      ${content.length ? html`<div class="bubble"><div class="words" dir="auto">${content.map((each) => this.#content(each))}</div></div>` : nothing}`;
  }

  /** @param {import('@openai/chatkit').UserMessageContent} part */
  #content(part) {
    if (part.type !== 'input_tag') return longText(part.text);
    const { onClick, onRequestPreview } = this.env.options.entities ?? {};
    if (!part.interactive || (!onClick && !onRequestPreview)) return html`<span class="tag">${part.text}</span>`;
    lazily(() => import('./tag.js'));
    return html`<turnstream-tag class="tag" .env=${this.env} .tag=${part}></turnstream-tag>`;
  }

  /** @param {import('@openai/chatkit').Attachment} attachment */
  #attachment(attachment) {
    const src = attachment.type === 'image' ? safeImage(attachment.preview_url) : null;
    return src && !this.broken.includes(src)
      ? html`<img src=${src} alt=${this.env.t('userPicture', { name: attachment.name })} loading="lazy" referrerpolicy="no-referrer" @error=${() => (this.broken = [...this.broken, src])} />`
      : html`<div class="file"><turnstream-icon name="file"></turnstream-icon><bdi>${attachment.name}</bdi></div>`;
  }
}

define('turnstream-user-message', UserMessageView);
