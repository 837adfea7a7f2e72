/** Roots, and widgets as people build them. */

import { action, badge, Box, Button, caption, Card, Col, icon, Image, Row, text, title } from './nodes.js';

const FLIGHT = Card(
  { size: 'md', status: { text: 'Turnstream Air', icon: 'lucide:plane' } },
  Row({ justify: 'between' }, Col({}, caption('Departs'), title('TPE', { size: '2xl' }), text('08:35', { color: 'secondary', size: 'sm' })),
    icon('lucide:plane', { size: 'xl', color: 'tertiary' }), Col({ align: 'end' }, caption('Arrives'), title('LIS', { size: '2xl' }), text('21:10', { color: 'secondary', size: 'sm' }))),
  { type: 'Divider', flush: true },
  Row({}, badge('On time', { color: 'success', pill: true }), badge('Gate B7', { color: 'info', pill: true }), { type: 'Spacer' }, text('NT$ 24,180', { weight: 'semibold' })),
);

const WEATHER = Card(
  { size: 'sm', padding: 0, background: { light: 'blue-100', dark: 'blue-100' } },
  Col({ padding: 4, gap: 4 },
    Row({}, Col({}, title('Lisbon'), caption('Mostly sunny')), { type: 'Spacer' }, title('24°', { size: '4xl', weight: 'normal' })),
    Row({ justify: 'between' }, ...['Mon', 'Tue', 'Wed', 'Thu', 'Fri'].map((day, at) =>
      Col({ align: 'center', gap: 1 }, caption(day), icon(at % 2 ? 'lucide:cloud-sun' : 'lucide:sun', { size: 'lg' }), text(`${22 + at}°`, { size: 'sm', weight: 'medium' }))))),
);

const FORM = Card(
  { size: 'md', asForm: true, confirm: { label: 'Send', action: action('mail.send', { draft: 7 }) }, cancel: { label: 'Discard', action: action('mail.discard') }, status: { text: 'Draft', icon: 'mail' } },
  Row({}, text('To', { color: 'tertiary', width: 64 }), text('ann@example.com', { editable: { name: 'mail.to', required: true } })),
  { type: 'Divider', flush: true },
  Row({}, text('Subject', { color: 'tertiary', width: 64 }), text('Quarterly figures', { weight: 'semibold', editable: { name: 'mail.subject', placeholder: 'Subject', required: true } })),
  { type: 'Divider', flush: true },
  text('Dear Ann, attached are the figures of the last quarter. We are a little ahead of the plan, and I would like to talk about it on Thursday.', { minLines: 4, editable: { name: 'mail.body' } }),
);

const item = (/** @type {string} */ name, /** @type {string} */ what, /** @type {string} */ color) => ({
  type: 'ListViewItem', key: name, onClickAction: action('open', { name }),
  children: [Box({ size: 36, radius: 'md', background: color, align: 'center', justify: 'center' }, icon('document', { color: 'white' })), Col({ flex: 1 }, text(name, { weight: 'medium', truncate: true }), caption(what, { truncate: true })), icon('chevron-right', { color: 'tertiary' })],
});
const FILES = [item('Plan for the year', 'Edited today by Ann', 'blue-500'), item('Budget', 'Edited on Monday', 'green-500'), item('Minutes of the meeting about the new building', 'Edited on 3 November by somebody with a long name', 'purple-500'), item('Ideas', 'Edited in May', 'orange-500'), item('Archive', 'Not edited for long', 'gray-500')];

/** @type {Record<string, any>} */
export const WHOLES = {
  'Card: a flight': FLIGHT,
  'Card without padding: the weather': WEATHER,
  'Card as form, Text editable': FORM,
  'ListView with limit and status': { type: 'ListView', limit: 3, status: { text: 'Files', icon: 'book-open' }, children: FILES },
  'ListView, dark': { type: 'ListView', theme: 'dark', children: FILES.slice(0, 2) },
  'Card, light': { ...FLIGHT, theme: 'light' },
  'Card, dark': { ...FLIGHT, theme: 'dark' },
  'Card with border': Card({ size: 'sm', border: { size: 2, color: { light: 'purple-400', dark: 'purple-600' }, style: 'dashed' } }, text('A border of two pixels, dashed')),
  'Card with borders by side': Card({ size: 'sm', border: { top: { size: 4, color: 'blue-500' }, x: 1, bottom: 1 } }, text('Blue above')),
  'Card collapsed': Card({ size: 'sm', collapsed: true, confirm: { label: 'Book', action: action('book') } }, title('Booked'), text('The card is folded once its work is done, and so takes less place in the thread. What it said can still be seen at its top, and no more than that.')),
  'Card full, with sides of padding': Card({ size: 'full', padding: { x: 8, y: 2 }, background: 'surface-secondary' }, text('As wide as the thread')),
  'Card lg, picture flush': Card({ size: 'lg', status: { text: 'example.com', favicon: './gallery/picture.svg', frame: true } }, Image({ src: './gallery/picture.svg', alt: 'Hills', flush: true, height: 140 }), title('An article'), caption('Its summary is here, in smaller letters.'), Row({}, Button({ label: 'Read', style: 'primary', onClickAction: action('read', {}, { handler: 'client' }) }), Button({ label: 'Later', onClickAction: action('later', {}, { loadingBehavior: 'container' }) }))),
  'Basic, row': { type: 'Basic', direction: 'row', gap: 2, align: 'center', children: [badge('No frame'), text('Basic holds nodes and other roots'), FLIGHT.children[2]] },
  'Unknown nodes': Card({ size: 'sm' }, { type: 'Carousel', children: [text('A child of a node nobody knows')] }, { type: 'Hologram' }, { type: 'Frame', children: caption('One child, not in a list') }),
};
