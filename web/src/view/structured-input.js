/** `<turnstream-structured-input>`: questions of the assistant, answered once or skipped. */

import { css, html, nothing } from 'lit';
import { define } from './define.js';
import { Part } from './part.js';

/** @typedef {import('../wire.js').Question} Question */

/** The value of the choice that stands for the user's own words; none of the server's is like it. */
const OWN = '\uE000own';
/** What the field of those words is called. @param {string} id */
const ownName = (id) => `${id}${OWN}`;

export class StructuredInputView extends Part {
  static properties = { ...Part.properties, item: {}, sent: { state: true } };
  static styles = [
    ...Part.styles,
    css`
      form, .done { display: grid; gap: var(--ts-5); padding: var(--ts-5); border: 1px solid var(--ts-line); border-radius: var(--ts-radius-lg); }
      fieldset { border: 0; padding: 0; margin: 0; display: grid; gap: var(--ts-2); min-inline-size: 0; }
      legend { font-weight: 600; padding: 0; margin-block-end: var(--ts-2); }
      small { color: var(--ts-muted); font-size: var(--ts-text-sm); }
      label { display: flex; gap: var(--ts-3); align-items: center; padding: var(--ts-2) var(--ts-3); border: 1px solid var(--ts-line); border-radius: var(--ts-radius-md); cursor: pointer; }
      label:has(:checked) { border-color: var(--ts-accent); background: var(--ts-accent-soft); }
      label:focus-within { outline: var(--ts-focus); outline-offset: 1px; }
      label input { accent-color: var(--ts-accent); margin: 0; flex: none; }
      label .own { flex: 1; min-inline-size: 0; border: 0; background: none; outline: none; }
      .own::placeholder { color: var(--ts-muted); opacity: 1; }
      textarea { inline-size: 100%; resize: vertical; min-block-size: 4.5em; padding: var(--ts-2) var(--ts-3); border: 1px solid var(--ts-line-strong); border-radius: var(--ts-radius-md); background: transparent; }
      .foot { display: flex; gap: var(--ts-2); justify-content: flex-end; }
      dt { font-weight: 600; } dd { margin: 0; color: var(--ts-muted); } dl { margin: 0; display: grid; gap: var(--ts-1) 0; } dd + dt { margin-block-start: var(--ts-3); }
    `,
  ];

  /** @type {import('../wire.js').StructuredInput} */
  item = /** @type {any} */ (undefined);
  /** Whether the answers are on their way. */
  sent = false;

  render() {
    const { t } = this.env;
    if (this.item.status !== 'pending') return this.#answered();
    return html`<form @submit=${this.#submit}>
      ${this.item.inputs.map((each) => this.#question(each))}
      <div class="foot">
        <button type="button" class="button" ?disabled=${this.sent} @click=${() => this.#send('skipped', {})}>${t('skip')}</button>
        <button class="button strong" ?disabled=${this.sent}>${t('submit')}</button>
      </div>
    </form>`;
  }

  /** @param {Question} question */
  #question(question) {
    return html`<fieldset>
      <legend dir="auto">${question.question}</legend>
      ${question.description ? html`<small dir="auto">${question.description}</small>` : nothing}
      ${question.type === 'freeform'
        ? html`<textarea name=${question.id} dir="auto" aria-label=${question.question}></textarea>`
        : this.#choices(question)}
    </fieldset>`;
  }

  /** What one can choose, and last one's own words: they choose themselves when one writes. @param {Question} question */
  #choices({ id, options = [], multiple }) {
    const { t } = this.env;
    const type = multiple ? 'checkbox' : 'radio';
    return html`${options.map(({ value }) => html`<label><input type=${type} name=${id} .value=${value} /><bdi>${value}</bdi></label>`)}
      <label><input type=${type} name=${id} .value=${OWN} aria-label=${t('otherAnswer')} />
        <input class="own" name=${ownName(id)} dir="auto" placeholder=${t('otherAnswer')} aria-label=${t('otherAnswer')} @input=${this.#own} /></label>`;
  }

  /** @param {Event} event */
  #own({ target }) {
    const field = /** @type {HTMLInputElement} */ (target);
    /** @type {HTMLInputElement} */ (field.previousElementSibling).checked = field.value.trim() !== '';
  }

  #answered() {
    const { t } = this.env;
    return html`<div class="done"><dl>
      ${this.item.inputs.map(
        ({ question, answer }) => html`<dt dir="auto">${question}</dt><dd dir="auto">${answer?.values?.length ? answer.values.join(', ') : t('skipped')}</dd>`,
      )}
    </dl></div>`;
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const answers = Object.fromEntries(
      this.item.inputs.map(({ id }) => {
        const own = String(data.get(ownName(id)) ?? '');
        const values = data.getAll(id).map((value) => (value === OWN ? own : String(value)).trim()).filter(Boolean);
        return [id, { values, skipped: !values.length }];
      }),
    );
    void this.#send('answered', answers);
  }

  /** @param {'answered' | 'skipped'} status @param {Record<string, unknown>} answers */
  async #send(status, answers) {
    if (this.sent) return;
    this.sent = true;
    await this.env.session.answer(this.item.id, { status, answers });
    this.sent = false; // refused: it can be tried again
  }
}

define('turnstream-structured-input', StructuredInputView);
