/** From the type of a node to the function that draws it. */

import { nothing } from 'lit';

/**
 * What a drawing function may use besides its node. `form` is the name of what encloses it, if that
 * is a form.
 * @typedef {{
 *   env: import('../view/env.js').Env,
 *   domains: readonly string[] | null,
 *   draw: (node: unknown) => unknown,
 *   drawAll: (children: unknown) => unknown,
 *   act: (action: unknown, event?: Event) => void,
 * }} Context
 * @typedef {(node: any, context: Context) => unknown} Draw
 */

/** @type {Map<string, Draw>} */
const drawings = new Map();

/** A node deeper than this is not drawn: no designer nests so deep, an endless tree does. */
const DEEPEST = 40;

/** Say how nodes of a type are drawn. @param {string} type @param {Draw} draw */
export function register(type, draw) {
  drawings.set(type, draw);
}

/** The types that can be drawn. */
export const types = () => [...drawings.keys()];

/**
 * Draw a node. One of an unknown type is drawn as its children, or not at all.
 * @param {unknown} node
 * @param {Omit<Context, 'draw' | 'drawAll'>} given
 * @param {number} [depth]
 * @returns {unknown}
 */
export function drawNode(node, given, depth = 0) {
  if (!node || typeof node !== 'object' || depth > DEEPEST) return nothing;
  /** @type {Context} */
  const context = {
    ...given,
    draw: (child) => drawNode(child, given, depth + 1),
    drawAll: (children) => listOf(children).map((child) => drawNode(child, given, depth + 1)),
  };
  const { type, children } = /** @type {any} */ (node);
  const draw = drawings.get(type);
  return draw ? draw(node, context) : context.drawAll(children);
}

/** @param {unknown} children @returns {unknown[]} */
function listOf(children) {
  if (Array.isArray(children)) return children;
  return children ? [children] : [];
}
