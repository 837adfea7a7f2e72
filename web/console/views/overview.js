/** How the deployment does now. */

import { html, nothing } from 'lit';
import { ask } from '../parts/api.js';
import { badge, heading, table, turnLink } from '../parts/bits.js';
import { count, short, span, whose, words } from '../parts/format.js';
import { Poll } from '../parts/poll.js';
import { hashOf } from '../parts/route.js';
import { View } from './view.js';

/** Turns that are listed. */
const MOST = 50;

export class OverviewView extends View {
  title = 'Overview';
  /** @type {any} */
  #now = null;
  /** @type {any[]} */
  #turns = [];
  #stale = false;
  #poll = new Poll(() => this.#look());

  start() {
    return this.#poll.start();
  }

  stop() {
    this.#poll.stop();
  }

  async #look() {
    try {
      const [now, page] = await Promise.all([ask('GET', 'overview'), ask('GET', 'turns', { query: { state: 'active', limit: MOST } })]);
      this.#now = now;
      this.#turns = page.data;
      if (this.#stale) this.app.say('');
      this.#stale = false;
      this.app.update();
    } catch (error) {
      this.#stale = true;
      this.app.failed(error);
      throw error;
    }
  }

  template() {
    const now = this.#now;
    if (!now) return html`<p class="empty" aria-busy="true">Looking…</p>`;
    return html`
      <section class="tiles" aria-label="At this moment">
        ${tile('Queued', count(now.queued), now.held_back ? `${count(now.held_back)} held back` : 'none held back', hashOf(['turns'], { state: 'queued' }))}
        ${tile('Running', count(now.running), `on ${alive(now)} workers`, hashOf(['turns'], { state: 'running' }))}
        ${tile('First in line', now.oldest_runnable === null ? '–' : span(now.oldest_runnable), 'has waited', undefined, now.oldest_runnable > 10)}
        ${tile('Free slots', count(now.free), `of ${count(now.slots)}`, undefined, now.slots > 0 && now.free === 0)}
        ${tile('Failed', count(now.failed), `of ${count(now.ended)} in 5 minutes`, hashOf(['turns'], { state: 'failed' }), now.failed > 0)}
        ${tile('Dead letters', now.dead_letters < 1000 ? count(now.dead_letters) : '1,000+', 'to look at', hashOf(['turns'], { state: 'dead' }), now.dead_letters > 0)}
      </section>
      <div class="columns">
        <section>
          ${heading('Workers')}
          ${table('Workers', ['Worker', 'Slots', 'State'], now.workers.map(worker), 'No worker was heard of.')}
        </section>
        <section>
          ${heading('Tenants')}
          ${table(
            'Tenants',
            ['Tenant', 'Queued', 'Running'],
            now.tenants.map((/** @type {any} */ each) => [
              html`<a href=${hashOf(['turns'], { state: 'active', tenant: each.tenant })}>${each.tenant}</a>`,
              count(each.queued),
              count(each.running),
            ]),
            'Nobody has a turn.',
          )}
        </section>
      </div>
      <section>
        ${heading('Turns under way')}
        ${table('Turns under way', ['Turn', 'State', 'Whose', 'Age', 'Attempt', 'Worker', 'Position'], this.#turns.map(line), 'No turn waits or runs.')}
        ${this.#turns.length === MOST ? html`<p><a href=${hashOf(['turns'], { state: 'active' })}>All of them</a></p>` : nothing}
      </section>
    `;
  }
}

/** @param {string} name @param {string} value @param {string} note @param {string} [href] @param {boolean} [warns] */
function tile(name, value, note, href, warns = false) {
  const inside = html`<span>${name}</span><strong>${value}</strong><small>${note}</small>`;
  if (href) return html`<a class="tile" href=${href} data-warns=${warns || nothing}>${inside}</a>`;
  return html`<div class="tile" data-warns=${warns || nothing}>${inside}</div>`;
}

/** @param {any} now */
const alive = (now) => now.workers.filter((/** @type {any} */ each) => each.alive).length;

/** @param {any} worker */
function worker(worker) {
  const state = !worker.alive ? 'silent' : worker.draining ? 'draining' : 'alive';
  return [
    html`<span class="mono">${worker.instance}</span>`,
    html`<span class="slots"><meter min="0" max=${worker.slots} .value=${worker.running} aria-label="Slots taken"></meter> ${worker.running} of ${worker.slots}</span>`,
    html`<span class="badge" data-state=${state}>${state}</span>`,
  ];
}

/** @param {any} turn */
function line(turn) {
  return [
    turnLink(turn.turn_id, short(turn.turn_id)),
    badge(turn),
    whose(turn.tenant, turn.user),
    span(turn.age),
    html`${turn.attempt || '–'}${turn.error ? html` <span class="note">after ${words(turn.error.code)}</span>` : nothing}`,
    turn.worker && turn.status === 'running' ? html`<span class="mono">${turn.worker}</span>` : '–',
    turn.position ? html`<span class="mono">${turn.position}</span>` : '–',
  ];
}
