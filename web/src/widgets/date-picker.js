/** DatePicker: the browser's own calendar, which places itself; `side` and `align` are not needed. */

import { html, nothing } from 'lit';
import { styles } from '../view/set-styles.js';
import { clear, holdsNothing } from './clearable.js';
import { day } from './day.js';
import { control, nameOf } from './field-parts.js';
import { fieldId } from './fields.js';
import { register } from './registry.js';

register('DatePicker', (node, context) => {
  const { name, css } = control(node, 'outline');
  const value = day(node.defaultValue) ?? '';
  const changed = (/** @type {Event} */ event) => {
    holdsNothing(event);
    context.act(node.onChangeAction, event, 'none');
  };
  return html`<span class="${name} date ${context.loading ? 'loading' : ''}" data-placeholder=${node.placeholder ? String(node.placeholder) : nothing} ${styles(css)}>
    <input type="date" id=${fieldId(node.name)} name=${String(node.name ?? '')} value=${value} ?data-empty=${!value}
      min=${day(node.min) ?? nothing} max=${day(node.max) ?? nothing} ?disabled=${node.disabled}
      aria-label=${nameOf(node, context)} aria-busy=${context.loading} @input=${holdsNothing} @change=${changed} @click=${opens} />
    ${node.clearable && !node.disabled ? clear(context) : nothing}
    <turnstream-icon class="arrow" name="calendar"></turnstream-icon>
  </span>`;
});

/** A press anywhere in the field opens the calendar, where the browser lets us. @param {Event} event */
function opens({ currentTarget }) {
  try {
    /** @type {HTMLInputElement} */ (currentTarget).showPicker();
  } catch {
    // Not allowed here: the field can still be written into.
  }
}
