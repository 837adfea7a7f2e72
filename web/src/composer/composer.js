/** `<turnstream-composer>`: where one writes. */

import { html, nothing } from 'lit';
import { Uploads } from '../session/uploads.js';
import { define } from '../view/define.js';
import { lazily } from '../view/lazily.js';
import { Part } from '../view/part.js';
import { BLANK, chosenModel, inputOf, wordsOf } from './draft.js';
import { look } from './look.js';
import './field.js';
import '../icons/icon.js';

/** @typedef {import('./draft.js').Draft} Draft */

export class Composer extends Part {
  static properties = { ...Part.properties, busy: { type: Boolean }, status: {}, stoppable: { type: Boolean }, draft: { state: true } };
  static styles = [...Part.styles, look];

  busy = false;
  stoppable = true;
  /** The thread's status. @type {import('../wire.js').Thread['status'] | null} */
  status = null;
  /** @type {Draft} */
  draft = BLANK;
  /** @type {Uploads} */
  uploads = /** @type {any} */ (undefined);

  willUpdate() {
    if (this.uploads?.session !== this.env.session) {
      this.uploads?.clear();
      this.uploads = new Uploads(this.env.session, (key, values) => this.env.t(key, values), () => this.requestUpdate());
    }
    const { tools = [], models = [], attachments, dictation } = this.env.options.composer ?? {};
    if (attachments?.enabled || this.uploads.all.length) lazily(() => Promise.all([import('./attachments.js'), import('../session/upload.js')]));
    if (dictation?.enabled) lazily(() => import('./dictation.js'));
    if (tools.length || models.length > 1) lazily(() => import('./choices.js'));
  }

  render() {
    const { t } = this.env;
    const shut = this.status?.type === 'locked' || this.status?.type === 'closed';
    if (shut) return html`<div class="shut" role="status">${this.status?.reason ?? t(this.status?.type === 'closed' ? 'closed' : 'locked')}</div>`;
    return html`<form class="box" @submit=${this.#submit} @paste=${this.#paste}>
      ${this.draft.quoted ? this.#quoted() : nothing}
      <turnstream-attachments .env=${this.env} .uploads=${this.uploads.all} @files=${(/** @type {CustomEvent<File[]>} */ { detail }) => this.#take(detail)}
        @remove=${(/** @type {CustomEvent<number>} */ { detail }) => this.uploads.remove(detail)}
        @retry=${(/** @type {CustomEvent<number>} */ { detail }) => this.uploads.retry(detail)}></turnstream-attachments>
      <turnstream-field .env=${this.env} .words=${this.draft} .placeholder=${this.#placeholder()}
        @write=${(/** @type {CustomEvent} */ event) => this.#set({ text: event.detail.text, mentions: event.detail.mentions })}
        @send=${this.#send} @choose=${this.#choose}></turnstream-field>
      <div class="tools">
        ${this.#starters()}
        <turnstream-choices .env=${this.env} .draft=${this.draft} @choose=${this.#choose}></turnstream-choices>
        ${this.env.options.composer?.dictation?.enabled
          ? html`<turnstream-dictation .env=${this.env} @heard=${(/** @type {CustomEvent<string>} */ { detail }) => this.#field?.insert(detail)}></turnstream-dictation>`
          : nothing}
        ${this.#button()}
      </div>
    </form>`;
  }

  /** One button for both: it keeps the focus when its meaning changes, so it is never disabled for real. */
  #button() {
    const { t, session } = this.env;
    const stops = this.busy && this.stoppable;
    const idle = stops ? (session.run?.stopping ?? false) : !this.#sendable;
    const label = t(stops ? 'stop' : 'send');
    return html`<button type=${stops ? 'button' : 'submit'} class="go" aria-label=${label} title=${label} aria-disabled=${idle}
      @click=${stops && !idle ? () => session.stop() : nothing}>
      <turnstream-icon class=${stops ? 'stop' : ''} name=${stops ? 'square' : 'arrow-up'}></turnstream-icon></button>`;
  }

  /** Buttons that put something into the message. */
  #starters() {
    const { options, t } = this.env;
    const { attachments } = options.composer ?? {};
    const { onTagSearch, showComposerMenu } = options.entities ?? {};
    const accept = Object.entries(attachments?.accept ?? {}).flat(2).join(',');
    return html`${attachments?.enabled
      ? html`${this.#quiet('paperclip', t('attach'), () => this.#files?.click())}
          <input type="file" hidden multiple accept=${accept} aria-hidden="true" tabindex="-1" @change=${this.#picked} />`
      : nothing}
    ${onTagSearch && showComposerMenu ? this.#quiet('at-sign', t('mention'), () => this.#field?.begin('@')) : nothing}`;
  }

  /** @param {string} icon @param {string} label @param {() => void} act */
  #quiet(icon, label, act) {
    return html`<button type="button" class="quiet" aria-label=${label} title=${label} @click=${act}><turnstream-icon name=${icon}></turnstream-icon></button>`;
  }

  #quoted() {
    const { t } = this.env;
    return html`<div class="quoted"><turnstream-icon name="quote"></turnstream-icon><span dir="auto">${this.draft.quoted}</span>
      <button type="button" class="quiet small" aria-label=${t('removeQuote')} title=${t('removeQuote')} @click=${this.#unquote}>
        <turnstream-icon name="x"></turnstream-icon></button></div>`;
  }

  #placeholder() {
    const { composer } = this.env.options;
    const tool = composer?.tools?.find((each) => each.id === this.draft.toolId);
    return tool?.placeholderOverride ?? composer?.placeholder ?? this.env.t('placeholder');
  }

  get #sendable() {
    const something = this.draft.text.trim() || this.uploads.ready.length;
    return Boolean(something) && !this.env.session.busy && !this.uploads.busy;
  }

  get #files() {
    return /** @type {HTMLInputElement | null} */ (this.renderRoot.querySelector('input[type=file]'));
  }

  get #field() {
    return /** @type {import('./field.js').Field | null} */ (this.renderRoot.querySelector('turnstream-field'));
  }

  /** Put the cursor into the field. */
  async focusField() {
    await this.updateComplete;
    await this.#field?.updateComplete;
    this.#field?.focus();
  }

  /**
   * What the page sets; all that it does not name stays.
   * @param {Parameters<import('@openai/chatkit').OpenAIChatKit['setComposerValue']>[0]} value
   */
  async setValue({ text, content, reply, attachments, files, selectedToolId, selectedModelId }) {
    await this.updateComplete;
    this.#set({
      ...(content ? wordsOf(content) : text !== undefined ? { text, mentions: [] } : {}),
      ...(reply !== undefined && { quoted: reply }),
      ...(selectedModelId !== undefined && { modelId: selectedModelId }),
    });
    if (selectedToolId !== undefined) this.#chooseTool(selectedToolId);
    if (attachments) this.uploads.put(attachments);
    if (files) await this.uploads.add(files, this.env.options.composer?.attachments);
  }

  /** @param {Partial<Draft>} change */
  #set(change) {
    this.draft = { ...this.draft, ...change };
  }

  #unquote() {
    this.#set({ quoted: '' });
    void this.focusField();
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    this.#send();
  }

  #send() {
    if (!this.#sendable) return;
    const attachments = this.uploads.ready;
    const input = inputOf({ ...this.draft, ...this.takeChoices() }, attachments.map((each) => each.id));
    const { modelId, toolId } = this.draft;
    this.draft = { ...BLANK, modelId, toolId };
    this.uploads.clear();
    void this.env.session.sendMessage(input, attachments);
  }

  /** Tool and model of a message that is sent now. A tool that is not persistent is chosen for one message. */
  takeChoices() {
    const { tools = [], models = [] } = this.env.options.composer ?? {};
    const { toolId, modelId } = this.draft;
    if (!tools.find(({ id }) => id === toolId)?.persistent) this.#chooseTool(null);
    return { toolId, modelId: chosenModel(models, modelId)?.id ?? modelId };
  }

  /** @param {CustomEvent<{toolId?: string | null, modelId?: string, attach?: true, mention?: true, dictate?: true}>} event */
  #choose({ detail }) {
    if (detail.attach) this.#files?.click();
    if (detail.mention) this.#field?.begin('@');
    if (detail.toolId !== undefined) this.#chooseTool(detail.toolId);
    if (detail.modelId !== undefined) this.#set({ modelId: detail.modelId });
    if (detail.dictate) void /** @type {any} */ (this.renderRoot.querySelector('turnstream-dictation'))?.press();
    if (!detail.attach) void this.focusField();
  }

  /** @param {string | null} toolId */
  #chooseTool(toolId) {
    if (toolId === this.draft.toolId) return;
    this.#set({ toolId });
    this.env.emit('tool.change', { toolId });
  }

  /** @param {Event} event */
  #picked(event) {
    const field = /** @type {HTMLInputElement} */ (event.target);
    this.#take([...(field.files ?? [])]);
    field.value = '';
  }

  /** Text goes before a picture of it, which word processors put beside it. @param {ClipboardEvent} event */
  #paste(event) {
    const { clipboardData } = event;
    if (!clipboardData || clipboardData.types.includes('text/plain')) return;
    if (this.#take([...clipboardData.files])) event.preventDefault();
  }

  /** Whether files are taken at all. @param {File[]} files */
  #take(files) {
    const limits = this.env.options.composer?.attachments;
    if (!limits?.enabled || !files.length) return false;
    void this.uploads.add(files, limits);
    return true;
  }
}

define('turnstream-composer', Composer);
