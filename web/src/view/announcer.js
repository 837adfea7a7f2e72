/**
 * `<turnstream-announcer>`: says to screen readers what happens in the thread. A live region that has
 * each token would be a stammer: it gets whole sentences, a few together.
 */

import { html } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { define } from './define.js';
import { Part } from './part.js';
import { Speech } from './speech.js';

/** Sentences that come within this time, in milliseconds, are said together. */
const PAUSE = 700;
/** Older lines go: a reader that comes by here hears the newest only. */
const MOST = 4;

export class Announcer extends Part {
  static properties = { ...Part.properties, state: {}, busy: { type: Boolean }, stopping: { type: Boolean }, lines: { state: true } };

  /** @type {import('../thread/state.js').ThreadState} */
  state = /** @type {any} */ (undefined);
  busy = false;
  stopping = false;
  /** @type {readonly {id: number, text: string}[]} */
  lines = [];

  #answering = false;
  #stopped = false;
  #speech = /** @type {Speech | null} */ (null);
  #timer = 0;

  render() {
    return html`<div class="unseen" aria-live="polite">${repeat(this.lines, (line) => line.id, ({ text }) => html`<p>${text}</p>`)}</div>`;
  }

  /** @param {import('lit').PropertyValues} changed */
  willUpdate(changed) {
    if (this.stopping) this.#stopped = true;
    if (!changed.has('state') && !changed.has('busy')) return;
    if (this.busy && !this.#answering) this.#begin();
    else if (!this.busy && this.#answering) this.#end();
    else if (this.busy && !this.#timer) this.#timer = window.setTimeout(() => this.#listen(), PAUSE);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  #begin() {
    const { t, locale } = this.env;
    this.#answering = true;
    this.#stopped = false;
    this.#speech = new Speech(locale, t('codeBlock'));
    for (const { id, text } of this.#texts()) this.#speech.skip(id, text);
    this.#say(t('answering'));
  }

  #end() {
    const { t } = this.env;
    clearTimeout(this.#timer);
    this.#listen();
    this.#answering = false;
    if (!this.state.error) this.#say(t(this.#stopped ? 'answerStopped' : 'answerDone'));
  }

  #listen() {
    this.#timer = 0;
    for (const { id, text, done } of this.#texts()) this.#say(this.#speech?.take(id, text, done) ?? '');
  }

  #texts() {
    return this.state.items.flatMap((item) =>
      item.type === 'assistant_message'
        ? { id: item.id, text: item.content.map((part) => part.text).join('\n\n'), done: !this.state.open.includes(item.id) }
        : [],
    );
  }

  /** @param {string} text */
  #say(text) {
    if (text) this.lines = [...this.lines, { id: (this.lines.at(-1)?.id ?? 0) + 1, text }].slice(-MOST);
  }
}

define('turnstream-announcer', Announcer);
