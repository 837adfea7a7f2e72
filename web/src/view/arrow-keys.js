/** Arrow keys in a list of buttons: up and down to the neighbour, Home and End to the ends. */

/**
 * Move the focus. Does nothing for other keys, or when none of the stops has the focus.
 * @param {KeyboardEvent} event
 * @param {ArrayLike<HTMLElement>} list in the order of the page
 */
export function moveFocus(event, list) {
  const stops = Array.from(list);
  const root = /** @type {Document | ShadowRoot | undefined} */ (stops[0]?.getRootNode());
  const at = stops.findIndex((stop) => stop === root?.activeElement);
  const to = target(event.key, at, stops.length);
  if (at < 0 || to === null) return;
  event.preventDefault();
  stops[to].focus();
}

/**
 * Where a key leads from the place `at`: it stays inside the list. Null for other keys.
 * @param {string} key
 * @param {number} at
 * @param {number} count
 * @returns {number | null}
 */
export function target(key, at, count) {
  switch (key) {
    case 'ArrowDown':
      return Math.min(at + 1, count - 1);
    case 'ArrowUp':
      return Math.max(at - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
