/** What models cost. */

import { html } from 'lit';
import { ask } from '../parts/api.js';
import { heading, label, table } from '../parts/bits.js';
import { count } from '../parts/format.js';
import { hashOf } from '../parts/route.js';
import { View } from './view.js';

const BY = ['day', 'user', 'model', 'agent'];
const DAYS = ['1', '7', '30', '90'];

export class UsageView extends View {
  title = 'Usage';
  /** @type {any[] | null} */
  #sums = null;

  async start() {
    const { by = 'day', days = '30', tenant, user } = this.route.query;
    const since = new Date(Date.now() - Number(days) * 86_400_000).toISOString();
    try {
      this.#sums = (await ask('GET', 'usage', { query: { by: [by], since, tenant, user, limit: 500 } })).data;
      this.app.update();
    } catch (error) {
      this.app.failed(error);
    }
  }

  template() {
    const { by = 'day', days = '30', tenant = '', user = '' } = this.route.query;
    return html`
      ${heading('Usage')}
      <form class="filters" @submit=${search} @change=${(/** @type {Event} */ event) => /** @type {HTMLFormElement} */ (event.currentTarget).requestSubmit()}>
        <label>By <select name="by">${BY.map((each) => html`<option ?selected=${by === each}>${each}</option>`)}</select></label>
        <label>Days <select name="days">${DAYS.map((each) => html`<option ?selected=${days === each}>${each}</option>`)}</select></label>
        <label>Tenant <input name="tenant" .value=${tenant} autocomplete="off" /></label>
        <label>User <input name="user" .value=${user} autocomplete="off" /></label>
      </form>
      ${this.#sums === null
        ? html`<p class="empty" aria-busy="true">Looking…</p>`
        : table(
            'Usage',
            ['Tenant', label(by), 'Calls', 'Played back', 'Tokens in', 'Tokens out', 'USD'],
            this.#sums.map((each) => [each.tenant, each[by] || '–', count(each.calls), count(each.played_back), count(each.input_tokens), count(each.output_tokens), cost(each)]),
            'No model was called.',
          )}
    `;
  }
}

/** @param {any} sum */
function cost(sum) {
  const unpriced = sum.unpriced ? ` + ${count(sum.unpriced)} calls without a price` : '';
  return `${sum.cost.toFixed(4)}${unpriced}`;
}

/** @param {SubmitEvent} event */
function search(event) {
  event.preventDefault();
  const said = new FormData(/** @type {HTMLFormElement} */ (event.target));
  location.hash = hashOf(['usage'], Object.fromEntries([...said].map(([name, value]) => [name, String(value).trim()])));
}
