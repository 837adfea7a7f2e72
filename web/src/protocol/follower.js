/** Follows one turn to its end, through lost connections, restarts of the server and sleep. */

import { backoff, pause } from './backoff.js';
import { RequestFailed, unreachable } from './problem.js';
import { frames } from './sse.js';
import { Watch } from './watch.js';

/**
 * What a follower tells, in order. `turn` comes first, where the server has turns. `restart`: forget
 * what came of this turn, all of it follows again. `waiting`: nobody answers, `attempt` tries so far.
 * `end` comes last, exactly once.
 * @typedef {{kind: 'turn', turnId: string}
 *   | {kind: 'event', event: import('../wire.js').ThreadEvent, position: string | null}
 *   | {kind: 'restart'}
 *   | {kind: 'waiting', attempt: number}
 *   | {kind: 'connected'}
 *   | {kind: 'end', status: string}} Told
 * @typedef {Pick<import('./api.js').Api, 'stream' | 'route'>} Api
 * @typedef {import('../wire.js').ChatKitRequest} ChatKitRequest
 */

/** A server that refuses for now (a busy thread, too many turns) is asked this often. */
const REFUSALS = 4;
/** So many connections to a server a browser keeps for later: each may be dead, and costs a try. */
const KEPT = 6;

/**
 * Send a request that is answered with a stream, and follow the turn that comes of it.
 * The request is repeated under its key until it is answered, so it counts once.
 * Raises `RequestFailed` when the server refuses it.
 * @param {Api} api
 * @param {ChatKitRequest} request
 * @param {string} key
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Told, void, void>}
 */
export async function* sendAndFollow(api, request, key, signal) {
  yield* new Reading(api, (each) => api.stream(request, key, each)).follow(signal);
}

/**
 * Follow a turn that was found running, from its beginning.
 * @param {Api} api
 * @param {string} turnId
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Told, void, void>}
 */
export async function* followTurn(api, turnId, signal) {
  yield { kind: 'turn', turnId };
  yield* new Reading(api, null, turnId).follow(signal);
}

/** How far one turn was read. */
class Reading {
  /** @type {string | null} */
  #position = null;
  #ended = false;
  /** Whether the request itself was answered. */
  #answered = false;

  /**
   * @param {Api} api
   * @param {((signal: AbortSignal) => Promise<Response>) | null} send makes the turn, while it has no id
   * @param {string} [id]
   */
  constructor(api, send, id = '') {
    this.api = api;
    this.send = send;
    this.id = id;
  }

  /** @param {AbortSignal} signal @returns {AsyncGenerator<Told, void, void>} */
  async *follow(signal) {
    let kept = KEPT;
    for (let attempt = 0; ; attempt++) {
      const watch = new Watch(signal, attempt > 0 && this.id !== '' && kept > 0);
      const before = this.#position;
      let least = 0;
      try {
        yield* this.#read(watch, attempt > 0);
        if (this.#ended) return;
      } catch (problem) {
        signal.throwIfAborted();
        least = this.#mayGoOn(problem, attempt).retryAfter * 1000;
      } finally {
        watch.stop();
      }
      if (this.#position !== before) [attempt, kept] = [0, KEPT]; // it went on for a while: this is a new loss
      if (watch.unanswered) [attempt, kept] = [0, kept - 1]; // it has waited already
      yield { kind: 'waiting', attempt };
      await pause(Math.max(backoff(attempt), least), signal);
    }
  }

  /**
   * Open a stream and read it until it ends or breaks.
   * @param {Watch} watch
   * @param {boolean} again
   * @returns {AsyncGenerator<Told, void, void>}
   */
  async *#read(watch, again) {
    const response = await this.#open(watch.signal);
    watch.heard();
    const turnId = this.id ? '' : response.headers.get('Turn-Id');
    if (turnId) yield { kind: 'turn', turnId: (this.id = turnId) };
    if (again) yield { kind: 'connected' };
    this.#answered = true;
    yield* this.#frames(response, watch);
    if (!this.id && !this.#ended) yield this.#end('completed'); // a server without turns
  }

  /** @param {AbortSignal} signal */
  #open(signal) {
    if (!this.id && this.send) return this.send(signal);
    const headers = this.#position ? { 'Last-Event-ID': this.#position } : undefined;
    return this.api.route(`turns/${encodeURIComponent(this.id)}/events`, { headers, signal });
  }

  /**
   * The failure, if trying again can help; else it is thrown.
   * @param {unknown} problem
   * @param {number} attempt
   */
  #mayGoOn(problem, attempt) {
    const failure = problem instanceof RequestFailed ? problem : unreachable(problem);
    if (this.#answered && !this.id) {
      // A server without turns would do it all a second time.
      throw new RequestFailed('The answer was cut off.', { code: 'cut_off', retryable: true, cause: failure });
    }
    const refused = failure.status > 0 && failure.status < 500 && attempt >= REFUSALS;
    if (!failure.retryable || refused) throw failure;
    return failure;
  }

  /**
   * @param {Response} response
   * @param {Watch} watch
   * @returns {AsyncGenerator<Told, void, void>}
   */
  async *#frames(response, watch) {
    if (!response.body) return;
    for await (const frame of frames(response.body, () => watch.heard())) {
      const said = parsed(frame.data);
      if (frame.event === 'end') {
        yield this.#end(said?.status ?? 'completed');
        return;
      }
      if (frame.event === 'restart') yield { kind: 'restart' };
      else if (said && !frame.event) yield { kind: 'event', event: said, position: frame.id };
      if (frame.id !== null) this.#position = frame.id;
    }
  }

  /** @param {string} status @returns {Told} */
  #end(status) {
    this.#ended = true;
    return { kind: 'end', status };
  }
}

/**
 * What a frame holds. One that can't be read is passed over: it would be no other the next time.
 * @param {string | null} data
 * @returns {any}
 */
function parsed(data) {
  try {
    return data ? JSON.parse(data) : null;
  } catch {
    return null;
  }
}
