/** Follows one turn to its end, through lost connections, restarts of the server and sleep. */

import { backoff, pause } from './backoff.js';
import { RequestFailed, unreachable } from './problem.js';
import { frames } from './sse.js';

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

/** Three heartbeats of the server without a sound: the connection is dead, whatever it looks like. */
const SILENCE = 45_000;
/** A server that refuses for now (a busy thread, too many turns) is asked this often. */
const REFUSALS = 4;

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
  const turn = new Reading();
  const open = (/** @type {AbortSignal} */ each) => api.stream(request, key, each);
  yield* turn.read(open, signal, true);
  if (!turn.ended) yield* resume(api, turn, signal);
}

/**
 * Follow a turn that was found running, from its beginning.
 * @param {Api} api
 * @param {string} turnId
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Told, void, void>}
 */
export async function* followTurn(api, turnId, signal) {
  const turn = new Reading();
  turn.id = turnId;
  yield { kind: 'turn', turnId };
  yield* resume(api, turn, signal);
}

/**
 * @param {Api} api
 * @param {Reading} turn
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Told, void, void>}
 */
async function* resume(api, turn, signal) {
  while (!turn.ended) {
    if (!turn.id) throw new RequestFailed('The answer was cut off.', { code: 'cut_off', retryable: true });
    const path = `turns/${encodeURIComponent(turn.id)}/events`;
    const open = (/** @type {AbortSignal} */ each) =>
      api.route(path, { headers: turn.position ? { 'Last-Event-ID': turn.position } : {}, signal: each });
    yield* turn.read(open, signal, false);
  }
}

/** How far one turn was read. */
class Reading {
  id = '';
  /** @type {string | null} */
  position = null;
  ended = false;

  /**
   * Open a stream, trying again until one opens, and read it until it ends or breaks.
   * @param {(signal: AbortSignal) => Promise<Response>} open
   * @param {AbortSignal} signal
   * @param {boolean} first whether this stream is the answer to the request itself
   * @returns {AsyncGenerator<Told, void, void>}
   */
  async *read(open, signal, first) {
    for (let attempt = 0; ; attempt++) {
      const watch = new Watch(signal);
      let wait = backoff(attempt);
      try {
        const response = await open(watch.signal);
        const turnId = response.headers.get('Turn-Id');
        if (turnId && first) yield { kind: 'turn', turnId: (this.id = turnId) };
        if (attempt) yield { kind: 'connected' };
        yield* this.#frames(response, watch);
        if (first && !this.id) yield this.#end('completed'); // a server without turns
        if (this.ended || first) return;
        wait = backoff(attempt); // cut off: come back, not at once, not in step with others
      } catch (problem) {
        signal.throwIfAborted();
        const failure = problem instanceof RequestFailed ? problem : unreachable(problem);
        if (!failure.retryable || (failure.status && failure.status < 500 && attempt >= REFUSALS)) throw failure;
        if (this.id && first) return; // accepted: go on from the position
        wait = Math.max(wait, failure.retryAfter * 1000);
      } finally {
        watch.stop();
      }
      yield { kind: 'waiting', attempt };
      await pause(wait, signal);
    }
  }

  /**
   * @param {Response} response
   * @param {Watch} watch
   * @returns {AsyncGenerator<Told, void, void>}
   */
  async *#frames(response, watch) {
    if (!response.body) return;
    for await (const frame of frames(response.body, () => watch.heard())) {
      if (frame.event === 'end') {
        yield this.#end(JSON.parse(frame.data ?? '{}').status ?? 'completed');
        return;
      }
      if (frame.event === 'restart') yield { kind: 'restart' };
      else if (frame.data && !frame.event) {
        yield { kind: 'event', event: JSON.parse(frame.data), position: frame.id };
      }
      if (frame.id !== null) this.position = frame.id;
    }
  }

  /** @param {string} status @returns {Told} */
  #end(status) {
    this.ended = true;
    return { kind: 'end', status };
  }
}

/** Ends a connection that has been silent for too long. */
class Watch {
  #controller = new AbortController();
  #timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);

  /** @param {AbortSignal} signal ends it too */
  constructor(signal) {
    this.signal = AbortSignal.any([signal, this.#controller.signal]);
    this.heard();
  }

  heard() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(unreachable('silence')), SILENCE);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }
}
