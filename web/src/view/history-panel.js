/** `<turnstream-history>`: the user's threads, to open, search, rename and delete. */

import { css, html, nothing } from 'lit';
import { moveFocus } from './arrow-keys.js';
import { define } from './define.js';
import { Part } from './part.js';
import { problemText } from './problem-text.js';
import '../icons/icon.js';

/** @typedef {import('../wire.js').Thread} Thread */

export class HistoryPanel extends Part {
  static properties = { ...Part.properties, tick: {}, current: {}, query: { state: true }, editing: { state: true }, deleting: { state: true } };
  static styles = [
    ...Part.styles,
    css`
      :host { position: absolute; inset: 0; z-index: 3; display: flex; }
      .shade { position: absolute; inset: 0; background: rgb(0 0 0 / 28%); animation: fade var(--ts-slow) var(--ts-ease); }
      .panel { position: relative; display: flex; flex-direction: column; inline-size: min(20rem, 86%); background: var(--ts-background); border-inline-end: 1px solid var(--ts-line); box-shadow: var(--ts-shadow-high); animation: slide var(--ts-slow) var(--ts-ease); }
      @keyframes slide { from { translate: -24px 0; opacity: 0; } }
      @keyframes fade { from { opacity: 0; } }
      :host(:dir(rtl)) .panel { animation-name: fade; }
      .head { display: flex; align-items: center; gap: var(--ts-2); padding: var(--ts-2); padding-inline-start: var(--ts-4); min-block-size: 52px; }
      h2 { flex: 1; font-size: var(--ts-text-sm); font-weight: 650; }
      .search { display: flex; align-items: center; gap: var(--ts-2); margin: 0 var(--ts-3) var(--ts-2); padding-inline: var(--ts-3); border-radius: var(--ts-radius-control); background: var(--ts-soft); color: var(--ts-muted); font-size: var(--ts-text-sm); }
      .search:focus-within { outline: var(--ts-focus); }
      .search input { flex: 1; min-inline-size: 0; border: 0; background: none; block-size: 36px; color: var(--ts-foreground); }
      .search input:focus-visible { outline: none; }
      .list { flex: 1; overflow-y: auto; padding: 0 var(--ts-2) var(--ts-4); scrollbar-width: thin; }
      h3 { padding: var(--ts-4) var(--ts-3) var(--ts-1); font-size: var(--ts-text-xs); font-weight: 600; color: var(--ts-muted); }
      ul { list-style: none; }
      li { display: flex; align-items: center; border-radius: var(--ts-radius-sm); font-size: var(--ts-text-sm); }
      li:hover, li:focus-within { background: var(--ts-soft); }
      li[aria-current='true'] { background: var(--ts-softer); }
      .open { flex: 1; min-inline-size: 0; padding: var(--ts-2) var(--ts-3); min-block-size: 38px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; border-radius: inherit; }
      .more { opacity: 0; }
      li:hover .more, li:focus-within .more { opacity: 1; }
      @media (hover: none) { .more { opacity: 1; } }
      li form { flex: 1; display: flex; gap: var(--ts-1); padding: var(--ts-1); }
      li form input { flex: 1; min-inline-size: 0; padding: var(--ts-1) var(--ts-2); border: 1px solid var(--ts-line-strong); border-radius: var(--ts-radius-sm); background: var(--ts-background); }
      li form input:focus-visible { outline-offset: -1px; }
      .empty { padding: var(--ts-8) var(--ts-4); text-align: center; color: var(--ts-muted); font-size: var(--ts-text-sm); display: grid; gap: var(--ts-3); justify-items: center; }
      .question { flex: 1; padding: var(--ts-3); display: grid; gap: var(--ts-3); }
      .question div { display: flex; gap: var(--ts-2); }
      .button.risky { background: var(--ts-danger); color: var(--ts-background); border-color: transparent; }
      .button.risky:hover { background: color-mix(in oklab, var(--ts-danger) 85%, var(--ts-foreground)); }
    `,
  ];

  /** Changes when the list does. */
  tick = 0;
  /** The open thread. @type {string | null} */
  current = null;
  query = '';
  /** The thread that gets another title. @type {string | null} */
  editing = null;
  /** The thread that is about to be deleted. @type {string | null} */
  deleting = null;

  render() {
    const { t } = this.env;
    return html`<div class="shade" @click=${() => this.tell('history-toggle')}></div>
      <div class="panel" role="dialog" aria-modal="true" aria-label=${t('history')} @keydown=${this.#key}>
        <div class="head">
          <h2>${t('history')}</h2>
          <button class="quiet" aria-label=${t('closeHistory')} title=${t('closeHistory')} @click=${() => this.tell('history-toggle')}>
            <turnstream-icon name="x"></turnstream-icon>
          </button>
        </div>
        <label class="search"><turnstream-icon name="search"></turnstream-icon>
          <input type="search" aria-label=${t('searchHistory')} placeholder=${t('searchHistory')} .value=${this.query}
            @input=${this.#search} /></label>
        <div class="list">${this.#list()}</div>
        <span class="unseen" role="status">${this.query.trim() ? t('found', { count: this.#found().length }) : ''}</span>
      </div>`;
  }

  #list() {
    const { t, history } = this.env;
    const { loading, failure } = history;
    if (failure) {
      return html`<div class="empty" role="alert">${problemText(failure, t)}<button class="button" @click=${() => history.reload()}>${t('retry')}</button></div>`;
    }
    const found = this.#found();
    if (!found.length && !loading && !(this.query.trim() && history.hasMore)) return html`<div class="empty">${t(this.query.trim() ? 'noMatch' : 'noThreads')}</div>`;
    return html`${groups(found).map(
      ([name, members]) => html`<h3>${t(name)}</h3><ul>${members.map((thread) => this.#row(thread))}</ul>`,
    )}
    ${history.hasMore ? html`<div class="empty"><button class="button" ?disabled=${loading} @click=${() => history.more()}>${t('more')}</button></div>` : nothing}
    ${loading && !found.length ? html`<div class="empty"><turnstream-icon class="spin" name="loader-circle"></turnstream-icon></div>` : nothing}`;
  }

  /** @param {Event} event */
  #search(event) {
    this.query = /** @type {HTMLInputElement} */ (event.target).value;
    if (this.query.trim()) void this.env.history.all();
  }

  /** Those with the query in their title. */
  #found() {
    const query = this.query.trim().toLowerCase();
    return this.env.history.threads.filter((thread) => this.#title(thread).toLowerCase().includes(query));
  }

  /** @param {Thread} thread */
  #title(thread) {
    return thread.title || this.env.t('untitled');
  }

  /** @param {Thread} thread */
  #row(thread) {
    const { t } = this.env;
    const title = this.#title(thread);
    if (this.editing === thread.id) {
      return html`<li data-id=${thread.id}><form @submit=${(/** @type {Event} */ event) => this.#rename(event, thread)}>
        <input name="title" aria-label=${t('title')} maxlength="200" dir="auto" .value=${thread.title ?? ''} />
        <button class="quiet small" aria-label=${t('save')} title=${t('save')}><turnstream-icon name="check"></turnstream-icon></button>
      </form></li>`;
    }
    if (this.deleting === thread.id) {
      return html`<li data-id=${thread.id}><div class="question" role="alertdialog" aria-label=${t('delete')}>
        <span>${t('deleteQuestion', { title })}</span>
        <div>
          <button class="button risky" @click=${() => this.#delete(thread)}>${t('delete')}</button>
          <button class="button" @click=${() => (this.deleting = null)}>${t('cancel')}</button>
        </div>
      </div></li>`;
    }
    const { showRename = true, showDelete = true } = this.env.options.history ?? {};
    return html`<li data-id=${thread.id} aria-current=${thread.id === this.current}>
      <button class="open" title=${title} @click=${() => this.tell('thread-chosen', thread.id)}><bdi>${title}</bdi></button>
      ${showRename ? this.#action('pencil', `${t('rename')}: ${title}`, () => this.#edit(thread.id)) : nothing}
      ${showDelete ? this.#action('trash-2', `${t('delete')}: ${title}`, () => (this.deleting = thread.id)) : nothing}
    </li>`;
  }

  /** @param {string} icon @param {string} label @param {() => void} act */
  #action(icon, label, act) {
    return html`<button class="quiet small more" aria-label=${label} title=${label} @click=${act}><turnstream-icon name=${icon}></turnstream-icon></button>`;
  }

  /** @param {string} threadId */
  async #edit(threadId) {
    this.editing = threadId;
    await this.updateComplete;
    /** @type {HTMLInputElement | null} */ (this.renderRoot.querySelector('input[name=title]'))?.select();
  }

  /** @param {Event} event @param {Thread} thread */
  async #rename(event, thread) {
    event.preventDefault();
    const title = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get('title') ?? '').trim();
    this.editing = null;
    if (title && title !== thread.title) await this.#tried(this.env.history.rename(thread.id, title));
  }

  /** @param {Thread} thread */
  async #delete(thread) {
    this.deleting = null;
    await this.#tried(this.env.history.delete(thread.id));
  }

  /** @param {Promise<void>} act */
  async #tried(act) {
    await act.catch((error) => this.env.emit('error', { error }));
    this.requestUpdate();
  }

  firstUpdated() {
    this.renderRoot.querySelector('input')?.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === 'Escape') {
      event.stopPropagation();
      if (this.editing || this.deleting) this.editing = this.deleting = null;
      else this.tell('history-toggle');
    }
    if (event.key === 'Tab') this.#stay(event);
    else this.#walk(event);
  }

  /** Up and down through the threads, from the search downwards. @param {KeyboardEvent} event */
  #walk(event) {
    const list = /** @type {NodeListOf<HTMLElement>} */ (this.renderRoot.querySelectorAll('.open'));
    const inSearch = event.target instanceof HTMLInputElement && event.target.type === 'search';
    if (inSearch && event.key === 'ArrowDown') list[0]?.focus();
    else moveFocus(event, list);
  }

  /** The focus goes to what takes the place of what had it. @param {import('lit').PropertyValues} changed */
  updated(changed) {
    const left = changed.get('editing') ?? changed.get('deleting');
    if (changed.has('deleting') && this.deleting) this.#focus(this.deleting, '.question .button:last-child');
    else if (left && !this.editing && !this.deleting) this.#focus(left, '.open');
  }

  /** @param {string} threadId @param {string} selector */
  #focus(threadId, selector) {
    const row = [...this.renderRoot.querySelectorAll('li')].find((each) => each.dataset.id === threadId);
    const stop = row?.querySelector(selector) ?? this.renderRoot.querySelector('input');
    /** @type {HTMLElement | null} */ (stop)?.focus();
  }

  /** The focus stays inside while the panel is open. @param {KeyboardEvent} event */
  #stay(event) {
    const stops = [...this.renderRoot.querySelectorAll('.panel :is(button, input):not([disabled])')];
    const active = /** @type {ShadowRoot} */ (this.renderRoot).activeElement;
    const leaves = event.shiftKey ? active === stops[0] : active === stops.at(-1);
    if (!leaves) return;
    event.preventDefault();
    /** @type {HTMLElement} */ (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
  }
}

/** @typedef {'today' | 'yesterday' | 'earlier'} Group */

/** Threads by the day they began. @param {readonly Thread[]} threads @returns {[Group, Thread[]][]} */
function groups(threads) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  /** @type {Record<Group, Thread[]>} */
  const by = { today: [], yesterday: [], earlier: [] };
  for (const thread of threads) {
    const at = Date.parse(thread.created_at ?? '') || Date.now();
    by[at >= midnight ? 'today' : at >= midnight - 86_400_000 ? 'yesterday' : 'earlier'].push(thread);
  }
  return /** @type {[Group, Thread[]][]} */ (Object.entries(by).filter(([, members]) => members.length));
}

define('turnstream-history', HistoryPanel);
