/** What all views have. */

import { nothing } from 'lit';

/** @typedef {import('../console.js').Console} Console */
/** @typedef {import('../parts/route.js').Route} Route */

export class View {
  title = '';

  /** @param {Console} app @param {Route} route */
  constructor(app, route) {
    this.app = app;
    this.route = route;
  }

  /** @returns {unknown} a template of Lit's */
  template() {
    return nothing;
  }

  /** The view is on the page. @returns {Promise<void> | void} */
  start() {}

  /** It is no more. */
  stop() {}

  /**
   * Do something and say what came of it.
   * @param {() => Promise<unknown>} deed
   * @param {string} done
   */
  async doing(deed, done) {
    try {
      await deed();
      this.app.say(done);
      return true;
    } catch (error) {
      this.app.failed(error);
      return false;
    }
  }
}
