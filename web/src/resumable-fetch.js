/**
 * For pages that keep ChatKit.js: a `fetch` for its `api.fetch` whose answers survive a lost connection, a
 * gateway that goes away, and a worker that dies. ChatKit.js reads one answer without a gap.
 */

import { sendAndFollow } from './protocol/follower.js';
import { newKey } from './protocol/pending.js';
import { problemOf } from './protocol/problem.js';
import { bodyOf, stockFrames } from './protocol/stock-stream.js';

/** Requests that are answered with a stream. All others pass as they are. */
const STREAMED = /^threads\.(create|add_user_message|add_client_tool_output|add_structured_input|retry_after_item|custom_action)$/;

/** Whether the page is being left: an answer that is closed then is not stopped. */
let leaving = false;
globalThis.addEventListener?.('pagehide', () => (leaving = true));
globalThis.addEventListener?.('pageshow', () => (leaving = false));

/**
 * A Stop, which ChatKit.js tells by closing the answer, cancels the turn.
 * @param {string} base the gateway's address, such as `https://chat.example.com/`
 * @param {typeof fetch} [ask] sends the requests: a function of the page, where it adds credentials
 * @returns {typeof fetch}
 */
export function resumableFetch(base, ask = (...args) => fetch(...args)) {
  return async (input, init) => {
    const request = new Request(input, init);
    if (!request.headers.get('Content-Type')?.includes('json')) return ask(request);
    const body = await request.clone().json().catch(() => null);
    return STREAMED.test(body?.type) ? unbroken(request, new URL(base, globalThis.location?.href), ask) : ask(request);
  };
}

/**
 * The gateway's first answer, with a body that goes on over as many connections as it takes; or its refusal.
 * @param {Request} request
 * @param {URL} base
 * @param {typeof fetch} ask
 */
async function unbroken(request, base, ask) {
  if (!request.headers.has('Idempotency-Key')) request.headers.set('Idempotency-Key', newKey());
  request.headers.set('Turnstream-Client', 'resumable');
  /** @type {Response | undefined} */
  let newest;
  const api = {
    stream: async (/** @type {unknown} */ _, /** @type {string} */ __, /** @type {AbortSignal} */ signal) =>
      succeeded((newest = await ask(new Request(request.clone(), { signal })))),
    route: async (/** @type {string} */ path, /** @type {RequestInit} */ init = {}) =>
      succeeded(await ask(new URL(path, base).href, { ...init, headers: { ...Object.fromEntries(request.headers), ...init.headers } })),
  };
  const cancel = async () => {
    const { headers } = newest ?? (await api.stream(null, '', AbortSignal.timeout(10_000))); // the same turn, by its key
    await api.route(`turns/${headers.get('Turn-Id')}/cancel`, { method: 'POST', keepalive: true });
  };

  const closed = new AbortController();
  const signal = AbortSignal.any([request.signal, closed.signal]);
  signal.addEventListener('abort', () => leaving || cancel().catch(() => {}));
  const texts = stockFrames(sendAndFollow(api, /** @type {any} */ (null), '', signal));
  try {
    await texts.next(); // it has begun
    return new Response(bodyOf(texts, signal, () => closed.abort()), newest);
  } catch (failure) {
    if (newest && !signal.aborted) return newest;
    throw failure;
  }
}

/** @param {Response} answer */
async function succeeded(answer) {
  if (!answer.ok) throw await problemOf(answer.clone());
  return answer;
}
