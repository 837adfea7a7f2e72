/** What operators and keys did. */

import { html, nothing } from 'lit';
import { ask } from '../parts/api.js';
import { heading, table, turnLink } from '../parts/bits.js';
import { moment, short, whose } from '../parts/format.js';
import { hashOf } from '../parts/route.js';
import { View } from './view.js';

const ACTIONS = [
  'key.created', 'key.revoked', 'session.cancelled', 'tenant.set', 'turn.cancelled', 'turn.read', 'turn.recorded', 'turn.requeued',
  'turn.rerun', 'user.erased', 'user.exported', 'hold.placed', 'hold.released', 'thread.imported',
];

export class AuditView extends View {
  title = 'Audit';
  /** @type {any} */
  #page = null;

  async start() {
    const { action, after } = this.route.query;
    try {
      this.#page = await ask('GET', 'audit', { query: { action, after } });
      this.app.update();
    } catch (error) {
      this.app.failed(error);
    }
  }

  template() {
    const { action, after } = this.route.query;
    const page = this.#page;
    const choose = (/** @type {Event} */ event) => (location.hash = hashOf(['audit'], { action: /** @type {HTMLSelectElement} */ (event.target).value }));
    return html`
      ${heading('Audit')}
      <form class="filters">
        <label>What was done
          <select @change=${choose}>
            <option value="">All</option>
            ${ACTIONS.map((each) => html`<option ?selected=${each === action}>${each}</option>`)}
          </select>
        </label>
      </form>
      ${page === null ? html`<p class="empty" aria-busy="true">Looking…</p>` : table('Audit', ['When', 'Who', 'What', 'Of whom', 'To what'], page.data.map(line), 'Nothing was done.')}
      <p class="pages">
        ${after ? html`<a class="button" href=${hashOf(['audit'], { action })}>Newest</a>` : nothing}
        ${page?.after ? html`<a class="button" href=${hashOf(['audit'], { action, after: page.after })}>Older</a>` : nothing}
      </p>
    `;
  }
}

/** @param {any} entry */
function line(entry) {
  return [
    moment(entry.at),
    html`${entry.actor_kind} ${entry.actor ? html`<span class="mono" title=${entry.actor}>${short(entry.actor)}</span>` : nothing}`,
    html`<span class="mono">${entry.action}</span>`,
    entry.user ? whose(entry.tenant, entry.user) : entry.tenant,
    target(entry),
  ];
}

/** @param {any} entry */
function target(entry) {
  if (!entry.target) return '–';
  return entry.target.startsWith('turn_') ? turnLink(entry.target, short(entry.target)) : html`<span class="mono">${entry.target}</span>`;
}
