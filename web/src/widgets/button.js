/** Button. */

import { html, nothing } from 'lit';
import { styles } from '../view/set-styles.js';
import { CONTROL_SIZES, ICON_SIZES, oneOf } from './css-values.js';
import { register } from './registry.js';

const VARIANTS = Object.freeze({ solid: 'solid', soft: 'soft', outline: 'outline', ghost: 'ghost' });
const COLORS = Object.freeze({
  primary: 'primary', secondary: 'secondary', info: 'info', discovery: 'discovery',
  success: 'success', caution: 'caution', warning: 'warning', danger: 'danger',
});

/**
 * Its look: `style` stands for a pair of colour and variant, either of which may be named too.
 * @param {any} node
 * @returns {{variant: string, color: string}}
 */
export function lookOf({ style, variant, color }) {
  const primary = style === 'primary';
  return {
    variant: oneOf(VARIANTS, variant) ?? (primary || (color && style !== 'secondary') ? 'solid' : 'outline'),
    color: oneOf(COLORS, color) ?? (primary ? 'primary' : 'secondary'),
  };
}

register('Button', (node, context) => {
  const { variant, color } = lookOf(node);
  const label = node.label == null ? '' : String(node.label);
  const height = oneOf(CONTROL_SIZES, node.size) ?? CONTROL_SIZES.lg;
  const size = oneOf(ICON_SIZES, node.iconSize) ?? Math.max(12, Math.round(height * 0.5));
  const icon = (/** @type {unknown} */ name) =>
    name ? html`<turnstream-icon name=${String(name)} ${styles({ 'inline-size': `${size}px`, 'block-size': `${size}px` })}></turnstream-icon>` : nothing;
  const alone = !label ? (node.iconStart ?? node.iconEnd ?? 'button') : undefined;
  return html`<button type=${node.submit ? 'submit' : 'button'}
    class="press ${variant} ${color} ${node.pill ? 'pill' : ''} ${node.block ? 'block' : ''} ${node.uniform || !label ? 'uniform' : ''} ${context.loading ? 'loading' : ''}"
    aria-label=${alone ? String(alone).replaceAll('-', ' ') : nothing} aria-busy=${context.loading} ?disabled=${node.disabled}
    @click=${(/** @type {Event} */ event) => pressed(event, node, context)}
    ${styles({ '--height': `${height}px`, '--size': height < 28 ? 'var(--ts-text-xs)' : height > 42 ? 'var(--ts-text-md)' : undefined })}>
    ${icon(node.iconStart)}${label ? html`<bdi>${label}</bdi>` : nothing}${icon(node.iconEnd)}
    ${context.loading ? html`<turnstream-icon class="spin wait" name="lucide:loader-circle"></turnstream-icon>` : nothing}
  </button>`;
});

/**
 * In a form, a button that submits acts only once the fields are valid; the form's own action comes
 * with the form's event.
 * @param {Event} event
 * @param {any} node
 * @param {import('./registry.js').Context} context
 */
function pressed(event, node, { act }) {
  const form = /** @type {HTMLButtonElement} */ (event.currentTarget).form;
  if (node.submit && form && !HTMLFormElement.prototype.checkValidity.call(form)) return;
  act(node.onClickAction, event, node.submit ? 'container' : 'self');
}
