/** Texts: Text, Title, Caption, Label, Markdown, Badge. */

import { html, nothing } from 'lit';
import { styles } from '../view/set-styles.js';
import { textColor } from './colors.js';
import { CAPTION_SIZES, length, oneOf, TEXT_SIZES, TITLE_SIZES, WEIGHTS, whole } from './css-values.js';
import { editable } from './editable.js';
import { fieldId, labelId } from './fields.js';
import { register } from './registry.js';

const SIDES = Object.freeze({ start: 'start', center: 'center', end: 'end' });
const VARIANTS = Object.freeze({ solid: 'solid', soft: 'soft', outline: 'outline' });
const BADGES = Object.freeze({ sm: 'sm', md: 'md', lg: 'lg' });

/** Whatever stands where a text belongs, as a text. @param {unknown} value */
const asText = (value) => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');

/** A text that keeps its own direction in a line of another: `77%` stays so in Hebrew. @param {unknown} value */
const shown = (value) => html`<bdi>${asText(value)}</bdi>`;

/**
 * How a text looks.
 * @param {any} node
 * @param {number | undefined} scale part of the base size
 */
export function typography(node, scale) {
  const lines = node.truncate ? undefined : whole(node.maxLines, 1, 100);
  const least = whole(node.minLines, 1, 100);
  return {
    'font-size': scale && `calc(var(--ts-base) * ${scale})`,
    'font-weight': oneOf(WEIGHTS, node.weight),
    'text-align': oneOf(SIDES, node.textAlign),
    color: textColor(node.color),
    width: length(node.width),
    'font-style': node.italic ? 'italic' : undefined,
    'text-decoration-line': node.lineThrough ? 'line-through' : undefined,
    'min-block-size': least && `${least}lh`,
    ...(lines && { display: '-webkit-box', '-webkit-line-clamp': String(lines), '-webkit-box-orient': 'vertical', overflow: 'hidden' }),
  };
}

register('Text', (node, context) => {
  const look = typography(node, oneOf(TEXT_SIZES, node.size));
  if (node.editable && typeof node.editable === 'object') return editable(node, look, context);
  return html`<div class="text ${node.truncate ? 'truncate' : ''} ${node.streaming ? 'streaming' : ''}" ${styles(look)}>${shown(node.value)}</div>`;
});

register('Title', (node) =>
  html`<div class="title ${node.truncate ? 'truncate' : ''}" role="heading" aria-level="3"
    ${styles(typography(node, oneOf(TITLE_SIZES, node.size) ?? TITLE_SIZES.md))}>${shown(node.value)}</div>`);

register('Caption', (node) =>
  html`<div class="caption ${node.truncate ? 'truncate' : ''}"
    ${styles(typography(node, oneOf(CAPTION_SIZES, node.size) ?? CAPTION_SIZES.md))}>${shown(node.value)}</div>`);

register('Label', (node) =>
  html`<label class="label" id=${labelId(node.fieldName)} for=${fieldId(node.fieldName)}
    ${styles(typography(node, oneOf(TEXT_SIZES, node.size) ?? TEXT_SIZES.sm))}>${shown(node.value)}</label>`);

register('Markdown', (node, { env, domains }) =>
  html`<turnstream-markdown class="markdown" .text=${asText(node.value)} .streaming=${node.streaming === true}
    .domains=${domains} .env=${env}></turnstream-markdown>`);

register('Badge', (node) => {
  const name = [oneOf(VARIANTS, node.variant) ?? 'soft', oneOf(BADGES, node.size) ?? 'sm', node.pill ? 'pill' : ''].join(' ');
  const label = asText(node.label);
  return label ? html`<span class="badge ${name}" ${styles({ '--tone': textColor(node.color ?? 'secondary') })}>${shown(label)}</span>` : nothing;
});
