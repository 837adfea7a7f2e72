/** Places for what opens on top of everything. */

/** From the window's edge, and from what a popup belongs to, in pixels. */
const GAP = 8;

/**
 * Put a popup above what it belongs to, or below where there is no room; their starts in one line, and
 * all of it inside of the window.
 * @param {HTMLElement} popup in the top layer, with `position: fixed`
 * @param {Pick<DOMRect, 'left' | 'right' | 'top' | 'bottom'>} anchor
 */
export function place(popup, anchor) {
  const { offsetWidth: width, offsetHeight: height, style } = popup;
  const rtl = getComputedStyle(popup).direction === 'rtl';
  const x = Math.min(Math.max(rtl ? anchor.right - width : anchor.left, GAP), innerWidth - width - GAP);
  const above = anchor.top - height - GAP;
  const y = above >= GAP ? above : Math.min(anchor.bottom + GAP, innerHeight - height - GAP);
  style.setProperty('inset', `${Math.max(y, 0)}px auto auto ${Math.max(x, 0)}px`);
}
