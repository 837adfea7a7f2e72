/** Server keys: made, shown once, ended. */

import { html, nothing } from 'lit';
import { ask } from '../parts/api.js';
import { heading, table } from '../parts/bits.js';
import { confirmed, shown } from '../parts/dialogs.js';
import { moment } from '../parts/format.js';
import { View } from './view.js';

const SCOPES = ['chat', 'sessions:write', 'threads:read', 'threads:write', 'usage:read', 'users:erase', 'users:export', 'operator'];

export class KeysView extends View {
  title = 'Keys';
  /** @type {any[] | null} */
  #keys = null;

  async start() {
    try {
      this.#keys = await ask('GET', 'keys');
      this.app.update();
    } catch (error) {
      this.app.failed(error);
    }
  }

  template() {
    return html`
      ${heading('Keys')}
      <details class="card">
        <summary>Make a key</summary>
        <form class="filters" @submit=${this.#create}>
          <label>Tenant <input name="tenant" value="default" required maxlength="512" autocomplete="off" /></label>
          <label>What you call it <input name="name" maxlength="200" autocomplete="off" /></label>
          <label>Ends in days <input name="days" type="number" min="1" max="3650" placeholder="never" /></label>
          <fieldset>
            <legend>What it may do</legend>
            ${SCOPES.map((each) => html`<label class="check"><input type="checkbox" name="scopes" value=${each} /> ${each}</label>`)}
          </fieldset>
          <div class="actions"><button class="primary">Make the key</button></div>
        </form>
      </details>
      ${this.#keys === null
        ? html`<p class="empty" aria-busy="true">Looking…</p>`
        : table('Keys', ['Key', 'Tenant', 'Name', 'Scopes', 'Used', 'Ends', 'Revoke'], this.#keys.map((each) => this.#line(each)), 'No keys yet.')}
    `;
  }

  /** @param {any} key */
  #line(key) {
    const ended = key.revoked_at ? `revoked ${moment(key.revoked_at)}` : key.expires_at ? moment(key.expires_at) : 'never';
    const own = key.id === this.app.session?.key_id;
    return [
      html`<span class="mono">${key.id}</span>${own ? html` <span class="badge" data-state="running">yours</span>` : nothing}`,
      key.tenant,
      key.name || '–',
      key.scopes.toSorted().join(', '),
      key.last_used_at ? moment(key.last_used_at) : 'never',
      ended,
      key.revoked_at ? 'done' : html`<button type="button" class="danger small" aria-label=${`Revoke ${key.id}`} @click=${() => this.#revoke(key)}>Revoke</button>`,
    ];
  }

  #create = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const said = new FormData(form);
    const scopes = said.getAll('scopes');
    if (!scopes.length) return this.app.say('Choose what the key may do.', true);
    const body = { tenant: said.get('tenant'), name: said.get('name'), scopes, days: said.get('days') ? Number(said.get('days')) : null };
    /** @type {any} */
    let made;
    if (!(await this.doing(async () => (made = await ask('POST', 'keys', { body })), ''))) return;
    form.reset();
    await shown(`The key ${made.key.id}`, 'Keep it where secrets are kept. It is not shown again.', made.secret);
    await this.start();
  };

  /** @param {any} key */
  async #revoke(key) {
    const text = `${key.id}${key.name ? ` (${key.name})` : ''} ends at once, with the sessions that it made. This can't be undone.`;
    if (!(await confirmed({ title: 'Revoke this key?', text, confirm: 'Revoke', danger: true }))) return;
    const own = key.id === this.app.session?.key_id;
    const revoked = await this.doing(() => ask('POST', `keys/${encodeURIComponent(key.id)}/revoke`), `${key.id} is revoked.`);
    // The gateway that answers next may not have heard of it yet, and let this page go on.
    if (own && revoked) return this.app.signOut();
    await this.start();
  }
}
