/** The look that options ask for, as a style sheet of one element. */

import { loadFonts, properties } from './theme.js';

/** @typedef {Parameters<typeof properties>[0]} Theme */

export class ThemeSheet {
  #sheet = new CSSStyleSheet();
  #rule;

  constructor() {
    // On the host, where the tokens are: what one is made from others of follows them only there.
    this.#sheet.insertRule(':host {}');
    this.#rule = /** @type {CSSStyleRule} */ (this.#sheet.cssRules[0]);
  }

  /** Put the sheet behind those that are there. Styles of the page go before it. @param {ShadowRoot} root */
  adoptedBy(root) {
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, this.#sheet];
  }

  /** @param {Theme} theme */
  apply(theme) {
    loadFonts(theme);
    for (const [name, value] of Object.entries(properties(theme))) {
      if (value === undefined) this.#rule.style.removeProperty(name);
      else this.#rule.style.setProperty(name, value);
    }
  }
}
