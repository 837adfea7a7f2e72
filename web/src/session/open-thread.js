/** The thread that is shown: how it is fetched, kept up with the server, and changed by events. No DOM. */

import { Api } from '../protocol/api.js';
import * as requests from '../protocol/requests.js';
import { reduce } from '../thread/reducer.js';
import { EMPTY, olderThan, refreshed, withOlder } from '../thread/state.js';
import { loadThread, PAGE } from './thread-loader.js';

/**
 * @typedef {import('@openai/chatkit').ChatKitOptions} ChatKitOptions
 * @typedef {import('../thread/state.js').ThreadState} ThreadState
 *
 * What an element gives to its session. `emit` dispatches an event of ChatKit.js by its name without
 * `chatkit.`; `changed` says that there is something new to draw. `place`: which of a page's elements it is.
 * @typedef {{emit: (name: string, detail?: any) => void, changed: () => void, place?: string}} Host
 */

export class OpenThread {
  /** @type {ThreadState} */
  state = EMPTY;
  /** Whether a thread is being fetched. */
  loading = false;
  /** Settles when it is. @type {Promise<void>} */
  fetched = Promise.resolve();
  /** Why the thread could not be fetched, if it could not. @type {Error | null} */
  failure = null;
  /** Whether nobody answers right now. */
  offline = false;
  /** Where older items begin: `after` of the page before, null when all are here. @type {string | null} */
  older = null;
  /** The thread that is wanted, which may still be on its way. @type {string | null} */
  wanted = null;
  /** Whether there is something new to ask for once the answer is here. */
  behind = false;

  /** What the page knows. @type {string | null | undefined} */
  #announced;
  #fetchingOlder = false;
  #opening = new AbortController();

  /**
   * @param {ChatKitOptions} options
   * @param {string} locale
   * @param {Host} host
   * @param {string | null} [announced] the thread that the page was told of last
   */
  constructor(options, locale, host, announced = null) {
    this.options = options;
    this.host = host;
    this.api = new Api(options.api, locale);
    this.#announced = announced;
  }

  /** The open thread; null for a new one. */
  get threadId() {
    return this.state.thread?.id ?? null;
  }

  /** Whether an answer is on its way. */
  get busy() {
    return false;
  }

  /** The thread was fetched. @param {string | null} _turnId the turn that runs in it @param {boolean} _told whether it was opened */
  loaded(_turnId, _told) {}

  /** Show a thread, or the start of a new one. @param {string | null} threadId */
  async show(threadId) {
    this.wanted = threadId;
    this.state = EMPTY;
    this.older = this.failure = null;
    this.offline = false;
    if (threadId) await this.load(threadId, true);
    else {
      this.letGo();
      this.loading = false;
      this.announce(null);
    }
    this.host.changed();
  }

  /** Fetch nothing more. */
  letGo() {
    this.#opening.abort();
  }

  /** Tell the page which thread is open, if it does not know. @param {string | null} threadId */
  announce(threadId) {
    if (this.#announced === threadId) return;
    this.#announced = threadId;
    this.host.emit('thread.change', { threadId });
  }

  /** Ask the server what is new in the open thread. */
  async refresh() {
    if (this.threadId && !this.busy) await this.load(this.threadId, false);
  }

  /** The same while an answer comes: as soon as it is there. */
  async catchUp() {
    this.behind = true;
    await this.refresh();
  }

  /** Fetch the page of items before those that are here. */
  async fetchOlder() {
    const { threadId, older } = this;
    if (!threadId || !older || this.#fetchingOlder) return;
    this.#fetchingOlder = true;
    try {
      const page = await this.api.document(requests.listItems(threadId, { limit: PAGE, order: 'desc', after: older }));
      if (this.threadId !== threadId) return;
      this.older = page.has_more ? page.after : null;
      this.amend((state) => withOlder(state, page.data.toReversed()));
    } catch (error) {
      this.host.emit('error', { error });
    } finally {
      this.#fetchingOlder = false;
      this.host.changed();
    }
  }

  /** Another title for the open thread, as history has it. @param {string} threadId @param {string} title */
  renamed(threadId, title) {
    this.amend((state) => (state.thread?.id === threadId ? { ...state, thread: { ...state.thread, title } } : state));
    this.host.changed();
  }

  /** @param {number} id */
  dismissNotice(id) {
    this.amend((state) => ({ ...state, notices: state.notices.filter((notice) => notice.id !== id) }));
    this.host.changed();
  }

  /** A change that did not come of the turn that runs. @param {(state: ThreadState) => ThreadState} change */
  amend(change) {
    this.state = change(this.state);
  }

  /**
   * Apply an event. One that can't be applied changes nothing, and the page is told.
   * @param {import('../wire.js').ThreadEvent} event
   */
  apply(event) {
    const before = this.threadId;
    try {
      this.state = reduce(this.state, event);
    } catch (error) {
      this.host.emit('error', { error });
    }
    if (this.threadId !== before) this.announce(this.threadId);
    this.host.changed();
  }

  /**
   * Fetch a thread. What was being fetched before is not any more.
   * @param {string} threadId
   * @param {boolean} told whether the page hears of it
   * @param {boolean} [follows] whether to go on with what runs there
   */
  load(threadId, told, follows = true) {
    this.#opening.abort();
    this.#opening = new AbortController();
    this.loading = true;
    this.behind = false;
    this.host.changed();
    if (told) this.host.emit('thread.load.start', { threadId });
    return (this.fetched = this.#fetch(threadId, told, follows, this.#opening.signal));
  }

  /** @param {string} threadId @param {boolean} told @param {boolean} follows @param {AbortSignal} signal */
  async #fetch(threadId, told, follows, signal) {
    try {
      const { thread, items, older, turnId, failed } = await loadThread(this.api, threadId, signal, (failure, attempt) => this.#waits(failure, attempt));
      if (!olderThan(this.state, items).length) this.older = older;
      this.amend((state) => refreshed(state, thread, items));
      this.failure = null;
      if (failed && !this.busy && !this.state.error) this.apply(failed);
      if (told) this.announce(threadId);
      if (!this.busy && follows) this.loaded(turnId, told);
    } catch (error) {
      if (!signal.aborted) this.#notLoaded(/** @type {Error} */ (error));
    } finally {
      if (!signal.aborted) {
        this.loading = false;
        if (!this.busy) this.offline = false;
        if (told) this.host.emit('thread.load.end', { threadId });
        this.host.changed();
      }
    }
  }

  /** Nobody answers: it is tried again. @param {Error} failure @param {number} attempt */
  #waits(failure, attempt) {
    this.failure = failure;
    this.offline = true;
    if (!attempt) this.host.emit('error', { error: failure });
    this.host.changed();
  }

  /** @param {Error & {code?: string}} error */
  #notLoaded(error) {
    this.failure = error;
    this.#announced = undefined;
    if (error.code === 'not_found') this.#gone();
    this.host.emit('error', { error });
  }

  /** The thread was deleted, perhaps by another tab: what is written next begins a new one. */
  #gone() {
    this.state = EMPTY;
    this.wanted = null;
  }
}
