/** `<turnstream-notices>`: messages beside the thread, that one can dismiss. */

import { css, html, nothing } from 'lit';
import { define } from './define.js';
import { Part } from './part.js';
import '../markdown/markdown.js';

/** @type {Record<string, string>} */
const ICONS = { info: 'info', warning: 'triangle-alert', danger: 'circle-alert' };

export class Notices extends Part {
  static properties = { ...Part.properties, notices: {} };
  static styles = [
    ...Part.styles,
    css`
      :host { display: contents; }
      section { --tone: var(--ts-info); margin-block-end: var(--ts-5); display: flex; gap: var(--ts-3); padding-block: var(--ts-3); padding-inline: var(--ts-4) var(--ts-2); border-radius: var(--ts-radius-md); font-size: var(--ts-text-sm); background: color-mix(in oklab, var(--tone) 9%, var(--ts-background)); }
      section.warning { --tone: var(--ts-warning); }
      section.danger { --tone: var(--ts-danger); }
      turnstream-icon { color: var(--tone); margin-block-start: 0.15em; }
      div { flex: 1; min-inline-size: 0; }
      strong { display: block; font-weight: 650; }
    `,
  ];

  /** @type {readonly import('../thread/state.js').Notice[]} */
  notices = [];

  render() {
    const { t, session } = this.env;
    return this.notices.map(
      ({ id, level, title, message }) =>
        html`<section class=${level} role=${level === 'info' ? 'status' : 'alert'}>
          <turnstream-icon name=${ICONS[level] ?? 'info'}></turnstream-icon>
          <div>${title ? html`<strong dir="auto">${title}</strong>` : nothing}<turnstream-markdown .text=${message} .env=${this.env}></turnstream-markdown></div>
          <button class="quiet small" aria-label=${t('dismiss')} title=${t('dismiss')} @click=${() => session.dismissNotice(id)}>
            <turnstream-icon name="x"></turnstream-icon>
          </button>
        </section>`,
    );
  }
}

define('turnstream-notices', Notices);
