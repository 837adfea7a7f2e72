/** What the parts of an element have in common. */

import { LitElement } from 'lit';
import { base } from '../theme/base.js';

/** A part that is drawn anew when `env` or one of its own properties changes. */
export class Part extends LitElement {
  static properties = { env: {} };
  static styles = [base];

  /** @type {import('./env.js').Env} */
  env = /** @type {any} */ (undefined);

  /** Tell the element around. @param {string} name @param {any} [detail] */
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}
