/** The user's threads, page by page. */

import * as requests from '../protocol/requests.js';

/** @typedef {import('../wire.js').Thread} Thread */

/** Threads of one page of the list. */
const PAGE = 30;
/** Threads of one page while all are read: as many as a server gives at once. */
const LARGEST = 100;

export class History {
  /** @type {readonly Thread[]} */
  threads = [];
  loading = false;
  /** @type {Error | null} */
  failure = null;
  /** @type {string | null} */
  #after = null;
  /** Settles when the page that is being read is here. @type {Promise<void>} */
  #reading = Promise.resolve();

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

  /** Read all pages that are left: a search finds threads of any age. */
  async all() {
    await this.#reading;
    while (this.#after && !this.loading && !this.failure) await this.#read(this.threads, LARGEST);
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

  /** @param {readonly Thread[]} before @param {number} [limit] */
  #read(before, limit = PAGE) {
    return (this.#reading = this.#fetch(before, limit));
  }

  /** @param {readonly Thread[]} before @param {number} limit */
  async #fetch(before, limit) {
    this.loading = true;
    this.session.host.changed();
    try {
      const after = this.#after ?? undefined;
      const page = await this.session.api.document(requests.listThreads({ limit, order: 'desc', after }));
      this.threads = [...before, ...page.data];
      this.#after = page.has_more ? page.after : null;
      this.failure = null;
    } catch (error) {
      this.failure = /** @type {Error} */ (error);
      this.session.host.emit('error', { error });
    } finally {
      this.loading = false;
      this.session.host.changed();
    }
  }
}
