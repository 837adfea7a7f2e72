/** What fields have in common: name, autofill, focus when they appear, check against a pattern. */

import { noChange, nothing } from 'lit';
import { directive, Directive } from 'lit/directive.js';
import { CONTROL_SIZES, GUTTERS, oneOf } from './css-values.js';

/** @typedef {import('./registry.js').Context} Context */

const VARIANTS = Object.freeze({ solid: 'solid', soft: 'soft', outline: 'outline', ghost: 'ghost' });

/** Class and measures of a control. @param {any} node @param {string} variant its usual one */
export function control(node, variant) {
  const height = oneOf(CONTROL_SIZES, node.size) ?? CONTROL_SIZES.lg;
  const gutter = oneOf(GUTTERS, node.gutterSize) ?? Math.round(4 + height / 4.5);
  return {
    name: `control ${oneOf(VARIANTS, node.variant) ?? variant} ${node.pill ? 'pill' : ''} ${node.block ? 'block' : ''}`,
    css: { '--height': `${height}px`, '--gutter': `${gutter}px`, '--size': height < 28 ? 'var(--ts-text-xs)' : height > 42 ? 'var(--ts-text-md)' : undefined },
  };
}

/**
 * The name of a field for those who hear it, unless a `Label` gives it one.
 * @param {any} node
 * @param {Context} context
 */
export function nameOf(node, { labels }) {
  return labels.has(String(node.name)) ? nothing : String(node.ariaLabel || node.placeholder || node.name || '');
}

/** A directive that works on its element once. @param {(element: any, ...values: any[]) => void} work */
function once(work) {
  return directive(
    class extends Directive {
      #done = false;
      /** @param {...any} _values */
      render(..._values) {
        return noChange;
      }
      /** @param {any} part @param {any[]} values */
      update(part, values) {
        if (!this.#done) work(part.element, ...values);
        this.#done = true;
        return noChange;
      }
    },
  );
}

/** Browsers fill in what a field names; extensions only where it is allowed. */
export const autofill = once((/** @type {Element} */ element, /** @type {any} */ node) => {
  if (typeof node.autoComplete === 'string') element.setAttribute('autocomplete', node.autoComplete);
  else if (!node.allowAutofillExtensions) element.setAttribute('autocomplete', 'off');
  if (node.allowAutofillExtensions) return;
  for (const name of ['data-1p-ignore', 'data-bwignore', 'data-lpignore']) element.setAttribute(name, 'true');
  element.setAttribute('data-form-type', 'other');
});

/**
 * Takes the focus, and selects its text, when a fresh widget appears: an old thread that is opened
 * must not take the focus from the composer.
 */
export const arrives = once((/** @type {HTMLInputElement} */ element, /** @type {any} */ node, /** @type {Context} */ { fresh }) => {
  if (node.autoSelect) element.addEventListener('focus', () => element.select());
  if (node.autoFocus && fresh) requestAnimationFrame(() => element.isConnected && element.focus({ preventScroll: true }));
});

/** Checks a field against a pattern natively, a textarea too, which browsers do not check. */
export const checked = once((/** @type {HTMLInputElement | HTMLTextAreaElement} */ element, /** @type {unknown} */ pattern) => {
  if (typeof pattern !== 'string') return;
  if (element instanceof HTMLInputElement) {
    element.pattern = pattern;
    return;
  }
  const probe = document.createElement('input');
  probe.pattern = pattern;
  const check = () => {
    probe.value = element.value;
    element.setCustomValidity(probe.validity.patternMismatch ? probe.validationMessage : '');
  };
  element.addEventListener('input', check);
  check();
});
