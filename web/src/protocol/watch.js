/** Whether a connection still lives. Browsers do not say when one is dead: it is only silent. */

import { unreachable } from './problem.js';

/** Three heartbeats of the server without a sound: the connection is dead, whatever it looks like. */
const SILENCE = 45_000;
/** A heartbeat and a little more, for a page that comes back: what was silent so long is not worth waiting for. */
const DOUBT = 20_000;
/** How often the clock is looked at. A timer alone stands still while the machine sleeps. */
const LOOK = 5_000;

/** Aborts its `signal` with a retryable failure once the connection is dead. Call `stop()` behind it. */
export class Watch {
  #controller = new AbortController();
  #heard = Date.now();
  #timer = setInterval(() => this.#look(SILENCE), LOOK);

  /** @param {AbortSignal} signal ends the connection too */
  constructor(signal) {
    this.signal = AbortSignal.any([signal, this.#controller.signal]);
    globalThis.addEventListener?.('offline', this.#lost);
    globalThis.addEventListener?.('online', this.#back);
    globalThis.document?.addEventListener('visibilitychange', this.#back);
  }

  /** Something came. */
  heard() {
    this.#heard = Date.now();
  }

  stop() {
    clearInterval(this.#timer);
    globalThis.removeEventListener?.('offline', this.#lost);
    globalThis.removeEventListener?.('online', this.#back);
    globalThis.document?.removeEventListener('visibilitychange', this.#back);
    this.#controller.abort();
  }

  #lost = () => this.#controller.abort(unreachable('offline'));
  #back = () => this.#look(DOUBT);

  /** @param {number} limit */
  #look(limit) {
    if (Date.now() - this.#heard > limit) this.#controller.abort(unreachable('silence'));
  }
}
