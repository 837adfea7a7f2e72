/** `<turnstream-code>`: a block of code with its language and a button that copies it. */

import { css, html, LitElement, nothing } from 'lit';
import { base } from '../theme/base.js';
import { define } from '../view/define.js';
import '../view/copy-button.js';

export class CodeBlock extends LitElement {
  static properties = { code: {}, language: {}, env: {} };
  static styles = [
    base,
    css`
      :host { display: block; border: 1px solid var(--ts-line); border-radius: var(--ts-radius-md); overflow: hidden; }
      .head {
        display: flex; align-items: center; justify-content: space-between; padding-block: 2px; padding-inline: var(--ts-4) 2px;
        background: var(--ts-soft); color: var(--ts-muted); font-size: var(--ts-text-xs); min-block-size: 34px;
      }
      pre { padding: var(--ts-3) var(--ts-4); overflow-x: auto; font-family: var(--ts-font-mono); font-size: 0.8125rem; font-size: calc(var(--ts-base) * 0.8125); line-height: 1.55; direction: ltr; text-align: start; }
    `,
  ];

  code = '';
  language = '';
  /** @type {import('../view/env.js').Env | undefined} */
  env = undefined;

  render() {
    return html`<div class="head">
        <span>${this.language.split(/\s/)[0]}</span>
        <turnstream-copy .text=${this.code} .env=${this.env}></turnstream-copy>
      </div>
      <pre tabindex="0" dir="ltr" role="group" aria-label=${this.env?.t('codeBlock') ?? nothing}><code>${this.code}</code></pre>`;
  }
}

define('turnstream-code', CodeBlock);
