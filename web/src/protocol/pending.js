/** Requests whose turn is not known yet, kept over a reload of the page: each counts once. */

/** @typedef {{key: string, request: import('../wire.js').ChatKitRequest, at: number}} Pending */

/** The server keeps a key as long as its turn, which is far longer; a page that old starts afresh. */
const KEPT = 10 * 60_000;

/** A new idempotency key. `randomUUID` would need a page from https or the same machine. */
export const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** The one request of an element that waits for its turn. Without sessionStorage it is only in memory. */
export class PendingRequest {
  /** @param {string} url the address it goes to: two deployments on one page don't mix */
  constructor(url) {
    this.name = `turnstream:pending:${url}`;
  }

  /** @param {Pending} pending */
  keep(pending) {
    try {
      sessionStorage.setItem(this.name, JSON.stringify(pending));
    } catch {
      // Full or forbidden: a reload in this moment loses the message, as it would without us.
    }
  }

  /** @returns {Pending | null} what a page before this one sent and saw no answer to */
  take() {
    try {
      const text = sessionStorage.getItem(this.name);
      sessionStorage.removeItem(this.name);
      const pending = text ? JSON.parse(text) : null;
      return pending && Date.now() - pending.at < KEPT ? pending : null;
    } catch {
      return null;
    }
  }

  forget() {
    try {
      sessionStorage.removeItem(this.name);
    } catch {
      // as above
    }
  }
}
