/** A key is pasted once. */

import { html } from 'lit';
import { ask, wordsOf } from '../parts/api.js';
import { View } from './view.js';

export class SignInView extends View {
  title = 'Sign in';

  template() {
    return html`
      <form class="sign-in" @submit=${this.#submit}>
        <h1>Turnstream console</h1>
        <p>Paste a key with the scope <code>operator</code>. On the machine of <code>turnstream up</code>, or wherever the store can be
          reached, this makes one:</p>
        <pre><code>turnstream console</code></pre>
        <label>Key <input name="key" type="password" autocomplete="off" spellcheck="false" required autofocus placeholder="tsk_…" /></label>
        <button class="primary">Sign in</button>
        <p class="note">The key stays in a cookie that no script can read, until you sign out or close the browser.</p>
      </form>
    `;
  }

  #submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const key = String(new FormData(form).get('key')).trim();
    try {
      this.app.signedIn(await ask('POST', 'session', { key }));
    } catch (error) {
      this.app.say(wordsOf(error), true);
    }
  };
}
