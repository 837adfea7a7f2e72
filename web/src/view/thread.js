/** `<turnstream-thread>`: the items of a thread, its progress, errors and notices, and where one reads. */

import { css, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { define } from './define.js';
import { Part } from './part.js';
import { problemText } from './problem-text.js';
import { styles } from './set-styles.js';
import { Viewport } from './viewport.js';
import './item.js';
import './notices.js';
import '../icons/icon.js';

export class ThreadView extends Part {
  static properties = { ...Part.properties, state: {}, busy: { type: Boolean }, loading: { type: Boolean }, offline: { type: Boolean }, stopping: { type: Boolean } };
  static styles = [
    ...Part.styles,
    css`
      :host { display: block; position: relative; min-block-size: 0; flex: 1; }
      .scroll { block-size: 100%; overflow-y: auto; overflow-anchor: none; overscroll-behavior: contain; scrollbar-width: thin; scrollbar-color: var(--ts-line) transparent; }
      .log { max-inline-size: var(--ts-width, 46rem); margin-inline: auto; padding: var(--ts-6) var(--ts-5) var(--ts-8); }
      /* Its height is measured with the room below it. */
      turnstream-item { padding-block-end: var(--ts-5); }
      .progress, .error, .skeleton { margin-block-end: var(--ts-5); }
      .progress { display: flex; align-items: center; gap: var(--ts-2); color: var(--ts-muted); font-size: var(--ts-text-sm); }
      .shine { background: linear-gradient(100deg, var(--ts-muted) 40%, var(--ts-foreground) 50%, var(--ts-muted) 60%) 0 0 / 250% 100%; background-clip: text; color: transparent; animation: shine 1.8s linear infinite; }
      @keyframes shine { from { background-position: 130% 0; } to { background-position: -30% 0; } }
      @media (prefers-reduced-motion: reduce) { .shine { color: var(--ts-muted); background: none; } }
      @media (forced-colors: active) { .shine { color: CanvasText; background: none; } }
      .error { display: flex; align-items: center; gap: var(--ts-3); padding: var(--ts-3) var(--ts-4); border-radius: var(--ts-radius-md); color: var(--ts-danger); background: color-mix(in oklab, var(--ts-danger) 8%, var(--ts-background)); font-size: var(--ts-text-sm); }
      .error span { flex: 1; overflow-wrap: anywhere; }
      .down { position: absolute; inset-block-end: var(--ts-3); inset-inline: 0; margin-inline: auto; inline-size: 36px; block-size: 36px; display: grid; place-items: center; border-radius: 999px; background: var(--ts-raised); border: 1px solid var(--ts-line); box-shadow: var(--ts-shadow); }
      .skeleton { display: grid; gap: var(--ts-3); }
      .skeleton i { block-size: 0.9em; border-radius: 6px; background: var(--ts-softer); animation: breathe 1.4s ease-in-out infinite alternate; }
      .skeleton i:nth-child(1) { inline-size: 45%; justify-self: end; block-size: 2.4em; border-radius: var(--ts-radius-lg); margin-block-end: var(--ts-4); }
      .skeleton i:nth-child(3) { inline-size: 92%; }
      .skeleton i:nth-child(4) { inline-size: 64%; }
      @keyframes breathe { to { opacity: 0.45; } }
    `,
  ];

  /** @type {import('../thread/state.js').ThreadState} */
  state = /** @type {any} */ (undefined);
  busy = false;
  loading = false;
  /** Whether nobody answers right now. */
  offline = false;
  stopping = false;

  #viewport = new Viewport(this);
  /** The thread that was shown from its end, and the message written here that was. @type {string | null | undefined} */
  #shown = undefined;
  #said = 0;

  render() {
    const { t } = this.env;
    const { items, open, error, notices } = this.state;
    const { feedback = false, retry = false } = this.env.options.threadItemActions ?? {};
    const view = this.#viewport;
    return html`<div class="scroll" @scroll=${() => view.moved()}>
        <div class="log" role="log" aria-label=${t('chat')} aria-live="off" tabindex="-1"
          @pointerdown=${this.#use} @click=${this.#use} @input=${this.#use} @focusin=${this.#use}>
          ${this.loading && !items.length ? this.#skeleton() : nothing}
          ${repeat(
            view.rows(this.state.thread?.id ?? null, items),
            (row) => row.key,
            (row) =>
              row.item
                ? html`<turnstream-item .item=${row.item} .env=${this.env} .live=${open.includes(row.item.id)}
                    .domains=${this.state.thread?.allowed_image_domains ?? null}
                    .actions=${this.#actions(row.at, feedback, retry)}></turnstream-item>`
                : html`<div ${styles({ 'block-size': `${row.height}px` })}></div>`,
          )}
          ${this.#progress()}
          ${error ? this.#error(error) : nothing}
          <turnstream-notices .env=${this.env} .notices=${notices}></turnstream-notices>
        </div>
      </div>
      ${view.away
        ? html`<button class="down" aria-label=${t('scrollDown')} title=${t('scrollDown')} @click=${() => view.toEnd(true)}>
            <turnstream-icon name="arrow-down"></turnstream-icon>
          </button>`
        : nothing}`;
  }

  /** The last item of a finished answer has buttons below it. @param {number} at @param {boolean} feedback @param {boolean} retry */
  #actions(at, feedback, retry) {
    const { items } = this.state;
    if (items[at].type === 'user_message') return null;
    let last = items.length - 1;
    if (at === last && this.busy) return null;
    last = at + 1;
    while (last < items.length && items[last].type === 'end_of_turn') last++;
    const ends = last >= items.length || items[last].type === 'user_message';
    if (!ends || items[at].type === 'end_of_turn') return null;
    return `${feedback ? 'f' : ''}${retry ? 'r' : ''}c`;
  }

  #progress() {
    const { progress, items, open } = this.state;
    const { t } = this.env;
    if (!this.busy) return nothing;
    if (this.offline) return html`<div class="progress" role="status"><turnstream-icon name="wifi-off"></turnstream-icon>${t('offline')}</div>`;
    if (this.stopping) return html`<div class="progress"><span class="shine">${t('stopping')}</span></div>`;
    if (progress) {
      return html`<div class="progress" role="status">
        ${progress.icon ? html`<turnstream-icon name=${progress.icon}></turnstream-icon>` : nothing}<span class="shine">${progress.text}</span>
      </div>`;
    }
    const last = items.at(-1);
    const waiting = !last || last.type === 'user_message' || !open.length;
    return waiting ? html`<div class="progress"><span class="shine">${t('thinking')}</span></div>` : nothing;
  }

  /** @param {NonNullable<import('../thread/state.js').ThreadState['error']>} error */
  #error({ message, allowRetry, failure }) {
    const { t, session } = this.env;
    return html`<div class="error" role="alert">
      <turnstream-icon name="circle-alert"></turnstream-icon><span>${message ?? (failure ? problemText(failure, t, 'failed') : t('failed'))}</span>
      ${allowRetry ? html`<button class="button" @click=${() => session.retry()}>${t('retry')}</button>` : nothing}
    </div>`;
  }

  #skeleton() {
    return html`<div class="skeleton" aria-hidden="true"><i></i><i></i><i></i><i></i></div>`;
  }

  /** @param {Event} event */
  #use = (event) => this.#viewport.use(event);

  updated() {
    const id = this.state.thread?.id ?? null;
    const { said } = this.env.session;
    if (!this.state.items.length || (id === this.#shown && said === this.#said)) return;
    this.#shown = id;
    this.#said = said;
    this.#viewport.toEnd();
  }
}

define('turnstream-thread', ThreadView);
