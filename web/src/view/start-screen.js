/** `<turnstream-start>`: a greeting and the first things one can say. */

import { css, html, nothing } from 'lit';
import { define } from './define.js';
import { Part } from './part.js';
import '../icons/icon.js';

/** More prompts than these are shown smaller. */
const MANY = 12;

export class StartScreen extends Part {
  static styles = [
    ...Part.styles,
    css`
      :host { flex: 1; min-block-size: 0; overflow-y: auto; display: grid; }
      section { align-self: safe end; max-inline-size: var(--ts-width, 46rem); inline-size: 100%; margin-inline: auto; padding: var(--ts-8) var(--ts-5) var(--ts-5); }
      h2 { font-size: var(--ts-text-3xl); font-weight: 600; letter-spacing: -0.022em; line-height: 1.2; text-wrap: balance; margin-block-end: var(--ts-6); }
      ul { list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: var(--ts-1) var(--ts-2); margin-inline: calc(var(--ts-3) * -1); }
      button { display: flex; align-items: start; gap: var(--ts-3); inline-size: 100%; min-block-size: 42px; padding: calc((42px - 1.4em) / 2) var(--ts-3); border-radius: var(--ts-radius-md); text-align: start; line-height: 1.4; transition: background var(--ts-quick); }
      button:hover { background: var(--ts-soft); }
      turnstream-icon { color: var(--ts-muted); block-size: 1.4em; }
      /* A long list is for looking through: its rows are closer. */
      .many { font-size: var(--ts-text-sm); row-gap: 0; }
      .many button { min-block-size: 34px; padding-block: calc((34px - 1.4em) / 2); }
    `,
  ];

  render() {
    const { greeting, prompts = [] } = this.env.options.startScreen ?? {};
    return html`<section>
      <h2><bdi>${greeting ?? this.env.t('greeting')}</bdi></h2>
      ${prompts.length ? html`<ul class=${prompts.length > MANY ? 'many' : ''} aria-label=${this.env.t('suggestions')}>${prompts.map((prompt) => this.#prompt(prompt))}</ul>` : nothing}
    </section>`;
  }

  /** @param {import('@openai/chatkit').StartScreenPrompt} prompt */
  #prompt({ label, prompt, icon }) {
    return html`<li><button @click=${() => this.tell('prompt', prompt)}>
      <turnstream-icon name=${icon ?? 'sparkle-double'}></turnstream-icon><bdi>${label}</bdi>
    </button></li>`;
  }
}

define('turnstream-start', StartScreen);
