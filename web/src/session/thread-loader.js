/** What the server has of a thread: its head, its newest items, and the turn that runs in it or failed last. */

import { backoff, pause } from '../protocol/backoff.js';
import { RequestFailed } from '../protocol/problem.js';
import * as requests from '../protocol/requests.js';

/**
 * @typedef {import('../protocol/api.js').Api} Api
 * @typedef {{
 *   thread: import('../wire.js').Thread, items: readonly import('../wire.js').Item[],
 *   older: string | null, turnId: string | null, failed: import('../wire.js').ThreadEvent | null,
 * }} Loaded `items` oldest first; `older` is where the page before them begins; `turnId` runs, or the
 *   newest turn ended with the event `failed`
 */

/** Items of one page of a thread: two screens on a desktop. */
export const PAGE = 50;

/**
 * Fetch a thread, as often as it takes while nobody answers. Raises `RequestFailed` when it is refused.
 * @param {Api} api
 * @param {string} threadId
 * @param {AbortSignal} signal
 * @param {(failure: RequestFailed, attempt: number) => void} waiting told of each try that failed
 * @returns {Promise<Loaded>}
 */
export async function loadThread(api, threadId, signal, waiting) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await fetched(api, threadId, signal);
    } catch (failure) {
      signal.throwIfAborted();
      if (!(failure instanceof RequestFailed && failure.retryable)) throw failure;
      waiting(failure, attempt);
      await pause(Math.max(backoff(attempt), failure.retryAfter * 1000), signal);
    }
  }
}

/**
 * The turn is asked for first: if it ends meanwhile, the thread that is fetched after has all of it.
 * @param {Api} api
 * @param {string} threadId
 * @param {AbortSignal} signal
 * @returns {Promise<Loaded>}
 */
async function fetched(api, threadId, signal) {
  const turn = await newestTurn(api, threadId, signal);
  const failed = turn?.status === 'failed';
  const [{ items: _, ...thread }, page] = await Promise.all([
    api.document(requests.getThread(threadId), signal),
    api.document(requests.listItems(threadId, { limit: PAGE, order: 'desc' }), signal),
  ]);
  signal.throwIfAborted();
  return { thread, items: page.data.toReversed(), older: page.has_more ? page.after : null, turnId: failed ? null : (turn?.turn_id ?? null), failed: failed ? (turn.error?.event ?? null) : null };
}

/**
 * The turn that runs in a thread, or else the newest if it failed; null when neither is, or when the
 * server has no turns.
 * @param {Api} api
 * @param {string} threadId
 * @param {AbortSignal} signal
 * @param {boolean} [last] whether this is the last try
 * @returns {Promise<{turn_id?: string, status?: string, error?: {event?: any} | null} | null>}
 */
async function newestTurn(api, threadId, signal, last = false) {
  try {
    const path = `threads/${encodeURIComponent(threadId)}/turn?when_idle=204&or_failed=true`;
    const response = await api.route(path, { signal });
    return response.status === 204 ? null : await response.json();
  } catch (failure) {
    signal.throwIfAborted();
    const { status, retryable } = failure instanceof RequestFailed ? failure : { status: 200, retryable: false };
    if (status && retryable) throw failure;
    // An address that a server does not have looks like a server that is away, from another origin.
    return status || last ? null : newestTurn(api, threadId, signal, true);
  }
}
