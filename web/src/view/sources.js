/** `<turnstream-sources>`: what an answer cites, in the order of its numbers. Many are folded. */

import { css, html, nothing } from 'lit';
import { define } from './define.js';
import { Part } from './part.js';
import { nameOf, sourceFace } from './source.js';

/** So many are shown until one asks for all: two lines. */
const FEW = 6;

export class Sources extends Part {
  static properties = { ...Part.properties, sources: {}, all: { state: true } };
  static styles = [
    ...Part.styles,
    css`
      :host { display: block; margin-block-start: var(--ts-3); }
      ul { display: flex; flex-wrap: wrap; gap: var(--ts-2); padding: 0; list-style: none; }
      .source { display: inline-flex; align-items: center; gap: var(--ts-2); max-inline-size: 16rem; padding-block: 3px; padding-inline: 4px var(--ts-3); border: 1px solid var(--ts-line); border-radius: 999px; font-size: var(--ts-text-xs); color: var(--ts-foreground); text-decoration: none; }
      a.source:hover, .presses:hover, button.source:hover { background: var(--ts-soft); }
      button.source { padding-inline: var(--ts-3); color: var(--ts-muted); }
      .source > span, .name { display: inline-flex; align-items: center; gap: var(--ts-2); min-inline-size: 0; }
      b { display: grid; place-items: center; min-inline-size: 1.5em; block-size: 1.5em; border-radius: 999px; background: var(--ts-softer); color: var(--ts-muted); font-weight: 600; }
      .words { max-inline-size: 12rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    `,
  ];

  /** @type {readonly import('../wire.js').Source[]} */
  sources = [];
  all = false;

  render() {
    const { env, sources } = this;
    const more = sources.length - FEW;
    const shown = this.all || more < 2 ? sources : sources.slice(0, FEW);
    return html`<ul aria-label=${env.t('sources')}>
      ${shown.map((source, at) => html`<li>${sourceFace(source, env, 'source', this.#face(source, at + 1))}</li>`)}
      ${shown.length < sources.length ? html`<li><button class="source" @click=${this.#open}>${env.t('showMore', { count: more })}</button></li>` : nothing}
    </ul>`;
  }

  /** @param {import('../wire.js').Source} source @param {number} number */
  #face(source, number) {
    return html`<span class="name"><b>${number}</b><span class="words" dir="auto">${nameOf(source)}</span></span>`;
  }

  /** The focus goes on to the first that was hidden. */
  #open = async () => {
    this.all = true;
    await this.updateComplete;
    const next = this.renderRoot.querySelectorAll('li')[FEW]?.firstElementChild;
    if (next instanceof HTMLElement) next.focus();
  };
}

define('turnstream-sources', Sources);
