/** One turn as an element follows it: from what the follower tells to state and events. */

import { reduce } from '../thread/reducer.js';
import { ended, refused } from '../thread/state.js';
import { EffectsSeen } from './effects.js';

/**
 * @typedef {import('./session.js').ChatSession} ChatSession
 * @typedef {import('../protocol/follower.js').Told} Told
 */

export class Run {
  turnId = '';
  /** `completed`, `failed`, `cancelled`, or empty while it runs. */
  status = '';
  /** Whether Stop was pressed. */
  stopping = false;

  #controller = new AbortController();
  #session;
  #baseline;
  #effects = new EffectsSeen();
  #answering = false;

  /** @param {ChatSession} session */
  constructor(session) {
    this.#session = session;
    this.#baseline = session.state;
  }

  get signal() {
    return this.#controller.signal;
  }

  /** Stop following. The turn goes on. */
  leave() {
    this.#controller.abort(new DOMException('left', 'AbortError'));
  }

  /** Ask the server to stop the turn; its end arrives as an event. Before it has an id: when it gets one. */
  async stop() {
    this.stopping = true;
    this.#session.host.changed();
    if (!this.turnId) return;
    try {
      await this.#session.api.route(`turns/${encodeURIComponent(this.turnId)}/cancel`, { method: 'POST' });
    } catch (error) {
      this.stopping = false;
      this.#session.host.emit('error', { error });
      this.#session.host.changed();
    }
  }

  /**
   * Apply all that is told, until the end. Never throws: failures are shown in the thread.
   * @param {AsyncIterable<Told>} told
   */
  async follow(told) {
    const session = this.#session;
    try {
      for await (const each of told) {
        this.#take(each);
        session.host.changed();
      }
    } catch (error) {
      if (this.signal.aborted) return;
      session.pending.forget();
      this.status = 'failed';
      session.state = refused(session.state, /** @type {Error} */ (error));
      session.host.emit('error', { error });
    }
    session.offline = false;
    session.state = ended(session.state);
    if (this.#answering) session.host.emit('response.end');
    session.host.changed();
  }

  /** @param {Told} told */
  #take(told) {
    const session = this.#session;
    if (told.kind === 'turn') this.#begin(told.turnId);
    else if (told.kind === 'event') this.#event(told.event, told.position);
    else if (told.kind === 'restart') this.#restart();
    else if (told.kind === 'waiting') session.offline = told.attempt > 0;
    else if (told.kind === 'end') this.#finish(told.status);
    if (told.kind !== 'waiting') session.offline = false;
  }

  #restart() {
    this.#session.state = this.#baseline;
    this.#session.host.emit('log', { name: 'turn.restart', data: { turnId: this.turnId } });
  }

  /** @param {string} status */
  #finish(status) {
    this.status = status;
    this.#session.host.emit('log', { name: 'turn.end', data: { turnId: this.turnId, status } });
  }

  /** @param {string} turnId */
  #begin(turnId) {
    const session = this.#session;
    this.turnId = turnId;
    session.pending.forget();
    this.#effects = new EffectsSeen(turnId);
    if (this.stopping) void this.stop();
    if (session.threadId) session.tabs.tell(session.threadId);
    session.host.emit('log', { name: 'turn.start', data: { turnId } });
  }

  /**
   * @param {import('../wire.js').ThreadEvent} event
   * @param {string | null} position
   */
  #event(event, position) {
    const session = this.#session;
    session.host.emit('log', { name: `event.${event.type}`, data: { turnId: this.turnId, position } });
    if (event.type === 'client_effect') {
      if (this.#effects.first(position)) session.host.emit('effect', { name: event.name, data: event.data });
      return;
    }
    if (event.type === 'error') {
      session.host.emit('error', { error: new Error(event.message ?? event.code ?? 'The answer failed.') });
    }
    if (!this.#answering && (event.type === 'stream_options' || event.type === 'thread.item.added')) {
      this.#answering = true;
      session.host.emit('response.start');
    }
    Run.apply(session, event);
  }

  /**
   * @param {ChatSession} session
   * @param {import('../wire.js').ThreadEvent} event
   */
  static apply(session, event) {
    const before = session.threadId;
    session.state = reduce(session.state, event);
    if (session.threadId !== before) {
      session.announce(session.threadId);
      if (session.threadId) session.tabs.tell(session.threadId);
    }
  }
}
