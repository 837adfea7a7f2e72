/** Texts of widgets. */

import { html, nothing } from 'lit';
import { styles } from '../view/set-styles.js';
import { register } from './registry.js';
import { color, length } from './values.js';

/** @type {Record<string, string>} */
const TEXT = { xs: '0.75', sm: '0.875', md: '1', lg: '1.125', xl: '1.25' };
/** @type {Record<string, string>} */
const TITLE = { sm: '1', md: '1.125', lg: '1.25', xl: '1.5', '2xl': '1.75', '3xl': '2', '4xl': '2.5', '5xl': '3' };
/** @type {Record<string, string>} */
const CAPTION = { sm: '0.6875', md: '0.75', lg: '0.8125' };
/** @type {Record<string, string>} */
const WEIGHT = { normal: '400', medium: '500', semibold: '600', bold: '700' };

/** @param {any} node @param {string | undefined} scale */
function look(node, scale) {
  const clamp = node.truncate ? 1 : node.maxLines;
  return styles({
    'font-size': scale && `calc(var(--ts-base) * ${scale})`,
    'font-weight': WEIGHT[node.weight],
    'text-align': node.textAlign,
    color: color(node.color),
    width: length(node.width),
    'font-style': node.italic ? 'italic' : undefined,
    'text-decoration-line': node.lineThrough ? 'line-through' : undefined,
    'min-block-size': node.minLines ? `${node.minLines * 1.5}em` : undefined,
    ...(clamp && { display: '-webkit-box', '-webkit-line-clamp': clamp, '-webkit-box-orient': 'vertical', overflow: 'hidden' }),
  });
}

const value = (/** @type {any} */ node) => String(node.value ?? '');

register('Text', (node) => html`<div class="text" ${look(node, TEXT[node.size])}>${value(node)}</div>`);
register('Title', (node) => html`<div class="title" role="heading" aria-level="3" ${look(node, TITLE[node.size ?? 'md'])}>${value(node)}</div>`);
register('Caption', (node) => html`<div class="caption" ${look(node, CAPTION[node.size ?? 'md'])}>${value(node)}</div>`);
register('Label', (node) => html`<label class="text" for=${node.fieldName ?? nothing} ${look(node, TEXT[node.size ?? 'sm'])}>${value(node)}</label>`);
register('Markdown', (node, { env, domains }) =>
  html`<turnstream-markdown .text=${value(node)} .streaming=${node.streaming ?? false} .domains=${domains} .env=${env}></turnstream-markdown>`);
register('Badge', (node) =>
  html`<span class="badge ${node.variant ?? 'soft'} ${node.size ?? 'sm'} ${node.pill ? 'pill' : ''}" ${styles({ '--tone': color(node.color ?? 'secondary') })}>${String(node.label ?? '')}</span>`);
