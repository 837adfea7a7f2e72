/** One chat: the thread that is open, the turn that runs in it, and what the user can do. No DOM. */

import { Api } from '../protocol/api.js';
import { newKey, PendingRequests } from '../protocol/pending.js';
import * as requests from '../protocol/requests.js';
import { reduce } from '../thread/reducer.js';
import { EMPTY, isLocal, olderThan, refreshed, upTo, withLocal, withOlder } from '../thread/state.js';
import { inOneTab, runClientTool, stillWaits, waitingTool } from './client-tools.js';
import { followTurn, sendAndFollow } from '../protocol/follower.js';
import { Run } from './run.js';
import { loadThread, PAGE } from './thread-loader.js';
import { Tabs } from './tabs.js';

/**
 * @typedef {import('@openai/chatkit').ChatKitOptions} ChatKitOptions
 * @typedef {import('../thread/state.js').ThreadState} ThreadState
 * @typedef {import('../wire.js').ChatKitRequest} ChatKitRequest
 * @typedef {import('../wire.js').MessageInput} MessageInput
 *
 * What an element gives to its session. `emit` dispatches an event of ChatKit.js by its name without
 * `chatkit.`; `changed` says that there is something new to draw. `place`: which of a page's elements it is.
 * @typedef {{emit: (name: string, detail?: any) => void, changed: () => void, place?: string}} Host
 * @typedef {import('../protocol/pending.js').Pending} Pending
 */

export class ChatSession {
  /** @type {ThreadState} */
  state = EMPTY;
  /** Whether a thread is being fetched. */
  loading = false;
  /** Why the thread could not be fetched, if it could not. @type {Error | null} */
  failure = null;
  /** Whether nobody answers right now. */
  offline = false;
  /** Where older items begin: `after` of the page before, null when all are here. @type {string | null} */
  older = null;
  /** The turn that runs. @type {Run | null} */
  run = null;
  /** How many messages were written here. */
  said = 0;

  /** The thread that is wanted, which may still be on its way. @type {string | null} */
  wanted = null;

  /** What was sent last, should it have to be sent again. @type {Pending | null} */
  #sent = null;
  /** Whether there is something new to ask for once the answer is here. */
  #behind = false;
  /** What the page knows. @type {string | null | undefined} */
  #announced;
  #fetchingOlder = false;
  #opening = new AbortController();
  /** Another object after every `open`: whoever waited knows that another thread is shown. */
  #visit = {};
  /** Settles when the thread is fetched. @type {Promise<void>} */
  #fetched = Promise.resolve();
  /** Settles when the run is over. @type {Promise<void>} */
  #followed = Promise.resolve();

  /**
   * @param {ChatKitOptions} options
   * @param {string} locale
   * @param {Host} host
   * @param {string | null} [announced] the thread that the page was told of last
   */
  constructor(options, locale, host, announced = null) {
    this.#announced = announced;
    this.options = options;
    this.host = host;
    this.api = new Api(options.api, locale);
    this.pending = new PendingRequests(this.api.url, host.place);
    this.tabs = new Tabs(this.api.url, (threadId) => this.#elsewhere(threadId));
  }

  /** The open thread; null for a new one. */
  get threadId() {
    return this.state.thread?.id ?? null;
  }

  /** Where things are sent: the thread that is open, or about to be. */
  get #target() {
    return this.threadId ?? this.wanted;
  }

  /** Whether an answer is on its way. */
  get busy() {
    return this.run !== null;
  }

  /**
   * Begin: open a thread, and go on with what the page before this one sent. What it sent into
   * another thread than the one that is wanted is sent as well, unseen.
   * @param {string | null} [wanted]
   */
  async start(wanted = this.options.initialThread ?? null) {
    const { all } = this.pending;
    const shown = all.findLast((each) => !wanted || each.request.params.thread_id === wanted);
    for (const each of all) if (each !== shown) this.#deliver(each);
    if (!shown) return this.open(wanted);
    const threadId = /** @type {string | undefined} */ (shown.request.params.thread_id);
    this.wanted = threadId ?? null;
    if (threadId) await this.#load(threadId, true, false);
    if (this.wanted !== (threadId ?? null)) return this.#deliver(shown); // the user went elsewhere
    if (shown.shown) this.state = withLocal(this.state, shown.shown);
    return this.#send(shown);
  }

  /** Let go of everything: no request and no listener is left. The turn itself goes on. */
  close() {
    this.#opening.abort();
    this.run?.leave();
    this.run = null;
    this.tabs.close();
  }

  /**
   * Show a thread, or the start of a new one. What runs in the thread before it goes on, unseen.
   * @param {string | null} threadId
   */
  async open(threadId) {
    this.run?.leave();
    this.run = null;
    this.wanted = threadId;
    this.#visit = {};
    this.state = EMPTY;
    this.older = this.failure = null;
    this.offline = false;
    if (threadId) await this.#load(threadId, true);
    else {
      this.#opening.abort();
      this.loading = false;
      this.announce(null);
    }
    this.host.changed();
  }

  /** Tell the page which thread is open, if it does not know. @param {string | null} threadId */
  announce(threadId) {
    if (this.#announced === threadId) return;
    this.#announced = threadId;
    this.host.emit('thread.change', { threadId });
  }

  /** Ask the server what is new in the open thread. */
  async refresh() {
    if (this.threadId && !this.busy) await this.#load(this.threadId, false);
  }

  /** The same while an answer comes: as soon as it is there. */
  async catchUp() {
    this.#behind = true;
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
      this.#amend((state) => withOlder(state, page.data.toReversed()));
    } catch (error) {
      this.host.emit('error', { error });
    } finally {
      this.#fetchingOlder = false;
      this.host.changed();
    }
  }

  /**
   * Send the user's message into the open thread, or into a new one.
   * @param {MessageInput} input
   * @param {import('@openai/chatkit').Attachment[]} attachments
   * @returns {Promise<void>}
   */
  sendMessage(input, attachments) {
    const threadId = this.#target;
    /** @type {import('../wire.js').UserMessage} */
    const shown = { id: '', type: 'user_message', content: input.content, attachments, quoted_text: input.quoted_text };
    this.said++;
    this.#amend((state) => withLocal(state, shown));
    this.host.changed();
    const request = threadId ? requests.addUserMessage(threadId, input) : requests.createThread(input);
    return this.#send({ key: newKey(), request, at: Date.now(), shown });
  }

  /**
   * Send an action of a widget, or of the page.
   * @param {{type: string, payload?: Record<string, unknown>}} action
   * @param {string} [itemId]
   * @param {boolean} [streaming] false for a short one, which may run beside an answer
   */
  async sendAction(action, itemId, streaming = true) {
    const threadId = this.#target;
    if (!threadId) throw new Error('An action needs an open thread.');
    if (streaming) return this.send(requests.customAction(threadId, itemId, action));
    const { updated_item: item } = await this.api.document(requests.syncCustomAction(threadId, itemId, action));
    if (item && this.threadId === threadId) {
      this.apply({ type: 'thread.item.replaced', item });
    }
  }

  /**
   * Answer the questions of a structured input.
   * @param {string} itemId
   * @param {unknown} input
   */
  answer(itemId, input) {
    return this.send(requests.addStructuredInput(/** @type {string} */ (this.threadId), itemId, input));
  }

  /**
   * Let the assistant answer a message of the user again. What came after it is deleted. A message
   * that the server never took is sent once more, under its key.
   * @param {string} [itemId] the newest message if not given
   */
  async retry(itemId) {
    const { items } = this.state;
    const item = items.findLast((each) => each.type === 'user_message' && (!itemId || each.id === itemId));
    if (!item) return;
    this.run?.leave();
    this.state = upTo(this.state, item.id);
    if (isLocal(item)) {
      if (this.#sent) await this.#send(this.#sent);
    } else if (this.threadId) {
      await this.send(requests.retryAfterItem(this.threadId, item.id));
    }
  }

  /** Stop the answer, wherever it is being written. */
  async stop() {
    await this.run?.stop();
  }

  /**
   * @param {string[]} itemIds
   * @param {'positive' | 'negative'} kind
   */
  async feedback(itemIds, kind) {
    if (this.threadId) await this.api.document(requests.sendFeedback(this.threadId, itemIds, kind));
  }

  /** Another title for the open thread, as history has it. @param {string} threadId @param {string} title */
  renamed(threadId, title) {
    this.#amend((state) => (state.thread?.id === threadId ? { ...state, thread: { ...state.thread, title } } : state));
    this.host.changed();
  }

  /** @param {number} id */
  dismissNotice(id) {
    this.#amend((state) => ({ ...state, notices: state.notices.filter((notice) => notice.id !== id) }));
    this.host.changed();
  }

  /** A change that did not come of the turn that runs. @param {(state: ThreadState) => ThreadState} change */
  #amend(change) {
    this.state = change(this.state);
    this.run?.amend(change);
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
   * Send a request that is answered with a stream, and follow it; then whatever client tools ask for.
   * @param {ChatKitRequest} request
   */
  send(request) {
    return this.#send({ key: newKey(), request, at: Date.now() });
  }

  /**
   * It waits for the thread that is being opened and for the answer that comes: one after the other.
   * @param {Pending} pending
   * @param {object} [visit] what was shown when it was asked for
   */
  async #send(pending, visit = this.#visit) {
    if (this.#sent && !this.busy) this.pending.forget(this.#sent.key); // given up for this one
    this.pending.keep(pending);
    for (let each = this.#occupied; each; each = this.#occupied) {
      await each;
      if (visit === this.#visit) pending = this.#intoThread(pending);
    }
    if (visit !== this.#visit) return this.#deliver(pending);
    const { key, request } = (this.#sent = pending);
    await this.#follow((signal) => sendAndFollow(this.api, request, key, signal), key);
  }

  /** A message that waited for the answer that its thread began with. @param {Pending} pending */
  #intoThread(pending) {
    const { type, params } = pending.request;
    if (type !== 'threads.create' || !this.threadId) return pending;
    const into = { ...pending, request: requests.addUserMessage(this.threadId, /** @type {MessageInput} */ (params.input)) };
    this.pending.keep(into);
    return into;
  }

  /** What is on its way, an answer or a thread that is being opened: settles when it is here. */
  get #occupied() {
    if (this.run) return this.#followed;
    return this.loading && !this.state.thread ? this.#fetched : null;
  }

  /** Send what another thread is still to get. @param {Pending} pending */
  #deliver({ key, request }) {
    const run = new Run(this, key);
    run.leave();
    void run.follow(sendAndFollow(this.api, request, key, run.signal));
  }

  /** @param {(signal: AbortSignal) => AsyncIterable<import('../protocol/follower.js').Told>} told @param {string} [key] */
  async #follow(told, key) {
    this.state = { ...this.state, error: null };
    this.failure = null;
    const run = new Run(this, key);
    this.run = run;
    this.host.changed();
    await (this.#followed = run.follow(told(run.signal)));
    if (this.run !== run) return;
    this.run = null;
    this.host.changed();
    await this.#answerTool(run.status);
    if (this.#behind) await this.refresh();
  }

  /** @param {string} status */
  async #answerTool(status) {
    const call = status === 'completed' ? waitingTool(this.state.items) : null;
    const { threadId } = this;
    const visit = this.#visit;
    if (!call || !threadId) return;
    await inOneTab(call, async () => {
      if (!(await stillWaits(this.api, threadId, call))) return this.catchUp();
      const result = await runClientTool(this.options, call, (error) => this.host.emit('error', { error }));
      const request = requests.addClientToolOutput(threadId, result);
      await this.#send({ key: newKey(), request, at: Date.now() }, visit);
    });
  }

  /**
   * @param {string} threadId
   * @param {boolean} told whether the page hears of it
   * @param {boolean} [follows] whether to follow the turn that runs there
   */
  #load(threadId, told, follows = true) {
    this.#opening.abort();
    this.#opening = new AbortController();
    this.loading = true;
    this.#behind = false;
    this.host.changed();
    if (told) this.host.emit('thread.load.start', { threadId });
    return (this.#fetched = this.#fetch(threadId, told, follows, this.#opening.signal));
  }

  /** @param {string} threadId @param {boolean} told @param {boolean} follows @param {AbortSignal} signal */
  async #fetch(threadId, told, follows, signal) {
    try {
      const { thread, items, older, turnId } = await loadThread(this.api, threadId, signal, (failure, attempt) => this.#waits(failure, attempt));
      if (!olderThan(this.state, items).length) this.older = older;
      this.#amend((state) => refreshed(state, thread, items));
      this.failure = null;
      if (told) this.announce(threadId);
      if (this.busy || !follows) return;
      if (turnId) void this.#follow((each) => followTurn(this.api, turnId, each));
      else if (told) void this.#answerTool('completed');
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

  /** Another tab sent something into a thread. @param {string} threadId */
  #elsewhere(threadId) {
    if (threadId === this.threadId) void this.catchUp();
  }
}
