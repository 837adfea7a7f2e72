/** From what somebody did with a node to the action that is sent. */

/**
 * @typedef {{type: string, payload?: Record<string, unknown>, handler?: string, streaming?: boolean, loadingBehavior?: string}} Action
 * @typedef {'none' | 'self' | 'container'} Loading
 * @typedef {{path: string, usual: Loading}} From the node that an action comes from, and what `auto` means there
 */

/** Names that would change what an object is. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
/** Names of fields go as deep as this. */
const DEEPEST = 8;

/** @param {unknown} action @returns {action is Action} */
export const isAction = (action) =>
  typeof action === 'object' && action !== null && typeof (/** @type {any} */ (action).type) === 'string';

/**
 * What shows that an action runs: nothing, the node itself, or the whole widget.
 * @param {Action} action
 * @param {Loading} usual what `auto` means at this node
 * @returns {Loading}
 */
export function loadingOf({ loadingBehavior }, usual) {
  return loadingBehavior === 'none' || loadingBehavior === 'self' || loadingBehavior === 'container' ? loadingBehavior : usual;
}

/**
 * The payload of an action with the values of a form. A name with dots goes into the depth:
 * `todo.title` is `payload.todo.title`. What the payload already has stays, because the author of the
 * widget wrote it on purpose; `conflicts` names the fields that were left out for it.
 * @param {unknown} payload
 * @param {Readonly<Record<string, unknown>>} values
 * @returns {{payload: unknown, conflicts: string[]}}
 */
export function merged(payload, values) {
  const names = Object.keys(values);
  if (!names.length) return { payload, conflicts: [] };
  const whole = isObject(payload) ? structuredClone(payload) : {};
  const conflicts = payload != null && !isObject(payload) ? names : names.filter((name) => !put(whole, name, values[name]));
  return { payload: payload != null && !isObject(payload) ? payload : whole, conflicts };
}

/** @param {unknown} value @returns {value is Record<string, any>} */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * @param {Record<string, any>} whole
 * @param {string} name
 * @param {unknown} value
 * @returns {boolean} whether its place was free
 */
function put(whole, name, value) {
  const steps = name.split('.');
  if (steps.length > DEEPEST || steps.some((step) => FORBIDDEN.has(step))) return false;
  const last = /** @type {string} */ (steps.pop());
  let at = whole;
  for (const step of steps) {
    if (!Object.hasOwn(at, step)) at[step] = {};
    at = at[step];
    if (!isObject(at)) return false;
  }
  if (Object.hasOwn(at, last)) return false;
  at[last] = value;
  return true;
}
