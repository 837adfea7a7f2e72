/** Whether a connection still lives. Browsers do not say when one is dead: it is only silent. */

import { unreachable } from './problem.js';

/** Three heartbeats of the server without a sound: the connection is dead, whatever it looks like. */
const SILENCE = 45_000;
/** A heartbeat and a little more, for a page that comes back: what was silent so long is not worth waiting for. */
const DOUBT = 20_000;
/** For the first sign of an answer to a reader who comes back, see `unanswered`. */
const ANSWER = 2_500;
/** How often the clock is looked at. A timer alone stands still while the machine sleeps. */
const LOOK = 5_000;

/** Aborts its `signal` with a retryable failure once the connection is dead. Call `stop()` behind it. */
export class Watch {
  #controller = new AbortController();
  #heard = Date.now();
  #timer = setInterval(() => this.#look(SILENCE), LOOK);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #answer;
  /** Whether it was hasty, and nothing came: a browser asks on a connection that it kept, and those died while the machine slept. */
  unanswered = false;

  /**
   * @param {AbortSignal} signal ends the connection too
   * @param {boolean} hasty whether an answer has to begin at once
   */
  constructor(signal, hasty) {
    if (hasty) this.#answer = setTimeout(this.#none, ANSWER);
    this.signal = AbortSignal.any([signal, this.#controller.signal]);
    globalThis.addEventListener?.('offline', this.#lost);
    globalThis.addEventListener?.('online', this.#back);
    globalThis.document?.addEventListener('visibilitychange', this.#back);
  }

  /** Something came. */
  heard() {
    clearTimeout(this.#answer);
    this.#heard = Date.now();
  }

  stop() {
    clearInterval(this.#timer);
    clearTimeout(this.#answer);
    globalThis.removeEventListener?.('offline', this.#lost);
    globalThis.removeEventListener?.('online', this.#back);
    globalThis.document?.removeEventListener('visibilitychange', this.#back);
    this.#controller.abort();
  }

  #lost = () => this.#controller.abort(unreachable('offline'));
  #back = () => this.#look(DOUBT);
  #none = () => {
    this.unanswered = true;
    this.#controller.abort(unreachable('silence'));
  };

  /** @param {number} limit */
  #look(limit) {
    if (Date.now() - this.#heard > limit) this.#controller.abort(unreachable('silence'));
  }
}
