/** Card and Form: frames around content, and what happens when they are confirmed. */

import { html, nothing } from 'lit';
import { styles } from '../view/set-styles.js';
import { border, box, directionOf } from './boxes.js';
import { surfaceColor, themeOf } from './colors.js';
import { oneOf, sides } from './css-values.js';
import { register } from './registry.js';
import { status } from './status.js';

/** @typedef {import('./registry.js').Context} Context */

const SIZES = Object.freeze({ sm: 'sm', md: 'md', lg: 'lg', full: 'full' });

register('Card', (node, context) => {
  const look = styles({ ...themeOf(node), ...sides('--pad', node.padding), ...border(node.border), background: surfaceColor(node.background) });
  const name = `card ${oneOf(SIZES, node.size) ?? 'md'} ${node.collapsed ? 'collapsed' : ''}`;
  const inside = html`<div class="body">${context.drawAll(node.children)}</div>${footer(node, context)}`;
  const card = node.asForm
    ? html`<form class=${name} ${look} @submit=${submits(node.confirm?.action, context)}>${inside}</form>`
    : html`<div class=${name} ${look}>${inside}</div>`;
  return html`<div class="framed ${oneOf(SIZES, node.size) ?? 'md'}">${status(node.status, context)}${card}</div>`;
});

register('Form', (node, context) =>
  html`<form class="box" ${styles(box({ gap: 3, ...node }, directionOf(node, 'col')))} @submit=${submits(node.onSubmitAction, context)}>
    ${context.drawAll(node.children)}
  </form>`);

/**
 * A form never leaves the page: once the browser finds its fields valid, its action is sent.
 * @param {unknown} action
 * @param {Context} context
 */
function submits(action, { act }) {
  return (/** @type {Event} */ event) => {
    event.preventDefault();
    event.stopPropagation();
    act(action, event, 'container');
  };
}

/** @param {any} node @param {Context} context */
function footer({ confirm, cancel, asForm, collapsed }, { act }) {
  if (collapsed || (!confirm && !cancel)) return nothing;
  const acts = (/** @type {unknown} */ action) => (/** @type {Event} */ event) => act(action, event, 'container');
  return html`<div class="footer">
    ${cancel
      ? html`<button type="button" class="press outline" @click=${acts(cancel.action)}>${String(cancel.label ?? '')}</button>`
      : nothing}
    ${confirm
      ? html`<button type=${asForm ? 'submit' : 'button'} class="press solid primary" @click=${asForm ? null : acts(confirm.action)}>
          ${String(confirm.label ?? '')}
        </button>`
      : nothing}
  </div>`;
}
