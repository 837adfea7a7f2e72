/** Requests that no turn is known of yet, kept over a reload of the page: each counts once. */

/**
 * `shown`: the user's message, as it is shown until the server has it.
 * @typedef {{
 *   key: string, request: import('../wire.js').ChatKitRequest, at: number,
 *   shown?: import('../wire.js').UserMessage,
 * }} Pending
 */

/** The server keeps a key as long as its turn, which is far longer; a page that old starts afresh. */
const KEPT = 10 * 60_000;

/** A new idempotency key. `randomUUID` would need a page from https or the same machine. */
export const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** What one element waits for, oldest first. Without sessionStorage nothing is kept. */
export class PendingRequests {
  /**
   * @param {string} url the address they go to: two deployments on one page don't mix
   * @param {string} place which of a page's elements this is
   */
  constructor(url, place = '') {
    this.name = `turnstream:pending:${place}:${url}`;
  }

  /** @returns {readonly Pending[]} */
  get all() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.name) ?? '[]');
      return kept.filter((/** @type {Pending} */ each) => Date.now() - each.at < KEPT);
    } catch {
      return [];
    }
  }

  /** @param {Pending} pending */
  keep(pending) {
    this.#write([...this.all.filter(({ key }) => key !== pending.key), pending]);
  }

  /** @param {string} key */
  forget(key) {
    const { all } = this;
    if (all.some((each) => each.key === key)) this.#write(all.filter((each) => each.key !== key));
  }

  /** @param {readonly Pending[]} all */
  #write(all) {
    try {
      if (all.length) sessionStorage.setItem(this.name, JSON.stringify(all));
      else sessionStorage.removeItem(this.name);
    } catch {
      // Full or forbidden: a reload in this moment loses the message, as it would without us.
    }
  }
}
