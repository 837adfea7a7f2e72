/** One turn as an element follows it: from what the follower tells to state and events. */

import { backoff, pause } from '../protocol/backoff.js';
import { ended, refused, without } from '../thread/state.js';
import { EffectsSeen } from './effects.js';

/**
 * @typedef {import('./session.js').ChatSession} ChatSession
 * @typedef {import('../protocol/follower.js').Told} Told
 * @typedef {import('../thread/state.js').ThreadState} ThreadState
 */

export class Run {
  turnId = '';
  /** `completed`, `failed`, `cancelled`, or empty while it runs. */
  status = '';
  /** Whether Stop was pressed. */
  stopping = false;

  #controller = new AbortController();
  #session;
  /** The key of the request that makes the turn, until both the turn and its thread are known. */
  #key;
  /** What a restart goes back to. */
  #before;
  /** The items that this turn brought. @type {Set<string>} */
  #brought = new Set();
  #effects = new EffectsSeen();
  #answering = false;
  #left = false;

  /** @param {ChatSession} session @param {string} [key] of the request that makes the turn */
  constructor(session, key = '') {
    this.#session = session;
    this.#before = session.state;
    this.#key = key;
  }

  get signal() {
    return this.#controller.signal;
  }

  /** Stop following. The turn goes on; a request that nobody took yet is sent until somebody does. */
  leave() {
    this.#left = true;
    if (!this.#key || this.turnId) this.#cut();
  }

  /** The thread changed beside this turn, which a restart must not undo. @param {(state: ThreadState) => ThreadState} change */
  amend(change) {
    this.#before = change(this.#before);
  }

  /**
   * Ask the server to stop the turn, until it is told; its end arrives as an event. Before the turn
   * has an id: when it gets one. A server without turns stops when nobody listens.
   */
  async stop() {
    this.stopping = true;
    this.#session.host.changed();
    if (this.#answering && !this.turnId) this.#cut();
    for (let attempt = 0; this.turnId && !this.status && !this.signal.aborted; attempt++) {
      try {
        await this.#session.api.route(`turns/${encodeURIComponent(this.turnId)}/cancel`, { method: 'POST' });
        return;
      } catch (error) {
        if (!(/** @type {any} */ (error).retryable)) return this.#goOn(error);
      }
      await pause(backoff(attempt), this.signal).catch(() => {});
    }
  }

  /** It can't be stopped. @param {unknown} error */
  #goOn(error) {
    this.stopping = false;
    this.#session.host.emit('error', { error });
    this.#session.host.changed();
  }

  /**
   * Apply all that is told, until the end. Never throws: failures are shown in the thread.
   * @param {AsyncIterable<Told>} told
   */
  async follow(told) {
    const session = this.#session;
    try {
      for await (const each of told) {
        if (!this.#left) {
          this.#take(each);
          session.host.changed();
        } else if (each.kind !== 'waiting') {
          this.#accepted();
          break;
        }
      }
    } catch (error) {
      this.#fail(/** @type {Error} */ (error));
    }
    if (this.#answering) session.host.emit('response.end');
    if (this.#left) return;
    session.offline = false;
    session.state = ended(session.state);
    session.host.changed();
  }

  #cut() {
    this.#controller.abort(new DOMException('left', 'AbortError'));
  }

  /** @param {Error & {retryable?: boolean, code?: string}} error */
  #fail(error) {
    const session = this.#session;
    this.status = this.signal.aborted ? 'cancelled' : 'failed';
    if (this.signal.aborted) return;
    if (!error.retryable) this.#accepted();
    if (this.#left) return;
    if (error.code === 'nothing_pending') return void session.catchUp(); // another tab answered
    session.state = refused(session.state, error);
    session.host.emit('error', { error });
  }

  /** @param {Told} told */
  #take(told) {
    const session = this.#session;
    if (told.kind === 'turn') this.#begin(told.turnId);
    else if (told.kind === 'event') this.#event(told.event, told.position);
    else if (told.kind === 'restart') this.#restart();
    else if (told.kind === 'end') this.#finish(told.status);
    session.offline = told.kind === 'waiting' && (told.attempt > 0 || globalThis.navigator?.onLine === false);
    if (this.turnId && session.threadId) this.#accepted();
  }

  /** The request need not be sent again, not even after a reload. */
  #accepted() {
    if (this.#key) this.#session.pending.forget(this.#key);
    this.#key = '';
  }

  #restart() {
    this.#session.state = without(this.#before, this.#brought);
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
    this.#effects = new EffectsSeen(turnId);
    if (this.stopping) void this.stop();
    if (this.#key && session.threadId) session.tabs.tell(session.threadId);
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
      if (this.stopping && !this.turnId) this.#cut();
    }
    if (event.type === 'thread.item.added' || event.type === 'thread.item.done') this.#brought.add(event.item?.id);
    session.apply(event);
  }
}
