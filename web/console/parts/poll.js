/**
 * Asks again and again while the page is looked at: more and more rarely while it fails, and not at all
 * while it is hidden.
 */
export class Poll {
  /** @type {number | undefined} */
  #timer;
  #failures = 0;
  #running = false;
  #onVisible = () => void (document.hidden || this.now());

  /** @param {() => Promise<void>} look @param {number} every milliseconds @param {number} most between two looks */
  constructor(look, every = 2000, most = 30_000) {
    this.look = look;
    this.every = every;
    this.most = most;
  }

  start() {
    this.#running = true;
    document.addEventListener('visibilitychange', this.#onVisible);
    return this.now();
  }

  stop() {
    this.#running = false;
    clearTimeout(this.#timer);
    document.removeEventListener('visibilitychange', this.#onVisible);
  }

  /** Look at once. */
  async now() {
    clearTimeout(this.#timer);
    if (!this.#running) return;
    try {
      await this.look();
      this.#failures = 0;
    } catch {
      this.#failures += 1;
    }
    clearTimeout(this.#timer);
    if (this.#running && !document.hidden) this.#timer = window.setTimeout(() => void this.now(), this.#pause());
  }

  #pause() {
    const slower = Math.min(this.most, this.every * 2 ** this.#failures);
    return slower * (0.9 + Math.random() * 0.2);
  }
}
