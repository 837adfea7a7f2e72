/** Nodes that place others: boxes, space, lines, transitions. */

import { html, nothing } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { styles } from '../view/set-styles.js';
import { box, directionOf } from './boxes.js';
import { lineColor } from './colors.js';
import { length, space } from './css-values.js';
import { listOf, register } from './registry.js';

/** @typedef {import('./registry.js').Draw} Draw */

/** What is between the children of a row or a column that names no gap. */
const GAP = 2;

/** @param {'row' | 'col'} usual @returns {Draw} */
const boxed = (usual) => (node, { drawAll }) =>
  html`<div class="box" ${styles(box(node, directionOf(node, usual)))}>${drawAll(node.children)}</div>`;

register('Box', boxed('col'));
register('Row', (node, context) => boxed('row')({ gap: GAP, ...node, direction: 'row' }, context));
register('Col', (node, context) => boxed('col')({ gap: GAP, ...node, direction: 'col' }, context));

/** The root without a frame. */
register('Basic', (node, { drawAll }) => {
  const { gap = 3, padding, align, justify, direction } = node;
  const look = box({ gap, padding, align, justify }, directionOf({ direction }, 'col'));
  return html`<div class="box basic" ${styles(look)}>${drawAll(node.children)}</div>`;
});

register('Spacer', (node) =>
  html`<div class="spacer" aria-hidden="true" ${styles({ 'flex-basis': space(node.minSize) })}></div>`);

register('Divider', (node) =>
  html`<hr class=${node.flush ? 'flush' : ''} ${styles({
    'border-color': lineColor(node.color),
    'border-block-start-width': length(node.size),
    'margin-block': space(node.spacing),
  })} />`);

/** A child that takes another one's place comes in softly. */
register('Transition', (node, { draw }) => {
  const [child] = listOf(node.children);
  const name = child ? `${child.key ?? child.id ?? child.type}` : '';
  return html`<div class="transition">${child ? keyed(name, html`<div class="arriving">${draw(child)}</div>`) : nothing}</div>`;
});
