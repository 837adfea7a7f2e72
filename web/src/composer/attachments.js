/**
 * `<turnstream-attachments>`: files that go with the message, how they fare, and the whole chat as the
 * place to drop some. Loaded where files are taken.
 */

import { css, html, nothing } from 'lit';
import { define } from '../view/define.js';
import { Part } from '../view/part.js';
import { styles } from '../view/set-styles.js';
import '../icons/icon.js';

/** @typedef {import('../session/uploads.js').Upload} Upload */

export class Attachments extends Part {
  static properties = { ...Part.properties, uploads: {}, over: { state: true } };
  static styles = [
    ...Part.styles,
    css`
      :host { display: contents; }
      ul { display: flex; flex-wrap: wrap; gap: var(--ts-2); padding: var(--ts-1); list-style: none; max-block-size: 30vh; overflow-y: auto; }
      li { position: relative; display: flex; align-items: center; gap: var(--ts-2); max-inline-size: min(16rem, 100%); min-block-size: 48px; padding-inline: var(--ts-3) var(--ts-1); border: 1px solid var(--ts-line); border-radius: var(--ts-radius-md); font-size: var(--ts-text-sm); background: var(--ts-background); overflow: hidden; }
      li > span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      li.bad { border-color: var(--ts-danger); color: var(--ts-danger); max-inline-size: 100%; }
      li.bad > span { white-space: normal; overflow-wrap: anywhere; padding-block: var(--ts-2); }
      img { inline-size: 34px; block-size: 34px; margin-inline-start: -5px; border-radius: min(var(--ts-radius-sm), 7px); object-fit: cover; }
      .bar { position: absolute; inset-block-end: 0; inset-inline-start: 0; block-size: 3px; background: var(--ts-accent); transition: inline-size var(--ts-slow) linear; }
      .drop { position: fixed; margin: 0; padding: 0; border: 2px dashed var(--ts-accent); border-radius: var(--ts-radius-lg); background: color-mix(in oklab, var(--ts-accent-soft) 88%, transparent); color: var(--ts-accent); font-weight: 600; pointer-events: none; }
      .drop:popover-open { display: grid; place-content: center; justify-items: center; gap: var(--ts-2); }
    `,
  ];

  /** @type {readonly Upload[]} */
  uploads = [];
  /** Whether files are held over the chat. */
  over = false;

  /** The element's inside, where files may be dropped. @type {HTMLElement | null} */
  #root = null;

  connectedCallback() {
    super.connectedCallback();
    this.#root = /** @type {ShadowRoot} */ (this.getRootNode()).host.closest('.root');
    for (const name of ['dragenter', 'dragover', 'dragleave', 'drop']) this.#root?.addEventListener(name, this.#drag);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    for (const name of ['dragenter', 'dragover', 'dragleave', 'drop']) this.#root?.removeEventListener(name, this.#drag);
    this.over = false;
  }

  render() {
    const { t } = this.env;
    return html`${this.uploads.length ? html`<ul aria-label=${t('attachments')}>${this.uploads.map((each) => this.#one(each))}</ul>` : nothing}
      ${this.over ? html`<div popover="manual" class="drop" ${styles(this.#place())}><turnstream-icon name="paperclip"></turnstream-icon>${t('dropFiles')}</div>` : nothing}`;
  }

  updated() {
    const drop = /** @type {HTMLElement | null} */ (this.renderRoot.querySelector('.drop:not(:popover-open)'));
    drop?.showPopover();
  }

  /** All of the chat, with a line of it left free. */
  #place() {
    const { x, y, width, height } = /** @type {HTMLElement} */ (this.#root).getBoundingClientRect();
    const gap = 8;
    return { inset: `${y + gap}px auto auto ${x + gap}px`, width: `${width - 2 * gap}px`, height: `${height - 2 * gap}px` };
  }

  /** @param {Upload} upload */
  #one({ key, name, preview, attachment, problem, progress, file }) {
    const { t } = this.env;
    return html`<li class=${problem ? 'bad' : ''} title=${name}>
      ${preview && !problem ? html`<img src=${preview} alt="" />` : html`<turnstream-icon name=${problem ? 'circle-alert' : 'file'}></turnstream-icon>`}
      <span dir=${problem ? nothing : 'auto'} role=${problem ? 'alert' : nothing}>${problem ?? name}</span>
      ${attachment || problem ? nothing : this.#progress(name, progress)}
      ${problem && file ? this.#button('rotate-cw', `${t('retry')}: ${name}`, 'retry', key) : nothing}
      ${this.#button('x', name ? t('removeAttachment', { name }) : t('dismiss'), 'remove', key)}
    </li>`;
  }

  /** @param {string} name @param {number | null} progress */
  #progress(name, progress) {
    const percent = progress === null ? null : Math.round(progress * 100);
    return html`<turnstream-icon class="spin" name="loader-circle" role="progressbar" aria-label=${this.env.t('uploading', { name })}
        aria-valuemin="0" aria-valuemax="100" aria-valuenow=${percent ?? nothing}></turnstream-icon>
      ${percent === null ? nothing : html`<i class="bar" ${styles({ 'inline-size': `${percent}%` })}></i>`}`;
  }

  /** @param {string} icon @param {string} label @param {'remove' | 'retry'} what @param {number} key */
  #button(icon, label, what, key) {
    return html`<button type="button" class="quiet small" aria-label=${label} title=${label} @click=${() => this.dispatchEvent(new CustomEvent(what, { detail: key }))}>
      <turnstream-icon name=${icon}></turnstream-icon></button>`;
  }

  /** @param {Event} event */
  #drag = (event) => {
    const { type, dataTransfer, relatedTarget } = /** @type {DragEvent} */ (event);
    if (!this.env.options.composer?.attachments?.enabled || !dataTransfer?.types.includes('Files')) return;
    if (type === 'dragleave') {
      if (!relatedTarget || !this.#root?.contains(/** @type {Node} */ (relatedTarget))) this.over = false;
      return;
    }
    event.preventDefault(); // else the browser leaves the page for the file
    this.over = type !== 'drop';
    if (type === 'drop') this.dispatchEvent(new CustomEvent('files', { detail: [...dataTransfer.files] }));
  };
}

define('turnstream-attachments', Attachments);
