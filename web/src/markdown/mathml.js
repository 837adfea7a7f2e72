/** From TeX to MathML: KaTeX reads, we build. So no style attribute and no address of a text gets into the page. */

import katex from 'katex';

const MATHML = 'http://www.w3.org/1998/Math/MathML';
/** What a formula may set. Neither styles, which a strict policy refuses, nor addresses. */
const ATTRIBUTES = new Set(
  (
    'accent accentunder columnalign columnlines columnspacing depth display displaystyle fence height largeop linebreak linethickness ' +
    'lspace mathbackground mathcolor mathsize mathvariant maxsize minsize notation rowlines rowspacing rspace scriptlevel separator ' +
    'stretchy symmetric voffset width'
  ).split(' '),
);
const OPTIONS = { output: 'mathml', trust: false, strict: 'ignore', maxSize: 20, maxExpand: 300 };

/**
 * A node of KaTeX's tree, as far as we read it.
 * @typedef {{type?: string, text?: string, character?: string | null, width?: number, attributes?: Record<string, string>, children?: Node_[]}} Node_
 */

/**
 * The formula; null if it can't be read.
 * @param {string} tex
 * @param {boolean} displayMode
 * @returns {Element | null}
 */
export function mathml(tex, displayMode) {
  try {
    const { __renderToDomTree: treeOf } = /** @type {any} */ (katex);
    const [math] = treeOf(tex, { ...OPTIONS, displayMode }).children;
    return /** @type {Element} */ (built(math));
  } catch {
    return null;
  }
}

/** @param {Node_} node @returns {Node} */
function built(node) {
  if (node.text !== undefined || node.character) return document.createTextNode(node.text ?? node.character ?? '');
  if (!node.type) return space(node);
  const element = document.createElementNS(MATHML, node.type);
  for (const [name, value] of Object.entries(node.attributes ?? {})) if (ATTRIBUTES.has(name)) element.setAttribute(name, value);
  element.append(...(node.children ?? []).map(built));
  return element;
}

/** Room between signs, or a piece of a formula without a tag of its own. @param {Node_} node */
function space({ width, children }) {
  if (children) {
    const piece = document.createDocumentFragment();
    piece.append(...children.map(built));
    return piece;
  }
  const element = document.createElementNS(MATHML, 'mspace');
  element.setAttribute('width', `${width ?? 0}em`);
  return element;
}
