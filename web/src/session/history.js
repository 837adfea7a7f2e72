/** The user's threads, page by page. */

import * as requests from '../protocol/requests.js';

/** @typedef {import('../wire.js').Thread} Thread */

/** Threads of one page of the list. */
const PAGE = 30;

export class History {
  /** @type {readonly Thread[]} */
  threads = [];
  loading = false;
  /** @type {Error | null} */
  failure = null;
  /** @type {string | null} */
  #after = null;

  /**
   * @param {import('./session.js').ChatSession} session
   */
  constructor(session) {
    this.session = session;
  }

  get hasMore() {
    return this.#after !== null;
  }

  /** Read the newest threads. */
  async reload() {
    this.#after = null;
    await this.#read([]);
  }

  /** Read the next page. */
  async more() {
    if (this.#after && !this.loading) await this.#read(this.threads);
  }

  /** @param {string} threadId @param {string} title */
  async rename(threadId, title) {
    await this.session.api.document(requests.renameThread(threadId, title));
    this.threads = this.threads.map((thread) => (thread.id === threadId ? { ...thread, title } : thread));
    this.session.renamed(threadId, title);
  }

  /** @param {string} threadId */
  async delete(threadId) {
    await this.session.api.document(requests.deleteThread(threadId));
    this.threads = this.threads.filter((thread) => thread.id !== threadId);
    if (this.session.threadId === threadId) await this.session.open(null);
    this.session.host.changed();
  }

  /** @param {readonly Thread[]} before */
  async #read(before) {
    this.loading = true;
    this.session.host.changed();
    try {
      const after = this.#after ?? undefined;
      const page = await this.session.api.document(requests.listThreads({ limit: PAGE, order: 'desc', after }));
      this.threads = [...before, ...page.data];
      this.#after = page.has_more ? page.after : null;
      this.failure = null;
    } catch (error) {
      this.failure = /** @type {Error} */ (error);
    } finally {
      this.loading = false;
      this.session.host.changed();
    }
  }
}
