/** `<turnstream-copy>`: copies a text, and says so for a moment. */

import { html, LitElement } from 'lit';
import { base } from '../theme/base.js';
import { define } from './define.js';
import '../icons/icon.js';

/** How long "Copied" is shown, in milliseconds: long enough to be read. */
const SHOWN = 2000;

export class CopyButton extends LitElement {
  static properties = { text: {}, env: {}, copied: { state: true } };
  static styles = [base];

  text = '';
  /** @type {import('./env.js').Env | undefined} */
  env = undefined;
  copied = false;

  render() {
    const label = this.env?.t(this.copied ? 'copied' : 'copy') ?? '';
    return html`<button class="quiet small" aria-label=${label} title=${label} @click=${this.#copy}>
        <turnstream-icon name=${this.copied ? 'check' : 'copy'}></turnstream-icon></button
      ><span class="unseen" role="status">${this.copied ? label : ''}</span>`;
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.text);
    } catch {
      return; // the page may not write to the clipboard
    }
    this.copied = true;
    setTimeout(() => (this.copied = false), SHOWN);
  }
}

define('turnstream-copy', CopyButton);
