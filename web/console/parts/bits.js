/** Small pieces that several pages show. */

import { html, nothing } from 'lit';
import { words } from './format.js';
import { hashOf } from './route.js';

/** @typedef {import('lit').TemplateResult} Template */

/** @param {any} turn a `TurnSummary` */
export function stateOf(turn) {
  if (turn.dead) return 'dead letter';
  if (!turn.ended_at && turn.cancel) return 'stopping';
  return turn.held_back ? 'held back' : turn.status;
}

/** @param {any} turn */
export function badge(turn) {
  const state = stateOf(turn);
  return html`<span class="badge" data-state=${turn.dead ? 'failed' : turn.status}>${state}</span>`;
}

/** @param {string} id @param {string} [text] */
export function turnLink(id, text = id) {
  return html`<a class="mono" href=${hashOf(['turns', id])} title=${id}>${text}</a>`;
}

/** @param {string} words_ @param {string} [id] */
export function heading(words_, id) {
  return html`<h2 id=${id ?? nothing}>${words_}</h2>`;
}

/** Something that went wrong, or nothing. @param {string} text */
export function failure(text) {
  return html`<p class="failure" role="alert" ?hidden=${!text}>${text}</p>`;
}

/**
 * A table that is a list of cards on a phone.
 * @param {string} label
 * @param {string[]} columns
 * @param {(Template | string | number | typeof nothing)[][]} rows
 * @param {string} [empty]
 */
export function table(label, columns, rows, empty = 'None.') {
  if (!rows.length) return html`<p class="empty">${empty}</p>`;
  return html`
    <div class="scroll">
      <table aria-label=${label}>
        <thead><tr>${columns.map((each) => html`<th scope="col">${each}</th>`)}</tr></thead>
        <tbody>
          ${rows.map((row) => html`<tr>${row.map((cell, index) => html`<td data-label=${columns[index]}><div>${cell}</div></td>`)}</tr>`)}
        </tbody>
      </table>
    </div>
  `;
}

/** @param {[string, Template | string | number | typeof nothing | null | undefined][]} pairs those with a value are shown */
export function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '' && value !== nothing);
  return html`<dl class="facts">${known.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** @param {string} name */
export const label = (name) => words(name).replace(/^./, (first) => first.toUpperCase());
