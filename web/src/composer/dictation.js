/** `<turnstream-dictation>`: records speech, and gives the text that the server heard. Loaded where the page wants it. */

import { css, html, nothing } from 'lit';
import * as requests from '../protocol/requests.js';
import { define } from '../view/define.js';
import { Part } from '../view/part.js';
import { canRecord, clipOf, Recorder } from './recorder.js';
import '../icons/icon.js';

/** A longer recording ends by itself: with what base64 adds it is a body that the gateway takes. */
const LONGEST_MS = 5 * 60_000;
const TICK_MS = 250;

export class Dictation extends Part {
  static properties = { ...Part.properties, phase: { state: true }, problem: { state: true }, seconds: { state: true } };
  static styles = [
    ...Part.styles,
    css`
      :host { display: inline-flex; align-items: center; gap: var(--ts-1); }
      .quiet.on, .quiet.on:hover { color: var(--ts-danger); background: color-mix(in oklab, var(--ts-danger) 12%, var(--ts-background)); }
      .time { min-inline-size: 2.6em; text-align: center; font-size: var(--ts-text-sm); font-variant-numeric: tabular-nums; color: var(--ts-danger); }
      .time::before { content: ''; display: inline-block; inline-size: 8px; block-size: 8px; margin-inline-end: var(--ts-2); border-radius: 999px; background: currentColor; animation: pulse 1s ease-in-out infinite alternate; }
      @keyframes pulse { to { opacity: 0.25; } }
      .problem { position: absolute; z-index: 2; inset-block-end: calc(100% + var(--ts-2)); inset-inline: 0; padding: var(--ts-2) var(--ts-3); border: 1px solid var(--ts-line); border-radius: var(--ts-radius-md); background: var(--ts-raised); color: var(--ts-danger); box-shadow: var(--ts-shadow); font-size: var(--ts-text-sm); }
    `,
  ];

  /** @type {'idle' | 'recording' | 'transcribing'} */
  phase = 'idle';
  /** A text for the user, or empty. */
  problem = '';
  /** How long the recording is. */
  seconds = 0;

  /** @type {Recorder | null} */
  #recorder = null;
  #timer = 0;
  #gone = new AbortController();

  render() {
    const { t } = this.env;
    if (!canRecord()) return nothing;
    const [name, label] = /** @type {const} */ ({ idle: ['mic', 'dictate'], recording: ['check', 'stopDictation'], transcribing: ['loader-circle', 'transcribing'] })[this.phase];
    const recording = this.phase === 'recording';
    this.toggleAttribute('data-recording', recording); // a phone has no room for other buttons then
    return html`${this.problem ? html`<div class="problem" role="alert">${this.problem}</div>` : nothing}
      ${recording ? html`<button type="button" class="quiet" aria-label=${t('cancel')} title=${t('cancel')} @click=${this.#cancel}><turnstream-icon name="x"></turnstream-icon></button>
        <span class="time" role="timer" aria-label=${t('recording')}>${clock(this.seconds)}</span>` : nothing}
      <button type="button" class="quiet ${recording ? 'on' : ''}" aria-label=${t(label)} title=${t(label)} aria-disabled=${this.phase === 'transcribing'} @click=${this.press} @keydown=${this.#key}>
        <turnstream-icon class=${this.phase === 'transcribing' ? 'spin' : ''} name=${name}></turnstream-icon></button>`;
  }

  /** Begin, or end and write down what was said. */
  press = async () => {
    this.problem = '';
    if (this.phase === 'idle') await this.#start();
    else if (this.phase === 'recording') await this.#stop();
  };

  async #start() {
    try {
      this.#recorder = await Recorder.start();
    } catch (error) {
      this.#fail('microphoneRefused', error);
      return;
    }
    if (!this.isConnected) return this.#cancel();
    this.phase = 'recording';
    const began = Date.now();
    this.seconds = 0;
    this.#timer = window.setInterval(() => {
      this.seconds = Math.floor((Date.now() - began) / 1000);
      if (Date.now() - began >= LONGEST_MS) void this.#stop();
    }, TICK_MS);
  }

  async #stop() {
    clearInterval(this.#timer);
    this.phase = 'transcribing';
    this.#gone = new AbortController();
    const { signal } = this.#gone;
    try {
      const clip = await /** @type {Recorder} */ (this.#recorder).stop();
      const { base64, type } = await clipOf(clip);
      const { text } = await this.env.session.api.document(requests.transcribe(base64, type), signal);
      if (signal.aborted) return;
      if (!text?.trim()) throw new Error('No words were heard.');
      this.dispatchEvent(new CustomEvent('heard', { detail: text.trim() }));
    } catch (error) {
      if (!signal.aborted) this.#fail('dictationFailed', error);
    }
    this.phase = 'idle';
  }

  /** Throw away what was recorded. */
  #cancel() {
    clearInterval(this.#timer);
    this.#recorder?.cancel();
    this.#gone.abort();
    this.phase = 'idle';
    this.focus();
  }

  /** @param {'microphoneRefused' | 'dictationFailed'} text @param {unknown} error */
  #fail(text, error) {
    this.problem = this.env.t(text);
    this.env.emit('error', { error });
  }

  async focus() {
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.renderRoot.querySelector('button'))?.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== 'Escape' || this.phase === 'idle') return;
    event.preventDefault();
    this.#cancel();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    if (this.phase !== 'idle') this.#cancel();
  }
}

/** @param {number} seconds */
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

define('turnstream-dictation', Dictation);
