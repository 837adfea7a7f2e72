/** Selected text inside of shadow trees, where `getSelection` alone does not look. */

/**
 * What is selected in a part of a shadow tree, and where it is in the window. Null where nothing is, or
 * where a browser can't tell.
 * @param {ShadowRoot} root
 * @param {string} name of the element in it
 * @returns {{text: string, rect: DOMRect} | null}
 */
export function selectedIn(root, name) {
  const inside = root.querySelector(name)?.shadowRoot;
  const selection = document.getSelection();
  if (!inside || !selection?.getComposedRanges) return null;
  const range = deepest(selection, [root, inside]);
  if (!range || !within(range.startContainer, inside) || !within(range.endContainer, inside)) return null;
  const text = (selection.toString() || range.toString()).trim();
  const rect = range.getBoundingClientRect();
  return text && rect.width ? { text, rect } : null;
}

/**
 * A browser tells no more of a selection than the shadow trees it is asked about. So each answer says
 * which tree to ask about next, until both ends are found.
 * @param {Selection} selection
 * @param {ShadowRoot[]} roots
 * @returns {Range | null}
 */
function deepest(selection, roots) {
  const [found] = selection.getComposedRanges({ shadowRoots: roots });
  if (!found || found.collapsed) return null;
  const { startContainer, startOffset, endContainer, endOffset } = found;
  const hosts = [startContainer.childNodes[startOffset], endContainer.childNodes[endOffset - 1]];
  const further = hosts.flatMap((node) => (node instanceof Element && node.shadowRoot && !roots.includes(node.shadowRoot) ? [node.shadowRoot] : []));
  if (further.length) return deepest(selection, [...roots, ...further]);
  const range = document.createRange();
  range.setStart(startContainer, startOffset);
  if (startContainer.getRootNode() === endContainer.getRootNode()) range.setEnd(endContainer, endOffset);
  else range.setEndAfter(startContainer);
  return range;
}

/** @param {Node} node @param {ShadowRoot} tree */
function within(node, tree) {
  for (let root = node.getRootNode(); root instanceof ShadowRoot; root = root.host.getRootNode()) if (root === tree) return true;
  return false;
}
