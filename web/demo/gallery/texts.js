/** Texts, badges, icons, pictures. */

import { badge, Box, caption, Card, Col, each, icon, Image, Row, text, title } from './nodes.js';

const LONG = 'The quick brown fox jumps over the lazy dog, and then it jumps back, because nobody had told the fox that once is enough for anybody.';
const PICTURE = './gallery/picture.svg';

/** @type {Record<string, any>} */
export const TEXTS = {
  'Text sizes and weights': Card({}, ...each('size', ['xs', 'sm', 'md', 'lg', 'xl'], (props, size) => text(`Text ${size}`, props)),
    Row({ wrap: 'wrap', gap: 3 }, ...each('weight', ['normal', 'medium', 'semibold', 'bold'], (props, weight) => text(weight, props)), text('italic', { italic: true }), text('through', { lineThrough: true }))),
  'Text colours': Card({}, Row({ wrap: 'wrap', gap: 3 }, ...each('color', ['prose', 'primary', 'emphasis', 'secondary', 'tertiary', 'success', 'warning', 'danger', 'blue-700', 'red-600', 'alpha-80', 'light-dark(#07543a, #6fdcb0)'], (props, name) => text(name, props)), text('{light, dark}', { color: { light: 'purple-700', dark: 'yellow-700' } }))),
  'Text alignment and lines': Card({}, text('centred', { textAlign: 'center' }), text('at the end', { textAlign: 'end' }), text(LONG, { truncate: true }), text(LONG, { maxLines: 2 }), text('Two lines of room', { minLines: 2 }), text(LONG, { width: 180, size: 'sm' }), text('It is written now', { streaming: true, id: 's' })),
  'Title sizes': Card({}, ...each('size', ['sm', 'md', 'lg', 'xl', '2xl', '3xl', '4xl', '5xl'], (props, size) => title(`Title ${size}`, { ...props, truncate: true }))),
  'Caption sizes': Card({ size: 'sm' }, ...each('size', ['sm', 'md', 'lg'], (props, size) => caption(`Caption ${size}`, props)), caption(LONG, { maxLines: 2, color: 'danger' })),
  Markdown: Card({}, { type: 'Markdown', value: '**Bold**, *italic*, `code`, a [link](https://example.com)\n\n- one\n- two\n\n| a | b |\n|---|--:|\n| x | 1 |' }, { type: 'Markdown', value: 'Still being **writ', streaming: true }),
  Badges: Card({}, ...each('variant', ['soft', 'solid', 'outline'], (variant) => Row({ wrap: 'wrap' }, ...each('color', ['secondary', 'success', 'danger', 'warning', 'info', 'discovery'], (color, name) => badge(name, { ...variant, ...color })))), Row({}, ...each('size', ['sm', 'md', 'lg'], (props, size) => badge(size, { ...props, pill: true })))),
  Icons: Card({}, Row({ gap: 3 }, ...each('size', ['xs', 'sm', 'md', 'lg', 'xl', '2xl', '3xl'], (props) => icon('sparkle', props))), Row({ wrap: 'wrap', gap: 3 }, ...['agent', 'analytics', 'bolt', 'calendar', 'check-circle-filled', 'compass', 'cube', 'globe', 'lab', 'mail', 'maps', 'star-filled', 'suitcase', 'wreath', 'write', 'lucide:tent', 'nobody-drew-this'].map((name) => icon(name, { color: 'secondary', size: 'lg' })))),
  Images: Card({ size: 'lg' }, Row({ gap: 3, wrap: 'wrap' }, ...each('fit', ['cover', 'contain', 'fill', 'scale-down', 'none'], (props) => Image({ src: PICTURE, alt: String(props.fit), size: 72, background: 'surface-tertiary', ...props }))),
    Row({ gap: 3, wrap: 'wrap' }, ...each('radius', ['none', 'sm', 'xl', 'full'], (props) => Image({ src: PICTURE, alt: '', size: 56, frame: true, ...props })), ...each('position', ['top left', 'center', 'bottom right'], (props) => Image({ src: PICTURE, alt: '', width: 56, height: 56, ...props }))),
    Row({ gap: 3 }, Image({ src: 'ftp://example.com/a.png', alt: 'Refused: not of the web', size: 72 }), Image({ src: './gallery/gone.png', alt: 'Not there', size: 72 }), Image({ src: PICTURE, aspectRatio: '16/9', flex: 1, maxHeight: 72, margin: { left: 2 } }))),
  'Palette': Card({ size: 'full' }, ...['gray', 'red', 'pink', 'orange', 'yellow', 'green', 'purple', 'blue'].map((hue) => Row({ gap: 0 }, ...[25, 50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950].map((step) => Box({ flex: 1, height: 20, background: `${hue}-${step}` }))))),
  'Col of everything small': Col({ gap: 2 }, text('No card around: a node may be a root of its own here')),
};
