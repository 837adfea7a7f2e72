/** Fields that one chooses in: Select, Checkbox, RadioGroup. All are the browser's own. */

import { html, nothing } from 'lit';
import { styles } from '../view/set-styles.js';
import { clear, holdsNothing } from './clearable.js';
import { control, nameOf } from './field-parts.js';
import { fieldId, labelId } from './fields.js';
import { register } from './registry.js';

/** @param {unknown} value */
const asText = (value) => (value == null ? '' : String(value));
/** @param {unknown} options @returns {any[]} */
const optionsOf = (options) => (Array.isArray(options) ? options.filter((each) => each && typeof each === 'object') : []);

/**
 * What a closed select shows, where a browser lets us say: the label of the chosen option without its
 * description. Other browsers leave it out, and show both.
 */
const FACE = html`<button type="button"><selectedcontent></selectedcontent></button>`;

register('Select', (node, context) => {
  const { name, css } = control(node, 'outline');
  const options = optionsOf(node.options);
  const chosen = options.find(({ value }) => asText(value) === asText(node.defaultValue) && node.defaultValue != null);
  const changed = (/** @type {Event} */ event) => {
    holdsNothing(event);
    context.act(node.onChangeAction, event, 'none');
  };
  return html`<span class="${name} select ${context.loading ? 'loading' : ''}" ${styles(css)}>
    <select id=${fieldId(node.name)} name=${asText(node.name)} aria-label=${nameOf(node, context)} aria-busy=${context.loading}
      ?disabled=${node.disabled} ?data-empty=${!chosen} @change=${changed}>
      ${options.some(({ description }) => description) ? FACE : nothing}
      ${chosen && !node.clearable ? nothing : html`<option value="" ?selected=${!chosen} hidden>${asText(node.placeholder)}</option>`}
      ${options.map((option) => choice(option, option === chosen))}
    </select>
    ${node.clearable && !node.disabled ? clear(context) : nothing}
    <turnstream-icon class="arrow" name="lucide:chevron-down"></turnstream-icon>
  </span>`;
});

/** @param {any} option @param {boolean} selected */
function choice({ value, label, disabled, description }, selected) {
  const name = asText(label ?? value);
  return html`<option value=${asText(value)} label=${description ? nothing : name} ?disabled=${disabled} ?selected=${selected}><span>${name}</span>${description
    ? html`<small> ${asText(description)}</small>`
    : nothing}</option>`;
}

register('Checkbox', (node, { act, loading, labels }) => {
  const label = asText(node.label);
  const name = label || labels.has(asText(node.name)) ? nothing : asText(node.name);
  return html`<label class="choice ${node.disabled ? 'disabled' : ''}">
    <input type="checkbox" id=${fieldId(node.name)} name=${asText(node.name)} aria-label=${name} aria-busy=${loading}
      ?checked=${node.defaultChecked} ?disabled=${node.disabled} ?required=${node.required}
      @change=${(/** @type {Event} */ event) => act(node.onChangeAction, event, 'none')} />
    ${label ? html`<span>${label}</span>` : nothing}
  </label>`;
});

register('RadioGroup', (node, context) => {
  const { labels, act, loading } = context;
  const named = labels.has(asText(node.name)) && !node.ariaLabel;
  return html`<div role="radiogroup" id=${fieldId(node.name)} class="choices ${node.direction === 'col' ? 'col' : 'row'}" aria-busy=${loading}
    aria-required=${node.required ? 'true' : nothing}
    aria-label=${named ? nothing : asText(node.ariaLabel || node.name)} aria-labelledby=${named ? labelId(node.name) : nothing}>
    ${optionsOf(node.options).map(
      (option) => html`<label class="choice ${node.disabled || option.disabled ? 'disabled' : ''}">
        <input type="radio" name=${asText(node.name)} value=${asText(option.value)}
          ?checked=${node.defaultValue != null && asText(option.value) === asText(node.defaultValue)}
          ?disabled=${node.disabled || option.disabled} ?required=${node.required}
          @change=${(/** @type {Event} */ event) => act(node.onChangeAction, event, 'none')} />
        <span>${asText(option.label ?? option.value)}</span>
      </label>`,
    )}
  </div>`;
});
