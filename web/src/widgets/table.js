/** Table, its rows and cells. */

import { html } from 'lit';
import { styles } from '../view/set-styles.js';
import { length, oneOf, sides, whole } from './css-values.js';
import { listOf, register } from './registry.js';

/** @typedef {import('./registry.js').Context} Context */

const ALIGN = Object.freeze({ start: 'start', center: 'center', end: 'end' });
const VERTICAL = Object.freeze({ start: 'top', center: 'middle', end: 'bottom' });
const WIDTHS = Object.freeze({ xs: '64px', sm: '96px', md: '144px', lg: '208px', xl: '288px' });

register('Table', (node, context) => {
  const rows = listOf(node.children).map((row) => (row?.type === 'Table.Row' ? row : { type: 'Table.Row', children: [row] }));
  const heads = rows.findIndex((row) => !row.header);
  const end = heads < 0 ? rows.length : heads;
  return html`<div class="table" tabindex="0" role="group" aria-label=${context.env.t('table')}><table>
    <thead>${rows.slice(0, end).map((each, at) => row(each, context, at))}</thead>
    <tbody>${rows.slice(end).map((each, at) => row(each, context, end + at))}</tbody>
  </table></div>`;
});

/** Outside of a table a row is a box, and a cell is what is in it. */
register('Table.Row', (node, { drawAll }) => html`<div class="box" ${styles({ 'flex-direction': 'row', gap: 'var(--ts-3)' })}>${drawAll(node.children)}</div>`);
register('Table.Cell', (node, { drawAll }) => html`<div class="box cell">${drawAll(node.children)}</div>`);

/** @param {any} node @param {Context} context @param {number} place */
function row(node, context, place) {
  const cells = listOf(node.children).map((cell) => (cell?.type === 'Table.Cell' ? cell : { type: 'Table.Cell', children: [cell] }));
  return html`<tr>${cells.map((each, at) => cell(each, node.header === true, context, `${place}.${at}`))}</tr>`;
}

/** @param {any} node @param {boolean} header @param {Context} context @param {string} place */
function cell(node, header, context, place) {
  const look = styles({
    ...sides('padding', node.padding),
    'text-align': oneOf(ALIGN, node.align),
    'vertical-align': oneOf(VERTICAL, node.vAlign),
    width: length(node.width) ?? oneOf(WIDTHS, node.colSize),
    'min-width': oneOf(WIDTHS, node.colSize),
  });
  const side = oneOf(ALIGN, node.align) ?? 'start';
  const inside = html`<div class="cell ${side}">${listOf(node.children).map((child, at) => context.draw(child, `${place}.${at}`))}</div>`;
  const columns = whole(node.colSpan, 1, 100) ?? 1;
  const rows = whole(node.rowSpan, 1, 1000) ?? 1;
  return header
    ? html`<th scope="col" colspan=${columns} rowspan=${rows} ${look}>${inside}</th>`
    : html`<td colspan=${columns} rowspan=${rows} ${look}>${inside}</td>`;
}
