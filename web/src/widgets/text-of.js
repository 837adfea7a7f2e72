/** What a tree of nodes says, for those who hear it. */

/** A name that is read aloud is not longer. */
const LONGEST = 160;

/** @param {any} node @returns {string} */
export function textOf(node) {
  return words(node, 0).join(' ').replace(/\s+/g, ' ').trim().slice(0, LONGEST);
}

/** @param {any} node @param {number} depth @returns {string[]} */
function words(node, depth) {
  if (!node || typeof node !== 'object' || depth > 40) return [];
  const own = [node.value, node.label, node.type === 'Image' ? node.alt : null].filter((each) => typeof each === 'string');
  const children = Array.isArray(node.children) ? node.children : [node.children];
  return [...own, ...children.flatMap((/** @type {any} */ child) => words(child, depth + 1))];
}
