/** Boxes: roots and what holds other nodes. */

import { html, nothing } from 'lit';
import { styles } from '../view/set-styles.js';
import { register } from './registry.js';
import { border, box, color, length, sides, space } from './values.js';

register('Basic', (node, { drawAll }) => html`<div class="box" ${styles(box(node, node.direction ?? 'col'))}>${drawAll(node.children)}</div>`);
register('Box', (node, { drawAll }) => html`<div class="box" ${styles(box(node, node.direction ?? 'col'))}>${drawAll(node.children)}</div>`);
register('Row', (node, { drawAll }) => html`<div class="box" ${styles(box(node, 'row'))}>${drawAll(node.children)}</div>`);
register('Col', (node, { drawAll }) => html`<div class="box" ${styles(box(node, 'col'))}>${drawAll(node.children)}</div>`);
register('Spacer', (node) => html`<div class="spacer" ${styles({ 'min-inline-size': space(node.minSize) })}></div>`);
register('Divider', (node) =>
  html`<hr class=${node.flush ? 'flush' : ''} ${styles({
    'border-color': color(node.color), 'border-block-start-width': length(node.size), 'margin-block': space(node.spacing),
  })} />`);

register('Card', (node, context) => {
  const body = html`${status(node.status)}<div class="body">${context.drawAll(node.children)}</div>${footer(node, context)}`;
  const look = styles({ ...sides('padding', node.padding), ...border(node.border), background: color(node.background) });
  const name = `card ${node.size ?? 'md'} ${node.collapsed ? 'collapsed' : ''}`;
  return node.asForm
    ? html`<form class=${name} ${look} @submit=${(/** @type {Event} */ event) => submitted(event, node.confirm?.action, context)}>${body}</form>`
    : html`<div class=${name} ${look}>${body}</div>`;
});

register('Form', (node, context) =>
  html`<form class="box" ${styles(box(node, node.direction ?? 'col'))}
    @submit=${(/** @type {Event} */ event) => submitted(event, node.onSubmitAction, context)}>${context.drawAll(node.children)}</form>`);

/** @param {Event} event @param {unknown} action @param {import('./registry.js').Context} context */
function submitted(event, action, context) {
  event.preventDefault();
  event.stopPropagation();
  if (action) context.act(action, event);
}

/** @param {any} status */
function status(status) {
  if (!status?.text) return nothing;
  return html`<div class="status">${status.icon ? html`<turnstream-icon name=${status.icon}></turnstream-icon>` : nothing}${status.text}</div>`;
}

/** @param {any} node @param {import('./registry.js').Context} context */
function footer({ confirm, cancel, asForm }, { act }) {
  if (!confirm && !cancel) return nothing;
  return html`<div class="footer">
    ${cancel ? html`<button type="button" class="button" @click=${(/** @type {Event} */ event) => act(cancel.action, event)}>${cancel.label}</button>` : nothing}
    ${confirm
      ? html`<button type=${asForm ? 'submit' : 'button'} class="button strong"
          @click=${asForm ? null : (/** @type {Event} */ event) => act(confirm.action, event)}>${confirm.label}</button>`
      : nothing}
  </div>`;
}
