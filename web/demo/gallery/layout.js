/** Boxes, tables, lines. */

import { badge, Box, caption, Card, Col, each, icon, Row, text } from './nodes.js';

const block = (/** @type {string} */ name, /** @type {any} */ props = {}) => Box({ padding: 2, background: 'surface-tertiary', radius: 'sm', ...props }, caption(name));
const cell = (/** @type {string} */ value, /** @type {any} */ props = {}) => ({ type: 'Table.Cell', ...props, children: [text(value, { size: 'sm', ...(props.weight && { weight: props.weight }) })] });

/** @type {Record<string, any>} */
export const LAYOUT = {
  'Row: justify': Card({}, ...each('justify', ['start', 'center', 'end', 'between', 'around', 'evenly', 'stretch'], (props, name) => Row({ ...props, gap: 1, background: 'surface-secondary', padding: 1, radius: 'md' }, block(name), block('b'), block('c')))),
  'Row: align': Card({}, Row({ gap: 2 }, ...each('align', ['start', 'center', 'end', 'baseline', 'stretch'], (props, name) => Row({ ...props, height: 72, gap: 1, background: 'surface-secondary', padding: 1, radius: 'md', flex: 1 }, block(name.slice(0, 2)), block('x', { padding: 1 }))))),
  'Gap, wrap, flex, sizes': Card({}, Row({ wrap: 'wrap', gap: 2 }, ...Array.from({ length: 12 }, (_, at) => block(`${at}`))), Row({ gap: 2 }, block('1', { flex: 1 }), block('2', { flex: 2 }), block('auto', { flex: 'none' })), Row({ gap: 2 }, block('80', { width: 80 }), block('40×40', { size: 48 }), block('≥120', { minWidth: 120 }), block('50%', { width: '50%' }))),
  'Radius': Card({}, Row({ gap: 2, wrap: 'wrap' }, ...each('radius', ['none', '2xs', 'xs', 'sm', 'md', 'lg', 'xl', '2xl', '3xl', '4xl', 'full', '100%'], (props, name) => Box({ ...props, size: 52, background: 'blue-100', align: 'center', justify: 'center' }, caption(name))))),
  'Borders': Card({}, Row({ gap: 2, wrap: 'wrap' }, block('1', { border: 1 }), block('subtle', { border: { size: 1, color: 'subtle' } }), block('strong', { border: { size: 2, color: 'strong' } }), block('dotted', { border: { size: 2, style: 'dotted', color: 'red-500' } }), block('left', { border: { left: { size: 4, color: 'green-500' } } }), block('y', { border: { y: 2 } }))),
  'Backgrounds': Card({}, Row({ gap: 2, wrap: 'wrap' }, ...each('background', ['surface', 'surface-secondary', 'surface-tertiary', 'surface-elevated', 'surface-elevated-secondary', 'blue-100', 'green-alpha-20', 'linear-gradient(90deg, light-dark(#fce, #503), light-dark(#dcf, #305))'], (props, name) => block(name.slice(0, 26), { ...props, border: 1 })))),
  'Padding and margin': Card({ size: 'sm', padding: { top: 8, x: 4, bottom: 2 } }, block('margin 0 0 0 8', { margin: { left: 8 } }), block('padding 1 6', { padding: { y: 1, x: 6 } }), block('12px', { padding: '12px' })),
  'Dividers and spacers': Card({ size: 'sm' }, text('above'), { type: 'Divider' }, { type: 'Divider', flush: true, color: 'strong' }, { type: 'Divider', size: 3, color: 'blue-400', spacing: 2 }, Row({}, text('start'), { type: 'Spacer', minSize: 8 }, text('end'))),
  'Box: ratio and direction': Card({ size: 'sm' }, Box({ aspectRatio: '16/9', background: 'purple-100', align: 'center', justify: 'center', radius: 'lg' }, text('16 / 9')), Box({ direction: 'row', gap: 2 }, icon('star'), text('row')), Col({ align: 'end' }, text('end of a column'))),
  'Transition': Card({ size: 'sm' }, { type: 'Transition', children: text('Comes in softly', { key: 'a' }) }),
  'Table': Card({ size: 'lg' }, { type: 'Table', children: [
    { type: 'Table.Row', header: true, children: [cell('Order', { colSize: 'sm' }), cell('State'), cell('Sum', { align: 'end' })] },
    { type: 'Table.Row', children: [cell('#1042'), { type: 'Table.Cell', children: [badge('Paid', { color: 'success' })] }, cell('1,240.00', { align: 'end' })] },
    { type: 'Table.Row', children: [cell('#1043'), { type: 'Table.Cell', children: [badge('Waiting', { color: 'warning' })] }, cell('80.50', { align: 'end' })] },
    { type: 'Table.Row', children: [cell('Together', { colSpan: 2, weight: 'semibold' }), cell('1,320.50', { align: 'end', weight: 'semibold' })] },
  ] }),
  'Table: spans and alignment': Card({ size: 'md' }, { type: 'Table', children: [
    { type: 'Table.Row', children: [cell('two rows', { rowSpan: 2, vAlign: 'center', width: 90 }), cell('centre', { align: 'center' }), cell('padding', { padding: { y: 4 } })] },
    { type: 'Table.Row', children: [cell('top', { vAlign: 'start' }), cell('a\nb\nc')] },
  ] }),
};
