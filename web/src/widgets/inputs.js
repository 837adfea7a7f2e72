/** Fields that one writes into: Input and Textarea. */

import { html, nothing } from 'lit';
import { styles } from '../view/set-styles.js';
import { oneOf, whole } from './css-values.js';
import { arrives, autofill, checked, control, nameOf } from './field-parts.js';
import { fieldId } from './fields.js';
import { register } from './registry.js';

const TYPES = Object.freeze({ number: 'number', email: 'email', text: 'text', password: 'password', tel: 'tel', url: 'url' });

/** @param {unknown} value */
const asText = (value) => (value == null ? '' : String(value));

register('Input', (node, context) => {
  const { name, css } = control(node, 'outline');
  return html`<input class="${name} field" type=${oneOf(TYPES, node.inputType) ?? 'text'} step=${node.inputType === 'number' ? 'any' : nothing}
    id=${fieldId(node.name)} name=${asText(node.name)} value=${asText(node.defaultValue)} placeholder=${asText(node.placeholder)}
    aria-label=${nameOf(node, context)} ?required=${node.required} ?disabled=${node.disabled} ${styles(css)}
    ${autofill(node)} ${arrives(node, context)} ${checked(node.pattern)} />`;
});

register('Textarea', (node, context) => {
  const { name, css } = control(node, 'outline');
  const rows = whole(node.rows, 1, 50) ?? 3;
  const most = whole(node.maxRows, 1, 100);
  const grows = node.autoResize ? { 'field-sizing': 'content', 'min-block-size': `calc(${rows}lh + 16px)` } : {};
  return html`<textarea class="${name} field area" rows=${rows}
    id=${fieldId(node.name)} name=${asText(node.name)} .defaultValue=${asText(node.defaultValue)} placeholder=${asText(node.placeholder)}
    aria-label=${nameOf(node, context)} ?required=${node.required} ?disabled=${node.disabled}
    ${styles({ ...css, ...grows, 'max-block-size': most && `calc(${most}lh + 18px)` })}
    ${autofill(node)} ${arrives(node, context)} ${checked(node.pattern)}></textarea>`;
});
