/** Turns of everybody, found by what is known of them. */

import { html, nothing } from 'lit';
import { ask } from '../parts/api.js';
import { badge, heading, label, table, turnLink } from '../parts/bits.js';
import { count, moment, short, span, whose } from '../parts/format.js';
import { hashOf } from '../parts/route.js';
import { View } from './view.js';

const STATES = ['active', 'queued', 'running', 'failed', 'dead', 'cancelled', 'completed'];
const NAMES = /** @type {Record<string, string>} */ ({ dead: 'Dead letters', active: 'Queued or running' });
const FIELDS = ['state', 'tenant', 'user', 'thread_id', 'code', 'since', 'until'];

export class TurnsView extends View {
  title = 'Turns';
  /** @type {any} */
  #page = null;
  /** @type {Record<string, number>} */
  #counts = {};

  async start() {
    const { query } = this.route;
    try {
      this.#page = await ask('GET', 'turns', { query: { ...asked(query), after: query.after, limit: 50 } });
      if (query.state === 'failed') this.#counts = (await ask('GET', 'failures')).counts;
      this.app.update();
    } catch (error) {
      this.app.failed(error);
    }
  }

  template() {
    const { query } = this.route;
    return html`
      ${heading('Turns')}
      <form class="filters" role="search" @submit=${this.#search}>
        <label>Turn <input name="turn" placeholder="turn_…" spellcheck="false" autocomplete="off" /></label>
        <label>State
          <select name="state" @change=${(/** @type {Event} */ event) => /** @type {HTMLSelectElement} */ (event.target).form?.requestSubmit()}>
            <option value="">All</option>
            ${STATES.map((each) => html`<option value=${each} ?selected=${query.state === each}>${NAMES[each] ?? label(each)}</option>`)}
          </select>
        </label>
        ${field('Tenant', 'tenant', query)} ${field('User', 'user', query)} ${field('Thread', 'thread_id', query, 'thr_…')}
        ${field('Error code', 'code', query)}
        <label>From <input type="datetime-local" name="since" .value=${query.since ?? ''} /></label>
        <label>Until <input type="datetime-local" name="until" .value=${query.until ?? ''} /></label>
        <div class="actions"><button class="primary">Search</button><a class="button" href="#/turns">Clear</a></div>
      </form>
      ${this.#chips(query)} ${this.#results(query)}
    `;
  }

  /** @param {Record<string, string>} query */
  #chips(query) {
    const codes = Object.entries(this.#counts);
    if (query.state !== 'failed' || !codes.length) return nothing;
    return html`
      <ul class="chips" aria-label="Failed turns by code">
        ${codes.map(([code, number]) => {
          const chosen = query.code === code;
          const href = hashOf(['turns'], { ...query, after: undefined, code: chosen ? undefined : code });
          return html`<li><a href=${href} aria-current=${chosen ? 'true' : nothing}>${code} <b>${count(number)}</b></a></li>`;
        })}
      </ul>
    `;
  }

  /** @param {Record<string, string>} query */
  #results(query) {
    const page = this.#page;
    if (!page) return html`<p class="empty" aria-busy="true">Looking…</p>`;
    return html`
      ${table('Turns', ['Turn', 'State', 'Whose', 'Accepted', 'Took', 'Attempt', 'Error'], page.data.map(line), 'No turn is like that.')}
      <p class="pages">
        ${query.after ? html`<a class="button" href=${hashOf(['turns'], { ...query, after: undefined })}>Newest</a>` : nothing}
        ${page.after ? html`<a class="button" href=${hashOf(['turns'], { ...query, after: page.after })}>Older</a>` : nothing}
      </p>
    `;
  }

  #search = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const said = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const turn = String(said.get('turn') ?? '').trim();
    const query = Object.fromEntries(FIELDS.map((each) => [each, String(said.get(each) ?? '').trim()]));
    const wanted = turn ? hashOf(['turns', turn]) : hashOf(['turns'], query);
    if (wanted === location.hash) void this.start();
    else location.hash = wanted;
  };
}

/** What the address says, as the gateway is asked: times with their zone. @param {Record<string, string>} query */
function asked(query) {
  const found = Object.fromEntries(FIELDS.map((each) => [each, query[each]]));
  for (const each of ['since', 'until']) if (found[each]) found[each] = new Date(found[each]).toISOString();
  return found;
}

/** @param {string} name @param {string} key @param {Record<string, string>} query @param {string} [hint] */
function field(name, key, query, hint = '') {
  return html`<label>${name} <input name=${key} .value=${query[key] ?? ''} placeholder=${hint} spellcheck="false" autocomplete="off" /></label>`;
}

/** @param {any} turn */
function line(turn) {
  return [
    turnLink(turn.turn_id, short(turn.turn_id)),
    badge(turn),
    whose(turn.tenant, turn.user),
    moment(turn.accepted_at),
    span(turn.age),
    String(turn.attempt || '–'),
    turn.error ? html`<span class="mono">${turn.error.code}</span>` : '–',
  ];
}
