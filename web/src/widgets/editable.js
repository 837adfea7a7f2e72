/** A text that one may write over: it looks like text until it is used. */

import { html } from 'lit';
import { styles } from '../view/set-styles.js';
import { arrives, autofill, checked, nameOf } from './field-parts.js';
import { fieldId } from './fields.js';

/** A text longer than this has its lines broken. */
const ONE_LINE = 60;

/**
 * @param {any} node a Text whose `editable` is an object
 * @param {Record<string, string | number | undefined>} look
 * @param {import('./registry.js').Context} context
 */
export function editable(node, look, context) {
  const field = node.editable;
  const value = typeof node.value === 'string' ? node.value : '';
  const long = value.length > ONE_LINE || value.includes('\n') || node.minLines > 1 || node.maxLines > 1;
  // A field has no lines to clamp: it grows, or scrolls.
  const { display, overflow, '-webkit-line-clamp': lines, '-webkit-box-orient': orient, ...rest } = look;
  const css = styles({ ...rest, 'max-block-size': lines && `calc(${lines}lh + 6px)` });
  const id = fieldId(field.name);
  const label = nameOf(field, context);
  return long
    ? html`<textarea class="editable" id=${id} name=${String(field.name ?? '')} rows="1" placeholder=${String(field.placeholder ?? '')}
        aria-label=${label} ?required=${field.required} .defaultValue=${value} ${css} ${autofill(field)} ${arrives(field, context)}
        ${checked(field.pattern)}></textarea>`
    : html`<input class="editable" id=${id} name=${String(field.name ?? '')} type="text" placeholder=${String(field.placeholder ?? '')}
        aria-label=${label} ?required=${field.required} value=${value} ${css} ${autofill(field)} ${arrives(field, context)}
        ${checked(field.pattern)} />`;
}
