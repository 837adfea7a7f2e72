/** How long to wait between tries. */

/** First and longest wait, in milliseconds: a restart takes about a second, a deploy less than a minute. */
const FIRST = 250;
const LONGEST = 10_000;

/**
 * The wait before try number `attempt` (0 is the first repetition): doubles each time, and half of it
 * is random, so that not all pages come back at the same moment.
 * @param {number} attempt
 * @param {() => number} [random]
 */
export function backoff(attempt, random = Math.random) {
  const full = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 10));
  return full / 2 + (full / 2) * random();
}

/**
 * Resolves after `ms`, or when the network comes back or the page is shown again, whichever is first.
 * Rejects when the signal is aborted.
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const listening = new AbortController();
    const once = { signal: listening.signal };
    const over = () => {
      clearTimeout(timer);
      listening.abort();
    };
    const done = () => (over(), resolve());
    const stopped = () => (over(), reject(signal.reason));
    const seen = () => document.hidden || done();
    const timer = setTimeout(done, ms);
    globalThis.addEventListener?.('online', done, once);
    globalThis.document?.addEventListener('visibilitychange', seen, once);
    if (signal.aborted) stopped();
    else signal.addEventListener('abort', stopped, once);
  });
}
