/** What boxes have in common: sizes, margin, padding, borders, corners, flow. */

import { lineColor, surfaceColor } from './colors.js';
import { flex, length, oneOf, RADII, ratio, SIDES, sides, space } from './css-values.js';

/** @typedef {Record<string, string | undefined>} Css */

const ALIGN = Object.freeze({ start: 'flex-start', center: 'center', end: 'flex-end', baseline: 'baseline', stretch: 'stretch' });
const JUSTIFY = Object.freeze({
  start: 'flex-start', center: 'center', end: 'flex-end', stretch: 'stretch',
  between: 'space-between', around: 'space-around', evenly: 'space-evenly',
});
const WRAP = Object.freeze({ nowrap: 'nowrap', wrap: 'wrap', 'wrap-reverse': 'wrap-reverse' });
const LINES = new Set(['solid', 'dashed', 'dotted', 'double', 'groove', 'ridge', 'inset', 'outset']);

/**
 * Width, height and their limits, and the ratio of both.
 * @param {any} node
 * @returns {Css}
 */
export function dimensions(node) {
  return {
    width: length(node.width ?? node.size),
    height: length(node.height ?? node.size),
    'min-width': length(node.minWidth ?? node.minSize),
    'min-height': length(node.minHeight ?? node.minSize),
    'max-width': length(node.maxWidth ?? node.maxSize),
    'max-height': length(node.maxHeight ?? node.maxSize),
    'aspect-ratio': ratio(node.aspectRatio),
    flex: flex(node.flex),
    // A thing of a given size keeps it beside long texts.
    'flex-shrink': node.flex == null && (node.size ?? node.width) != null ? '0' : undefined,
  };
}

/** Sizes, margin and corners. @param {any} node @returns {Css} */
export const block = (node) => ({ ...dimensions(node), ...sides('margin', node.margin), 'border-radius': oneOf(RADII, node.radius) });

/**
 * A box that has children.
 * @param {any} node
 * @param {'row' | 'col'} direction
 * @returns {Css}
 */
export function box(node, direction) {
  return {
    ...block(node),
    ...sides('padding', node.padding),
    ...border(node.border),
    ...flow(node, direction),
    background: surfaceColor(node.background),
  };
}

/** How children stand in a box. @param {any} node @param {'row' | 'col'} direction @returns {Css} */
export function flow(node, direction) {
  return {
    'flex-direction': direction === 'row' ? 'row' : 'column',
    'align-items': oneOf(ALIGN, node.align) ?? (direction === 'row' ? 'center' : undefined),
    'justify-content': oneOf(JUSTIFY, node.justify),
    'flex-wrap': oneOf(WRAP, node.wrap),
    gap: space(node.gap),
  };
}

/** A direction that a node names, or the usual one. @param {any} node @param {'row' | 'col'} usual */
export const directionOf = ({ direction }, usual) => (direction === 'row' || direction === 'col' ? direction : usual);

/** @param {any} value a thickness, a border, or borders by sides @returns {Css} */
export function border(value) {
  if (value == null) return {};
  if (typeof value !== 'object' || 'size' in value) return { border: line(value) };
  return Object.fromEntries(SIDES.map(([side, logical, axis]) => [`border-${logical}`, line(value[side] ?? value[axis])]));
}

/** @param {any} value @returns {string | undefined} */
function line(value) {
  if (value == null) return undefined;
  const { size, color, style } = typeof value === 'object' ? value : { size: value, color: null, style: null };
  const thickness = Number(size);
  if (!Number.isFinite(thickness)) return undefined;
  return `${Math.max(0, thickness)}px ${LINES.has(style) ? style : 'solid'} ${lineColor(color) ?? 'var(--ts-line)'}`;
}
