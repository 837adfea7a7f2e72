/** One chat: the thread that is open, the turn that runs in it, and what the user can do. No DOM. */

import { Api } from '../protocol/api.js';
import { newKey, PendingRequest } from '../protocol/pending.js';
import * as requests from '../protocol/requests.js';
import { EMPTY, isLocal, loaded, upTo, withLocal, withOlder } from '../thread/state.js';
import { runClientTool, waitingTool } from './client-tools.js';
import { followTurn, sendAndFollow } from '../protocol/follower.js';
import { Run } from './run.js';
import { Tabs } from './tabs.js';

/**
 * @typedef {import('@openai/chatkit').ChatKitOptions} ChatKitOptions
 * @typedef {import('../thread/state.js').ThreadState} ThreadState
 * @typedef {import('../wire.js').ChatKitRequest} ChatKitRequest
 * @typedef {import('../wire.js').MessageInput} MessageInput
 *
 * What an element gives to its session. `emit` dispatches an event of ChatKit.js by its name without
 * `chatkit.`; `changed` says that there is something new to draw.
 * @typedef {{emit: (name: string, detail?: any) => void, changed: () => void}} Host
 */

/** Items of one page of a thread: two screens on a desktop. */
const PAGE = 50;

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

  /** What was sent last, should it have to be sent again. @type {{request: ChatKitRequest, key: string} | null} */
  #sent = null;
  /** What the page knows. @type {string | null | undefined} */
  #announced = null;
  #fetchingOlder = false;
  #opening = new AbortController();

  /**
   * @param {ChatKitOptions} options
   * @param {string} locale
   * @param {Host} host
   */
  constructor(options, locale, host) {
    this.options = options;
    this.host = host;
    this.api = new Api(options.api, locale);
    this.pending = new PendingRequest(this.api.url);
    this.tabs = new Tabs(this.api.url, (threadId) => this.#elsewhere(threadId));
  }

  /** The open thread; null for a new one. */
  get threadId() {
    return this.state.thread?.id ?? null;
  }

  /** Whether an answer is on its way. */
  get busy() {
    return this.run !== null;
  }

  /**
   * Begin: go on with what the page before this one sent, or open a thread.
   * @param {string | null} [wanted]
   */
  async start(wanted = this.options.initialThread ?? null) {
    const pending = this.pending.take();
    if (!pending) return this.open(wanted);
    const threadId = /** @type {string | undefined} */ (pending.request.params.thread_id);
    if (threadId) await this.#load(threadId, false);
    return this.send(pending.request, pending.key);
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
    this.state = EMPTY;
    this.older = this.failure = null;
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

  /** Fetch the page of items before those that are here. */
  async fetchOlder() {
    const { threadId, older } = this;
    if (!threadId || !older || this.#fetchingOlder) return;
    this.#fetchingOlder = true;
    try {
      const page = await this.api.document(requests.listItems(threadId, { limit: PAGE, order: 'desc', after: older }));
      if (this.threadId !== threadId) return;
      this.older = page.has_more ? page.after : null;
      this.state = withOlder(this.state, page.data.toReversed());
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
    const { threadId } = this;
    const shown = { content: input.content, attachments, quoted_text: input.quoted_text };
    this.state = withLocal(this.state, { id: '', type: 'user_message', ...shown });
    return this.send(threadId ? requests.addUserMessage(threadId, input) : requests.createThread(input));
  }

  /**
   * Send an action of a widget, or of the page.
   * @param {{type: string, payload?: Record<string, unknown>}} action
   * @param {string} [itemId]
   * @param {boolean} [streaming] false for a short one, which may run beside an answer
   */
  async sendAction(action, itemId, streaming = true) {
    const { threadId } = this;
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
      if (this.#sent) await this.send(this.#sent.request, this.#sent.key);
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
    const { thread } = this.state;
    if (thread?.id === threadId) this.state = { ...this.state, thread: { ...thread, title } };
    this.host.changed();
  }

  /** @param {number} id */
  dismissNotice(id) {
    this.state = { ...this.state, notices: this.state.notices.filter((notice) => notice.id !== id) };
    this.host.changed();
  }

  /** @param {import('../wire.js').ThreadEvent} event */
  apply(event) {
    Run.apply(this, event);
    this.host.changed();
  }

  /**
   * Send a request that is answered with a stream, and follow it; then whatever client tools ask for.
   * @param {ChatKitRequest} request
   * @param {string} [key]
   */
  async send(request, key = newKey()) {
    this.#sent = { request, key };
    this.pending.keep({ key, request, at: Date.now() });
    await this.#follow((signal) => sendAndFollow(this.api, request, key, signal));
  }

  /** @param {(signal: AbortSignal) => AsyncIterable<import('../protocol/follower.js').Told>} told */
  async #follow(told) {
    const run = new Run(this);
    this.run = run;
    this.host.changed();
    await run.follow(told(run.signal));
    if (this.run !== run) return;
    this.run = null;
    this.host.changed();
    await this.#answerTool(run.status);
  }

  /** @param {string} status */
  async #answerTool(status) {
    const call = status === 'completed' ? waitingTool(this.state.items) : null;
    const { threadId } = this;
    if (!call || !threadId) return;
    const result = await runClientTool(this.options, call, (error) => this.host.emit('error', { error }));
    if (this.threadId === threadId && !this.busy) await this.send(requests.addClientToolOutput(threadId, result));
  }

  /**
   * The turn is asked for first: if it ends meanwhile, the thread that is fetched after has all of it.
   * @param {string} threadId
   * @param {boolean} told whether the page hears of it
   */
  async #load(threadId, told) {
    this.#opening.abort();
    const { signal } = (this.#opening = new AbortController());
    this.loading = true;
    this.host.changed();
    if (told) this.host.emit('thread.load.start', { threadId });
    try {
      const turnId = await this.#runningTurn(threadId, signal);
      const [thread, page] = await Promise.all([
        this.api.document(requests.getThread(threadId), signal),
        this.api.document(requests.listItems(threadId, { limit: PAGE, order: 'desc' }), signal),
      ]);
      signal.throwIfAborted();
      const { items: _, ...head } = thread;
      this.state = loaded(head, page.data.toReversed());
      this.older = page.has_more ? page.after : null;
      this.failure = null;
      if (told) this.announce(threadId);
      if (turnId) void this.#follow((each) => followTurn(this.api, turnId, each));
      else if (told) void this.#answerTool('completed');
    } catch (error) {
      if (signal.aborted) return;
      this.failure = /** @type {Error} */ (error);
      this.#announced = undefined;
      this.host.emit('error', { error });
    } finally {
      if (!signal.aborted) {
        this.loading = false;
        if (told) this.host.emit('thread.load.end', { threadId });
        this.host.changed();
      }
    }
  }

  /**
   * The turn that runs in a thread; null when none does, or when the server has no turns.
   * @param {string} threadId
   * @param {AbortSignal} signal
   * @returns {Promise<string | null>}
   */
  async #runningTurn(threadId, signal) {
    try {
      const response = await this.api.route(`threads/${encodeURIComponent(threadId)}/turn`, { signal });
      return (await response.json()).turn_id ?? null;
    } catch {
      signal.throwIfAborted();
      return null;
    }
  }

  /** Another tab sent something into a thread. @param {string} threadId */
  #elsewhere(threadId) {
    if (threadId === this.threadId) void this.refresh();
  }
}
