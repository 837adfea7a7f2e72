/** Sets styles through CSSOM: a `style` attribute is refused by a strict Content-Security-Policy. */

import { noChange } from 'lit';
import { directive, Directive, PartType } from 'lit/directive.js';

/** @typedef {Readonly<Record<string, string | number | null | undefined>>} Styles */

class SetStyles extends Directive {
  /** @type {Set<string>} */
  #before = new Set();

  /** @param {import('lit/directive.js').PartInfo} part */
  constructor(part) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new TypeError('styles() belongs into a tag');
  }

  /** @param {Styles} _styles */
  render(_styles) {
    return noChange;
  }

  /**
   * @param {import('lit/directive.js').ElementPart} part
   * @param {[Styles]} styles
   */
  update(part, [styles]) {
    const { style } = /** @type {HTMLElement} */ (part.element);
    const now = new Set(Object.keys(styles).filter((name) => styles[name] != null && styles[name] !== ''));
    for (const name of this.#before) if (!now.has(name)) style.removeProperty(name);
    for (const name of now) style.setProperty(name, String(styles[name]));
    this.#before = now;
    return noChange;
  }
}

/** `<div ${styles({ 'row-gap': '4px' })}>`: values that CSS does not take are left out. */
export const styles = directive(SetStyles);
