/** Fields that can be emptied by a button beside them. */

import { html } from 'lit';

/** Mark a field that holds nothing: it shows its placeholder. @param {Event} event */
export function holdsNothing({ currentTarget: field }) {
  const { value } = /** @type {HTMLInputElement} */ (field);
  /** @type {HTMLElement} */ (field).toggleAttribute('data-empty', value === '');
}

/**
 * The button that empties the field before it. The field tells of it as of any change.
 * @param {Pick<import('./registry.js').Context, 'env'>} context
 */
export function clear({ env }) {
  return html`<button type="button" class="clear" aria-label=${env.t('clear')} title=${env.t('clear')} @click=${emptied}>
    <turnstream-icon name="close"></turnstream-icon>
  </button>`;
}

/** @param {Event} event */
function emptied(event) {
  event.stopPropagation();
  const button = /** @type {HTMLElement} */ (event.currentTarget);
  const field = /** @type {HTMLInputElement} */ (button.parentElement?.querySelector('select, input'));
  field.value = '';
  field.dispatchEvent(new Event('change', { bubbles: true }));
  field.focus();
}
