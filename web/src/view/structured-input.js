/** `<turnstream-structured-input>`: questions of the assistant, answered once or skipped. */

import { css, html, nothing } from 'lit';
import { define } from './define.js';
import { Part } from './part.js';

/** @typedef {import('../wire.js').Question} Question */

export class StructuredInputView extends Part {
  static properties = { ...Part.properties, item: {} };
  static styles = [
    ...Part.styles,
    css`
      form, .done { display: grid; gap: var(--ts-5); padding: var(--ts-5); border: 1px solid var(--ts-line); border-radius: var(--ts-radius-lg); }
      fieldset { border: 0; padding: 0; margin: 0; display: grid; gap: var(--ts-2); min-inline-size: 0; }
      legend { font-weight: 600; padding: 0; margin-block-end: var(--ts-2); }
      small { color: var(--ts-muted); font-size: var(--ts-text-sm); }
      label { display: flex; gap: var(--ts-3); align-items: center; padding: var(--ts-2) var(--ts-3); border: 1px solid var(--ts-line); border-radius: var(--ts-radius-md); cursor: pointer; }
      label:has(:checked) { border-color: var(--ts-accent); background: var(--ts-accent-soft); }
      label input { accent-color: var(--ts-accent); margin: 0; }
      textarea { inline-size: 100%; resize: vertical; min-block-size: 4.5em; padding: var(--ts-2) var(--ts-3); border: 1px solid var(--ts-line-strong); border-radius: var(--ts-radius-md); background: transparent; }
      .foot { display: flex; gap: var(--ts-2); justify-content: flex-end; }
      dt { font-weight: 600; } dd { margin: 0; color: var(--ts-muted); } dl { margin: 0; }
    `,
  ];

  /** @type {import('../wire.js').StructuredInput} */
  item = /** @type {any} */ (undefined);

  render() {
    const { t } = this.env;
    if (this.item.status !== 'pending') return this.#answered();
    return html`<form @submit=${this.#submit}>
      ${this.item.inputs.map((each) => this.#question(each))}
      <div class="foot">
        <button type="button" class="button" @click=${() => this.#send('skipped', {})}>${t('skip')}</button>
        <button class="button strong">${t('submit')}</button>
      </div>
    </form>`;
  }

  /** @param {Question} question */
  #question({ id, type, question, description, options = [], multiple }) {
    return html`<fieldset>
      <legend dir="auto">${question}</legend>
      ${description ? html`<small dir="auto">${description}</small>` : nothing}
      ${type === 'freeform'
        ? html`<textarea name=${id} dir="auto" aria-label=${question}></textarea>`
        : options.map(
            (option) => html`<label><input type=${multiple ? 'checkbox' : 'radio'} name=${id} value=${option.value} />
              <bdi>${option.label ?? option.value}</bdi></label>`,
          )}
    </fieldset>`;
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
        const values = data.getAll(id).map(String).filter((value) => value.trim());
        return [id, { values, skipped: !values.length }];
      }),
    );
    this.#send('answered', answers);
  }

  /** @param {'answered' | 'skipped'} status @param {Record<string, unknown>} answers */
  #send(status, answers) {
    if (!this.env.session.busy) void this.env.session.answer(this.item.id, { status, answers });
  }
}

define('turnstream-structured-input', StructuredInputView);
