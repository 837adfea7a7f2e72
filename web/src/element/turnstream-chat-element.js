/** `<turnstream-chat>`: what a page sees. Its options, methods and events are those of ChatKit.js. */

import { html, LitElement, nothing } from 'lit';
import '../composer/composer.js';
import { ENGLISH, direction, load, nearest } from '../locales/locales.js';
import { Api } from '../protocol/api.js';
import { History } from '../session/history.js';
import { messageOf } from '../session/message.js';
import { ChatSession } from '../session/session.js';
import { base } from '../theme/base.js';
import { ThemeSheet } from '../theme/sheet.js';
import { tokens } from '../theme/tokens.js';
import { lazily } from '../view/lazily.js';
import { problemText } from '../view/problem-text.js';
import '../view/announcer.js';
import '../view/header.js';
import '../view/start-screen.js';
import '../view/thread.js';
import { afterPaint } from './after-paint.js';
import { DEEP_LINK, deepLinkOf, emit } from './events.js';
import { look } from './look.js';
import { Pace } from './pace.js';

/**
 * @typedef {import('@openai/chatkit').ChatKitOptions} ChatKitOptions
 * @typedef {import('@openai/chatkit').OpenAIChatKit} OpenAIChatKit
 * @typedef {import('../view/env.js').Env} Env
 */

/** What replies to selected text is loaded when somebody selects some. */
const loadQuote = () => lazily(() => import('../view/quote.js'));

/** As long, in milliseconds, nothing is shown in English while the visitor's language is on its way. */
const TIMEOUT = 500;

/** @implements {OpenAIChatKit} */
export class TurnstreamChat extends LitElement {
  static properties = { _historyOpen: { state: true } };
  static styles = [tokens, base, look];

  // The names of ChatKit.js's events have types, as in its declarations.
  /** @type {OpenAIChatKit['addEventListener']} */
  addEventListener = super.addEventListener;
  /** @type {OpenAIChatKit['removeEventListener']} */
  removeEventListener = super.removeEventListener;

  _historyOpen = false;
  /** @type {Env | null} */
  #env = null;
  /** @type {Error | null} */
  #wrong = null;
  /** @type {ChatKitOptions | null} */
  #options = null;
  #pace = new Pace(() => this.requestUpdate());
  #theme = new ThemeSheet();
  #translating = false;
  /** The thread that was open when the element left the page. @type {string | null | undefined} */
  #left = undefined;
  /** Settles when the session has begun: what the page asks for comes after that. @type {Promise<void>} */
  #begun = Promise.resolve();

  /**
   * Applies options. They are not merged with those before. What the element shows goes on unless
   * the address of the API changes.
   * @param {ChatKitOptions} options
   */
  setOptions(options) {
    this.#options = options;
    if (this.isConnected) this.#configure();
  }

  async focusComposer() {
    await this.#composer?.focusField();
  }

  /** @param {string | null} threadId */
  async setThreadId(threadId) {
    const session = await this.#ready();
    void this.hideHistory(); // what the page asks for next shall find the thread asked for
    await session.open(threadId);
  }

  /** @type {OpenAIChatKit['sendCustomAction']} */
  async sendCustomAction(action, itemId) {
    await (await this.#ready()).sendAction(action, itemId);
  }

  /** @type {OpenAIChatKit['sendUserMessage']} */
  async sendUserMessage(message) {
    const session = await this.#ready();
    const input = messageOf(message);
    if (message.newThread && session.threadId) await session.open(null);
    void session.sendMessage(input, message.attachments ?? []);
  }

  /** @type {OpenAIChatKit['setComposerValue']} */
  async setComposerValue(value) {
    await this.updateComplete;
    await this.#composer?.setValue(value);
  }

  async showHistory() {
    await this.#ready();
    if (this._historyOpen || this.#options?.history?.enabled === false) return;
    this._historyOpen = true;
    lazily(() => import('../view/history-panel.js'));
    emit(this, 'history.open');
    void this.#env?.history.reload();
  }

  async hideHistory() {
    if (!this._historyOpen) return;
    const focused = /** @type {ShadowRoot} */ (this.renderRoot).activeElement?.localName === 'turnstream-history';
    this._historyOpen = false;
    emit(this, 'history.close');
    await this.updateComplete;
    if (focused) this.#header?.focusHistory();
  }

  async fetchUpdates() {
    await (await this.#ready()).catchUp();
  }

  createRenderRoot() {
    const root = /** @type {ShadowRoot} */ (super.createRenderRoot());
    this.#theme.adoptedBy(root);
    return root;
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener('visibilitychange', this.#seen);
    addEventListener('online', this.#seen);
    document.addEventListener('selectionchange', loadQuote, { once: true });
    if (this.#options) this.#configure();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener('visibilitychange', this.#seen);
    removeEventListener('online', this.#seen);
    this.#pace.stop();
    this.#left = this.#env?.session.threadId;
    this.#env?.session.close();
    this.#env = null;
  }

  /** A page that comes to the front may have slept, and one whose network was away has missed something. */
  #seen = () => {
    if (!document.hidden) void this.#env?.session.refresh();
  };

  /** The session, as soon as it has begun. */
  async #ready() {
    await this.#begun;
    if (!this.#env) throw new Error('turnstream-chat: call setOptions first, with the element in the page');
    return this.#env.session;
  }

  get #header() {
    return /** @type {import('../view/header.js').Header | null} */ (this.renderRoot.querySelector('turnstream-header'));
  }

  get #composer() {
    return /** @type {import('../composer/composer.js').Composer | null} */ (this.renderRoot.querySelector('turnstream-composer'));
  }

  #configure() {
    const options = /** @type {ChatKitOptions} */ (this.#options);
    const locale = nearest(options.locale ?? navigator.languages);
    try {
      const session = this.#sessionFor(options, options.locale ?? navigator.language);
      this.#wrong = null;
      this.#theme.apply(options.theme);
      this.#provide(session, options, locale);
      if (options.history?.enabled === false) void this.hideHistory();
      void this.#translate(locale);
    } catch (error) {
      this.#wrong = /** @type {Error} */ (error);
      emit(this, 'error', { error });
    }
    this.requestUpdate();
  }

  /** The session goes on when only the page's functions are new. @param {ChatKitOptions} options @param {string} locale */
  #sessionFor(options, locale) {
    const before = this.#env?.session;
    if (before && before.api.url === new Api(options.api, locale).url) {
      before.options = options;
      before.api.config = options.api;
      before.api.locale = locale;
      return before;
    }
    const session = new ChatSession(options, locale, this.#host(() => session), before?.threadId);
    before?.close();
    const wanted = this.#left;
    this.#left = undefined;
    this.#begun = afterPaint().then(() => {
      if (this.#env?.session !== session) return;
      emit(this, 'ready');
      void session.start(wanted);
    });
    return session;
  }

  /**
   * What a session may do here, as long as it is the element's.
   * @param {() => ChatSession} session
   * @returns {import('../session/session.js').Host}
   */
  #host(session) {
    const current = () => this.#env?.session === session();
    return {
      place: this.id || String([...document.querySelectorAll(this.localName)].indexOf(this)),
      emit: (name, detail) => void (current() && emit(this, name, detail)),
      changed: () => void (current() && this.#pace.ask()),
    };
  }

  /** @param {ChatSession} session @param {ChatKitOptions} options @param {string} locale @param {import('../locales/locales.js').Texts} [t] */
  #provide(session, options, locale, t = this.#env?.locale === locale ? this.#env.t : ENGLISH) {
    const history = this.#env?.session === session ? this.#env.history : new History(session);
    this.#env = {
      options, session, history, locale, t,
      emit: (name, detail) => emit(this, name, detail),
    };
  }

  /** @param {string} locale */
  async #translate(locale) {
    this.#translating = locale !== 'en' && this.#env?.t === ENGLISH;
    const late = setTimeout(() => this.#translated(), TIMEOUT);
    const t = await load(locale);
    clearTimeout(late);
    if (this.#env?.locale !== locale) return;
    if (this.#env.t !== t) this.#provide(this.#env.session, this.#env.options, locale, t);
    this.#translated();
  }

  #translated() {
    this.#translating = false;
    this.requestUpdate();
  }

  render() {
    const env = this.#env;
    if (this.#wrong) return html`<div class="root"><div class="message" role="alert">${this.#wrong.message}</div></div>`;
    if (!env) return html`<div class="root"></div>`;
    const { options, locale, t } = env;
    return html`<div class="root ${this.#translating ? 'waiting' : ''}" role="region" aria-label=${options.frameTitle ?? t('chat')} lang=${locale} dir=${direction(locale)}
      @keydown=${this.#key} @click=${this.#followed}
      @history-toggle=${() => (this._historyOpen ? this.hideHistory() : this.showHistory())}
      @new-chat=${() => this.setThreadId(null).then(() => this.focusComposer())}
      @thread-chosen=${(/** @type {CustomEvent<string>} */ event) => this.#choose(event.detail)}
      @prompt=${(/** @type {CustomEvent<import('@openai/chatkit').StartScreenPrompt['prompt']>} */ event) => this.#prompt(event.detail)}>
      ${this.#head(env)}${this.#main(env)}
      <div class="foot">${this.#foot(env)}</div>
      <turnstream-quote .env=${env} @quote=${(/** @type {CustomEvent<string>} */ event) => this.setComposerValue({ reply: event.detail }).then(() => this.focusComposer())}></turnstream-quote>
      <turnstream-announcer .env=${env} .state=${env.session.state} .busy=${env.session.busy} .stopping=${env.session.run?.stopping ?? false}></turnstream-announcer>
      ${this._historyOpen
        ? html`<turnstream-history .env=${env} .tick=${Math.random()} .current=${env.session.threadId}></turnstream-history>`
        : nothing}
    </div>`;
  }

  /** @param {Env} env */
  #head(env) {
    if (env.options.header?.enabled === false) return nothing;
    return html`<turnstream-header .env=${env} .thread=${env.session.state.thread} .history=${this._historyOpen}></turnstream-header>`;
  }

  /** @param {Env} env */
  #main(env) {
    const { session, t } = env;
    const { failure, state, loading } = session;
    if (failure && !state.thread && !session.busy) {
      return html`<div class="message" role="alert">${problemText(failure, t)}
        ${session.wanted ? html`<button class="button" @click=${() => this.setThreadId(session.wanted)}>${t('retry')}</button>` : nothing}
        <button class="button" @click=${() => this.setThreadId(null)}>${t('newChat')}</button></div>`;
    }
    if (!state.items.length && !state.thread && !loading && !session.busy) return html`<turnstream-start .env=${env}></turnstream-start>`;
    return html`<turnstream-thread .env=${env} .state=${state} .busy=${session.busy} .loading=${loading} .offline=${session.offline} .stopping=${session.run?.stopping ?? false}></turnstream-thread>`;
  }

  /** @param {Env} env */
  #foot(env) {
    const { session, options } = env;
    const { disclaimer } = options;
    return html`<turnstream-composer .env=${env} .busy=${session.busy} .stoppable=${session.state.allowCancel} .stopping=${session.run?.stopping}
        .status=${session.state.thread?.status ?? null}></turnstream-composer>
      ${disclaimer
        ? html`<turnstream-markdown class="disclaimer ${disclaimer.highContrast ? 'high' : ''}" .text=${disclaimer.text} .env=${env}></turnstream-markdown>`
        : nothing}`;
  }

  /** A prompt of the start screen goes with the tool and the model that are chosen. @param {string | import('@openai/chatkit').UserMessageContent[]} prompt */
  async #prompt(prompt) {
    const { toolId = null, modelId = null } = this.#composer?.takeChoices() ?? {};
    const chosen = { ...(toolId && { toolChoice: { id: toolId } }), ...(modelId && { model: modelId }) };
    await this.sendUserMessage({ ...(typeof prompt === 'string' ? { text: prompt } : { content: prompt }), ...chosen });
  }

  /** A deep link, wherever it stands, is for the page. @param {MouseEvent} event */
  #followed(event) {
    const link = event.composedPath().find((each) => each instanceof HTMLAnchorElement);
    if (!(link instanceof HTMLAnchorElement) || link.protocol !== DEEP_LINK) return;
    event.preventDefault();
    emit(this, 'deeplink', deepLinkOf(link.href));
  }

  /** Escape stops the answer, unless something that is open takes it. @param {KeyboardEvent} event */
  #key(event) {
    const session = this.#env?.session;
    if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing || !session?.busy) return;
    if (session.state.allowCancel) void session.stop();
  }

  /** @param {string} threadId */
  async #choose(threadId) {
    await this.hideHistory();
    await this.setThreadId(threadId);
  }
}

