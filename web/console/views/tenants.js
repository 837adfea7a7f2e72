/** What tenants have of their own. */

import { html } from 'lit';
import { ask } from '../parts/api.js';
import { heading, table } from '../parts/bits.js';
import { moment } from '../parts/format.js';
import { hashOf } from '../parts/route.js';
import { View } from './view.js';

export class TenantsView extends View {
  title = 'Tenants';
  /** @type {any[] | null} */
  #tenants = null;

  async start() {
    try {
      this.#tenants = await ask('GET', 'tenants');
      this.app.update();
    } catch (error) {
      this.app.failed(error);
    }
  }

  template() {
    const chosen = this.route.query.name ?? '';
    const known = this.#tenants?.find((each) => each.id === chosen);
    return html`
      ${heading('Tenants')}
      <p class="note">A tenant that is not listed has the settings of the deployment.</p>
      ${this.#tenants === null
        ? html`<p class="empty" aria-busy="true">Looking…</p>`
        : table('Tenants', ['Tenant', 'Settings of its own', 'Changed', 'Edit'], this.#tenants.map(line), 'No tenant has settings of its own.')}
      <form class="card stack" @submit=${this.#save}>
        <h3>${known ? `Settings of ${chosen}` : 'Give a tenant settings of its own'}</h3>
        <label>Tenant <input name="name" .value=${chosen} required maxlength="512" autocomplete="off" spellcheck="false" /></label>
        <label>Settings, as JSON <textarea name="settings" rows="8" class="mono" spellcheck="false" placeholder='{"max_turns_per_user": 20}' .value=${known ? JSON.stringify(known.settings, withoutNull, 2) : ''}></textarea></label>
        <p class="note">They replace all that the tenant had. <code>turnstream tenants set --help</code> lists them.</p>
        <div class="actions"><button class="primary">Save</button></div>
      </form>
    `;
  }

  #save = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const said = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const name = String(said.get('name'));
    /** @type {unknown} */
    let body;
    try {
      body = JSON.parse(String(said.get('settings') || '{}'));
    } catch {
      return this.app.say('The settings are no JSON.', true);
    }
    if (!(await this.doing(() => ask('PUT', 'tenant', { query: { name }, body }), `${name} has these settings now.`))) return;
    await this.start();
  };
}

/** @param {string} _ @param {unknown} value */
const withoutNull = (_, value) => (value === null ? undefined : value);

/** @param {any} tenant */
function line(tenant) {
  const own = Object.entries(tenant.settings).filter(([, value]) => value !== null);
  return [
    tenant.id,
    html`<span class="mono">${own.map(([name, value]) => `${name}=${value}`).join(' ') || '–'}</span>`,
    moment(tenant.updated_at),
    html`<a class="button small" href=${hashOf(['tenants'], { name: tenant.id })} aria-label=${`Edit ${tenant.id}`}>Edit</a>`,
  ];
}
