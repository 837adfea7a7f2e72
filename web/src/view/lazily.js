/** Parts of the element that are loaded when they are first on screen. */

import { backoff, pause } from '../protocol/backoff.js';

/** The gateway may be away for so many tries: about four minutes. Then the next drawing asks again. */
const TRIES = 30;
const NEVER = new AbortController().signal;

/**
 * Load a part that is on screen from now on, as often as it takes; until then its place is empty.
 * @param {() => Promise<unknown>} load `() => import('…')`
 */
export async function lazily(load) {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    try {
      await load();
      return;
    } catch {
      await pause(backoff(attempt), NEVER);
    }
  }
}
