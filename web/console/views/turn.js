/** One turn: how it went, and what may be done. */

import { html, nothing } from 'lit';
import { ask, Problem } from '../parts/api.js';
import { badge, facts, heading, label, table } from '../parts/bits.js';
import { confirmed } from '../parts/dialogs.js';
import { moment, size, span, whose } from '../parts/format.js';
import { Poll } from '../parts/poll.js';
import { hashOf } from '../parts/route.js';
import { causeOf, contentOf, timeline } from './turn-parts.js';
import { View } from './view.js';

export class TurnView extends View {
  title = 'Turn';
  /** @type {any} */
  #details = null;
  /** @type {any} */
  #content = null;
  #missing = false;
  #poll = new Poll(() => this.#look());

  get id() {
    return this.route.path[1];
  }

  get path() {
    return `turns/${encodeURIComponent(this.id)}`;
  }

  start() {
    return this.#poll.start();
  }

  stop() {
    this.#poll.stop();
  }

  async #look() {
    try {
      this.#details = await ask('GET', this.path);
      this.app.update();
      if (this.#details.turn.ended_at) this.#poll.stop();
    } catch (error) {
      this.#missing = error instanceof Problem && error.status === 404;
      this.app.failed(error);
      if (this.#missing) return this.#poll.stop();
      throw error;
    }
  }

  template() {
    if (this.#missing) return html`<p class="empty">There is no such turn. Old ones are deleted. <a href="#/turns">All turns</a></p>`;
    if (!this.#details) return html`<p class="empty" aria-busy="true">Looking…</p>`;
    const { turn, attempts, timeline: moments, tool_calls: calls, journal, log } = this.#details;
    return html`
      <div class="title">
        <h2 class="mono">${turn.turn_id}</h2>
        ${badge(turn)}
        <div class="actions">${this.#actions()}</div>
      </div>
      ${this.#facts()} ${turn.blocked ? html`<p class="failure">Its worker is blocked: <span class="mono">${turn.blocked}</span></p>` : nothing}
      ${turn.error ? causeOf(turn.error) : nothing}
      <section>${heading('Timeline')} ${timeline(turn.accepted_at, moments)}</section>
      <section>
        ${heading('Attempts')}
        ${table('Attempts', ['Attempt', 'Worker', 'Began', 'Took', 'Outcome'], attempts.map(attemptLine), 'No worker has claimed it.')}
      </section>
      <div class="columns">
        <section>
          ${heading('Journal')}
          ${table('Journal', ['Kind', 'Record', 'Size'], journal.map((/** @type {any} */ each) => [each.kind, html`<span class="mono">${each.key}</span>`, size(each.size)]), 'Nothing is kept of it.')}
        </section>
        <section>
          ${heading('Event log')}
          ${log
            ? html`${facts([['Entries', log.entries], ['Last position', html`<span class="mono">${log.position}</span>`], ['Closed', log.ended ? 'yes' : 'not yet']])}
                ${table('Events', ['Event', 'How many'], Object.entries(log.events).map(([name, number]) => [html`<span class="mono">${name}</span>`, Number(number)]))}`
            : html`<p class="empty">Redis has it no more: it lives 15 minutes behind its last entry.</p>`}
        </section>
      </div>
      ${calls.length
        ? html`<section>${heading('Tool calls')} ${table('Tool calls', ['Tool', 'State', 'Ran on', 'Result'], calls.map(callLine))}</section>`
        : nothing}
      <section>
        ${heading('What was said')}
        ${this.#content
          ? contentOf(this.#content)
          : html`<p class="note">The request, the items and the journal hold what the user and the model said. Looking at it leaves an entry in the audit.</p>
              <button type="button" @click=${this.#read}>Show what was said</button>`}
      </section>
    `;
  }

  #facts() {
    const { turn, trace_id: trace, session_id: session } = this.#details;
    const address = this.app.session?.trace_url;
    return facts([
      ['User', html`<a href=${hashOf(['turns'], { tenant: turn.tenant, user: turn.user })}>${whose(turn.tenant, turn.user)}</a>`],
      ['Thread', html`<a class="mono" href=${hashOf(['turns'], { thread_id: turn.thread_id })}>${turn.thread_id}</a>`],
      ['Request', html`<span class="mono">${turn.kind}</span>`],
      ['Accepted', moment(turn.accepted_at)],
      [turn.ended_at ? 'Took' : 'Age', span(turn.age)],
      ['Attempts that failed', turn.failures || ''],
      ['Worker', turn.worker ? html`<span class="mono">${turn.worker}</span>` : ''],
      ['Position', turn.position ? html`<span class="mono">${turn.position}</span>` : ''],
      ['Session', session ? html`<span class="mono">${session}</span>` : ''],
      ['Trace', trace && address ? html`<a class="mono" rel="noreferrer" href=${address.replace('{trace_id}', trace)}>${trace}</a>` : trace ? html`<span class="mono">${trace}</span>` : ''],
    ]);
  }

  #actions() {
    const { turn, may_requeue: requeue, may_run_again: again } = this.#details;
    return html`
      ${turn.ended_at || turn.cancel ? nothing : html`<button type="button" class="danger" @click=${this.#cancel}>Cancel</button>`}
      ${requeue ? html`<button type="button" class="primary" @click=${this.#requeue}>Requeue</button>` : nothing}
      ${again ? html`<button type="button" @click=${this.#again}>Run again</button>` : nothing}
    `;
  }

  #cancel = async () => {
    const text = 'Its user sees the answer stop. What was said so far is kept.';
    if (!(await confirmed({ title: 'Cancel this turn?', text, confirm: 'Cancel the turn', danger: true }))) return;
    await this.doing(() => ask('POST', `${this.path}/cancel`), 'The turn was told to stop.');
    await this.#poll.start();
  };

  #requeue = async () => {
    const text = 'It goes on where it failed, with fresh attempts: what its models answered and its tools did is not done again.';
    if (!(await confirmed({ title: 'Requeue this turn?', text, confirm: 'Requeue' }))) return;
    await this.doing(() => ask('POST', `${this.path}/requeue`), 'The turn is queued again.');
    await this.#poll.start();
  };

  #again = async () => {
    const text = 'A new turn repeats the request in its thread, as its user’s Retry would: models are called and tools run anew, and what this turn left there is replaced.';
    if (!(await confirmed({ title: 'Run it again?', text, confirm: 'Run again' }))) return;
    /** @type {any} */
    let started;
    const done = await this.doing(async () => (started = await ask('POST', `${this.path}/run-again`)), '');
    if (done) location.hash = hashOf(['turns', started.turn_id]);
  };

  #read = async () => {
    const text = 'The audit tells that you looked at what this user said.';
    if (!(await confirmed({ title: 'Show what was said?', text, confirm: 'Show it' }))) return;
    await this.doing(async () => (this.#content = await ask('POST', `${this.path}/content`)), '');
  };
}

/** @param {any} each */
function attemptLine(each) {
  const took = each.ended_at ? (Date.parse(each.ended_at) - Date.parse(each.began_at)) / 1000 : null;
  const outcome = each.outcome ? label(each.outcome) : 'Running';
  return [
    String(each.attempt),
    html`<span class="mono">${each.worker}</span>`,
    moment(each.began_at),
    span(took),
    html`${outcome}${each.code ? html` <span class="mono">${each.code}</span>` : nothing}`,
  ];
}

/** @param {any} each */
function callLine(each) {
  return [html`<span class="mono">${each.tool}</span>`, each.has_ended ? 'ended' : 'under way', html`<span class="mono">${each.instance}</span>`, each.has_ended ? size(each.size) : '–'];
}

