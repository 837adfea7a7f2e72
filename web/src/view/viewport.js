/**
 * Where one reads in a thread: which items are near enough to be drawn, what stays in its place when
 * something above it grows, and whether the newest is followed.
 */

import { between, Heights, rowsOf } from './window.js';

/**
 * @typedef {import('../wire.js').Item} Item
 * @typedef {import('./thread.js').ThreadView} ThreadView
 */

/** This near to the end, in pixels, the reader wants to stay there. */
const NEAR = 80;
/** This near to the beginning older items are fetched. */
const EARLY = 600;
/** A thread of so many items is drawn as a whole: the browser's own search then finds all of it. */
const WHOLE = 24;
/** So many screens above and below the one that is seen are drawn too. */
const MARGIN = 1;
/** So many items that were used last stay drawn: what was typed and opened there is kept. */
const MOST_USED = 20;

/** @typedef {import('lit').ReactiveController} ReactiveController */

/** @implements {ReactiveController} */
export class Viewport {
  /** Whether the reader is away from the end. */
  away = false;

  #host;
  #heights = new Heights();
  /** Whether the reader wants to see what comes. */
  #follows = true;
  /** What must not move: an item, and how far its top is below the top of the view. @type {{id: string, offset: number} | null} */
  #anchor = null;
  #top = 0;
  /** The height of the view; a usual one until it is known. */
  #height = 900;
  /** @type {string | null | undefined} */
  #thread = undefined;
  /** Ids of items that were used, the last one last. @type {Set<string>} */
  #used = new Set();
  /** @type {Set<string>} */
  #drawn = new Set();
  /** @type {Set<Element>} */
  #observed = new Set();
  #sizes = new ResizeObserver((entries) => this.#resized(entries));
  #fetching = false;

  /** @param {ThreadView} host */
  constructor(host) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected() {
    this.#host.requestUpdate();
  }

  hostDisconnected() {
    this.#sizes.disconnect();
    this.#observed.clear();
  }

  /** What is drawn of a thread. @param {string | null} thread @param {readonly Item[]} items */
  rows(thread, items) {
    if (thread !== this.#thread) this.#begin(thread);
    const tops = this.#heights.tops(items);
    const drawn = this.#near(items, tops);
    const rows = rowsOf(items, tops, drawn);
    this.#drawn = new Set(rows.map((row) => row.key));
    return rows;
  }

  /** Another thread is read from its end. The message that opens a new one is its first. @param {string | null} thread */
  #begin(thread) {
    if (this.#thread !== null) {
      this.#heights = new Heights();
      this.#used.clear();
      this.#drawn.clear();
      this.#anchor = null;
      this.#follows = true;
    }
    this.#thread = thread;
  }

  /** @param {readonly Item[]} items @param {Float64Array} tops @returns {(at: number) => boolean} */
  #near(items, tops) {
    if (items.length <= WHOLE) return () => true;
    const end = tops[items.length];
    const room = this.#height * MARGIN;
    const anchor = items.findIndex(({ id }) => id === this.#anchor?.id);
    const top = anchor < 0 ? this.#top : tops[anchor] - (this.#anchor?.offset ?? 0);
    const [from, to] = between(tops, top - room, top + this.#height + room);
    // Who follows sees the end next, wherever the view still is.
    const [tail] = this.#follows ? between(tops, end - this.#height - room, end) : [items.length];
    const kept = document.getSelection()?.toString() ? this.#drawn : null;
    return (at) => (at >= from && at < to) || at >= tail || this.#used.has(items[at].id) || !!kept?.has(items[at].id);
  }

  /** An item in use stays drawn. @param {Event} event */
  use(event) {
    const view = /** @type {import('./item.js').ItemView | null} */ (/** @type {Element} */ (event.target).closest('turnstream-item'));
    if (!view) return;
    const { id } = view.item;
    this.#used.delete(id);
    this.#used.add(id);
    if (this.#used.size > MOST_USED) this.#used.delete(/** @type {string} */ (this.#used.values().next().value));
  }

  hostUpdated() {
    /** @type {Set<Element>} */
    const now = new Set([this.#log, this.#scroll, ...this.#elements()]);
    for (const each of this.#observed) if (!now.has(each)) this.#sizes.unobserve(each);
    for (const each of now) if (!this.#observed.has(each)) this.#sizes.observe(each);
    this.#observed = now;
  }

  get #scroll() {
    return /** @type {HTMLElement} */ (this.#host.renderRoot.querySelector('.scroll'));
  }

  get #log() {
    return /** @type {HTMLElement} */ (this.#host.renderRoot.querySelector('.log'));
  }

  #elements() {
    return /** @type {NodeListOf<import('./item.js').ItemView>} */ (this.#host.renderRoot.querySelectorAll('turnstream-item'));
  }

  /** All that changes its height is heard here, before it is seen. @param {ResizeObserverEntry[]} entries */
  #resized(entries) {
    for (const { target, borderBoxSize } of entries) {
      const { item } = /** @type {import('./item.js').ItemView} */ (target);
      if (item) this.#heights.note(item.id, borderBoxSize[0].blockSize);
    }
    if (this.#stays) this.toEnd();
    else this.#placed();
    void this.#older();
  }

  /** Whether the view stays at the end. While an answer grows the page decides: `thread.autoScroll`. */
  get #stays() {
    return this.#follows && (!this.#host.busy || this.#host.env.options.thread?.autoScroll === true);
  }

  /** The reader scrolled, or something was drawn: keep the anchor in its place and look what is near. */
  moved() {
    this.#placed();
    void this.#older();
  }

  #placed() {
    const scroll = this.#scroll;
    this.#hold(scroll);
    const left = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight;
    // Who scrolls up leaves the end. It also moves away when something grows, which counts only
    // where the page does not want to follow.
    if (left < NEAR) this.#follows = true;
    else if (scroll.scrollTop < this.#top - 1 || !this.#stays) this.#follows = false;
    this.#noted(scroll);
    this.#look(left > scroll.clientHeight / 2);
  }

  /** What grew above the anchor has moved it: scroll by as much. @param {HTMLElement} scroll */
  #hold(scroll) {
    const anchor = this.#anchor && [...this.#elements()].find(({ item }) => item.id === this.#anchor?.id);
    if (!anchor || !this.#anchor) return;
    const scrolled = scroll.scrollTop - this.#top;
    const shift = offsetOf(anchor, scroll) - (this.#anchor.offset - scrolled);
    if (Math.abs(shift) < 1) return;
    scroll.scrollTop += shift;
    this.#top += shift;
  }

  /** Remember where one reads: the first item that is in view. @param {HTMLElement} scroll */
  #noted(scroll) {
    this.#top = scroll.scrollTop;
    this.#height = scroll.clientHeight || this.#height;
    const first = [...this.#elements()].find((each) => each.offsetHeight && offsetOf(each, scroll) + each.offsetHeight > 0);
    this.#anchor = first ? { id: first.item.id, offset: offsetOf(first, scroll) } : null;
  }

  /** Draw again if others are near now; with the next frame, as sizes are not to change while they are heard. @param {boolean} away */
  #look(away) {
    const { items } = this.#host.state;
    const near = this.#near(items, this.#heights.tops(items));
    const same = away === this.away && items.every(({ id }, at) => near(at) === this.#drawn.has(id));
    this.away = away;
    if (!same) requestAnimationFrame(() => this.#host.requestUpdate());
  }

  /** Show the newest item. @param {boolean} [smooth] */
  toEnd(smooth = false) {
    const scroll = this.#scroll;
    this.#follows = true;
    const left = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight;
    const still = left > 3 * scroll.clientHeight || matchMedia('(prefers-reduced-motion: reduce)').matches;
    scroll.scrollTo({ top: scroll.scrollHeight, behavior: smooth && !still ? 'smooth' : 'instant' });
    this.#noted(scroll);
    this.#look(false);
  }

  /** Older items come before one reaches the first, and again if they take no room. */
  async #older() {
    const { session } = this.#host.env;
    while (this.#scroll && this.#scroll.scrollTop < EARLY && session.older && !this.#fetching) {
      const { older } = session;
      this.#fetching = true;
      await session.fetchOlder();
      await this.#host.updateComplete;
      this.#fetching = false;
      if (session.older === older) return;
      this.#placed();
    }
  }
}

/** @param {HTMLElement} element @param {HTMLElement} scroll */
const offsetOf = (element, scroll) => element.getBoundingClientRect().top - scroll.getBoundingClientRect().top;
