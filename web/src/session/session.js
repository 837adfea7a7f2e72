/** One chat: the turn that runs in the open thread, and what the user can do. No DOM. */

import { newKey, PendingRequests } from '../protocol/pending.js';
import * as requests from '../protocol/requests.js';
import { isLocal, upTo, withLocal } from '../thread/state.js';
import { inOneTab, runClientTool, stillWaits, waitingTool } from './client-tools.js';
import { followTurn, sendAndFollow } from '../protocol/follower.js';
import { OpenThread } from './open-thread.js';
import { Run } from './run.js';
import { Tabs } from './tabs.js';

/**
 * @typedef {import('@openai/chatkit').ChatKitOptions} ChatKitOptions
 * @typedef {import('../thread/state.js').ThreadState} ThreadState
 * @typedef {import('../wire.js').ChatKitRequest} ChatKitRequest
 * @typedef {import('../wire.js').MessageInput} MessageInput
 * @typedef {import('./open-thread.js').Host} Host
 * @typedef {import('../protocol/pending.js').Pending} Pending
 */

export class ChatSession extends OpenThread {
  /** The turn that runs. @type {Run | null} */
  run = null;
  /** How many messages were written here. */
  said = 0;

  /** What was sent last, should it have to be sent again. @type {Pending | null} */
  #sent = null;
  /** Another object after every `open`: whoever waited knows that another thread is shown. */
  #visit = {};
  /** Settles when the run is over. @type {Promise<void>} */
  #followed = Promise.resolve();

  /**
   * @param {ChatKitOptions} options
   * @param {string} locale
   * @param {Host} host
   * @param {string | null} [announced] the thread that the page was told of last
   */
  constructor(options, locale, host, announced = null) {
    super(options, locale, host, announced);
    this.pending = new PendingRequests(this.api.url, host.place);
    this.tabs = new Tabs(this.api.url, (threadId) => this.#elsewhere(threadId));
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
    if (threadId) await this.load(threadId, true, false);
    if (this.wanted !== (threadId ?? null)) return this.#deliver(shown); // the user went elsewhere
    const { shown: message } = shown;
    if (message) this.amend((state) => withLocal(state, message));
    return this.#send(shown);
  }

  /** Let go of everything: no request and no listener is left. The turn itself goes on. */
  close() {
    this.letGo();
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
    this.#visit = {};
    await this.show(threadId);
  }

  /** Go on with what runs in a thread that was fetched. @param {string | null} turnId @param {boolean} told */
  loaded(turnId, told) {
    if (turnId) void this.#follow((each) => followTurn(this.api, turnId, each));
    else if (told) void this.#answerTool('completed');
  }

  /** @param {(state: ThreadState) => ThreadState} change */
  amend(change) {
    super.amend(change);
    this.run?.amend(change);
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
    this.amend((state) => withLocal(state, shown));
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
    this.amend((state) => upTo(state, item.id));
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
    return this.loading && !this.state.thread ? this.fetched : null;
  }

  /** Send what another thread is still to get. @param {Pending} pending */
  #deliver({ key, request }) {
    const run = new Run(this, key);
    run.leave();
    void run.follow(sendAndFollow(this.api, request, key, run.signal));
  }

  /** @param {(signal: AbortSignal) => AsyncIterable<import('../protocol/follower.js').Told>} told @param {string} [key] */
  async #follow(told, key) {
    this.amend((state) => ({ ...state, error: null }));
    this.failure = null;
    const run = new Run(this, key);
    this.run = run;
    this.host.changed();
    await (this.#followed = run.follow(told(run.signal)));
    if (this.run !== run) return;
    this.run = null;
    this.host.changed();
    await this.#answerTool(run.status);
    if (this.behind) await this.refresh();
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

  /** Another tab sent something into a thread. @param {string} threadId */
  #elsewhere(threadId) {
    if (threadId === this.threadId) void this.catchUp();
  }
}
