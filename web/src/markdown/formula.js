/**
 * `<turnstream-formula>`: a formula of TeX as MathML, which needs no styles and no fonts of ours. Its
 * source is shown until KaTeX is here, and when KaTeX can't read it.
 */

import { css, html, LitElement } from 'lit';
import { base } from '../theme/base.js';
import { define } from '../view/define.js';

/** @type {Promise<typeof import('./mathml.js')> | undefined} */
let loading;
/** @type {typeof import('./mathml.js') | undefined} */
let loaded;

export class Formula extends LitElement {
  static properties = { tex: {}, display: { type: Boolean, reflect: true } };
  static styles = [
    base,
    css`
      :host { direction: ltr; unicode-bidi: isolate; }
      :host([display]) { display: block; overflow-x: auto; overflow-y: hidden; padding-block: var(--ts-1); text-align: center; }
      math { font-family: 'Latin Modern Math', 'STIX Two Math', 'Cambria Math', math; font-size: 1.1em; }
      code { font-family: var(--ts-font-mono); font-size: 0.875em; color: var(--ts-muted); }
    `,
  ];

  tex = '';
  display = false;

  render() {
    const drawn = loaded?.mathml(this.tex, this.display);
    if (!loaded) void this.#load();
    return drawn ?? html`<code>${this.tex}</code>`;
  }

  async #load() {
    loading ??= import('./mathml.js');
    try {
      loaded = await loading;
      this.requestUpdate();
    } catch {
      loading = undefined; // without a network: the source stays, and the next formula asks again
    }
  }
}

define('turnstream-formula', Formula);
