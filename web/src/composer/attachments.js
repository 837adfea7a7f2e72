/** `<turnstream-attachments>`: files that go with the message, and how they fare. */

import { css, html, nothing } from 'lit';
import { define } from '../view/define.js';
import { Part } from '../view/part.js';
import '../icons/icon.js';

export class Attachments extends Part {
  static properties = { ...Part.properties, uploads: {} };
  static styles = [
    ...Part.styles,
    css`
      :host { display: contents; }
      ul { display: flex; flex-wrap: wrap; gap: var(--ts-2); padding: var(--ts-1); list-style: none; }
      li { position: relative; display: flex; align-items: center; gap: var(--ts-2); max-inline-size: 15rem; block-size: 48px; padding-inline: var(--ts-3) var(--ts-1); border: 1px solid var(--ts-line); border-radius: var(--ts-radius-md); font-size: var(--ts-text-sm); background: var(--ts-background); }
      li.bad { border-color: var(--ts-danger); color: var(--ts-danger); block-size: auto; min-block-size: 48px; }
      li span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      li.bad span { white-space: normal; }
      img { inline-size: 34px; block-size: 34px; margin-inline-start: -5px; border-radius: 7px; object-fit: cover; }
    `,
  ];

  /** @type {readonly import('../session/uploads.js').Upload[]} */
  uploads = [];

  render() {
    if (!this.uploads.length) return nothing;
    return html`<ul aria-label=${this.env.t('attachments')}>${this.uploads.map((each) => this.#one(each))}</ul>`;
  }

  /** @param {import('../session/uploads.js').Upload} upload */
  #one({ key, name, preview, attachment, problem }) {
    const { t } = this.env;
    const label = t('removeAttachment', { name });
    return html`<li class=${problem ? 'bad' : ''}>
      ${preview ? html`<img src=${preview} alt="" />` : html`<turnstream-icon name=${problem ? 'circle-alert' : 'file'}></turnstream-icon>`}
      <span role=${problem ? 'alert' : nothing}>${problem ?? name}</span>
      ${attachment || problem ? nothing : html`<turnstream-icon class="spin" name="loader-circle" role="img" aria-label=${t('uploading', { name })}></turnstream-icon>`}
      <button type="button" class="quiet small" aria-label=${label} title=${label} @click=${() => this.dispatchEvent(new CustomEvent('remove', { detail: key }))}>
        <turnstream-icon name="x"></turnstream-icon></button>
    </li>`;
  }
}

define('turnstream-attachments', Attachments);
