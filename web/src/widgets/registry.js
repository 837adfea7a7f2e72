/** From the type of a node to the function that draws it. */

import { nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';

/** @typedef {import('../wire.js').WidgetNode} Node */

/**
 * What the nodes of one widget have in common. `busy` is the path of the node whose action runs, or
 * `''` if the whole widget waits for one.
 * @typedef {{
 *   env: import('../view/env.js').Env,
 *   domains: readonly string[] | null,
 *   labels: ReadonlySet<string>,
 *   fresh: boolean,
 *   busy: string | null,
 *   act: (action: unknown, event: Event, from: import('./actions.js').From) => void,
 *   left: {nodes: number},
 * }} Given
 *
 * What a drawing function may use besides its node. `path` tells one place in the tree from another;
 * `loading` is true while an action of this node runs.
 * @typedef {Omit<Given, 'act'> & {
 *   path: string,
 *   loading: boolean,
 *   act: (action: unknown, event: Event, usual?: 'none' | 'self' | 'container') => void,
 *   draw: (node: unknown, place?: string | number) => unknown,
 *   drawAll: (children: unknown) => unknown,
 * }} Context
 * @typedef {(node: any, context: Context) => unknown} Draw
 */

/** @type {Map<string, Draw>} */
const drawings = new Map();

/** A node deeper than this is not drawn: no designer nests so deep, an endless tree does. */
const DEEPEST = 40;
/** As many nodes of one widget are drawn: more would stop the page for a second or more. */
export const MOST_NODES = 5_000;

/** Say how nodes of a type are drawn. @param {string} type @param {Draw} draw */
export function register(type, draw) {
  drawings.set(type, draw);
}

/** The types that can be drawn. */
export const types = () => [...drawings.keys()];

/**
 * Draw a node. One of an unknown type is drawn as its children, or not at all.
 * @param {unknown} node
 * @param {Given} given
 * @param {string} [path]
 * @returns {unknown}
 */
export function drawNode(node, given, path = '0') {
  if (!node || typeof node !== 'object' || Array.isArray(node)) return nothing;
  const depth = path.split('.').length;
  if (depth > DEEPEST || --given.left.nodes < 0) return nothing;
  const context = contextOf(given, path);
  const { type, children } = /** @type {Node} */ (node);
  const draw = drawings.get(type);
  return draw ? draw(node, context) : context.drawAll(children);
}

/**
 * How many nodes a tree has; it stops to count past the most that are drawn.
 * @param {any} node
 * @returns {number}
 */
export function sizeOf(node) {
  let size = 0;
  const left = [node];
  while (left.length && size <= MOST_NODES) {
    const { children } = left.pop() ?? {};
    size++;
    if (Array.isArray(children)) for (const child of children) left.push(child);
    else if (children) left.push(children);
  }
  return size;
}

/** @param {Given} given @param {string} path @returns {Context} */
function contextOf(given, path) {
  /** @type {Context['draw']} */
  const draw = (child, place = 0) => drawNode(child, given, `${path}.${place}`);
  return {
    ...given,
    path,
    loading: given.busy === path,
    act: (action, event, usual = 'self') => given.act(action, event, { path, usual }),
    draw,
    drawAll: (children) => repeat(listOf(children), keyOf, draw),
  };
}

/** Nodes with a key keep their place in the document when others come before them. */
const keyOf = (/** @type {any} */ node, /** @type {number} */ at) => node?.key ?? node?.id ?? at;

/** @param {unknown} children @returns {any[]} */
export function listOf(children) {
  if (Array.isArray(children)) return withUniqueKeys(children);
  return children ? [children] : [];
}

/** Two children of one key would be one place: the second one loses its key. @param {any[]} children */
function withUniqueKeys(children) {
  const seen = new Set();
  return children.map((child, at) => {
    const key = keyOf(child, at);
    if (seen.has(key)) return { ...child, key: `${key} ${at}` };
    seen.add(key);
    return child;
  });
}
