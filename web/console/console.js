/** The operators' page: who is signed in, where the page is, and the view that shows it. */

import { html, nothing, render } from 'lit';
import { ask, Problem, wordsOf } from './parts/api.js';
import { hashOf, routeOf } from './parts/route.js';
import { AuditView } from './views/audit.js';
import { KeysView } from './views/keys.js';
import { OverviewView } from './views/overview.js';
import { SignInView } from './views/sign-in.js';
import { TenantsView } from './views/tenants.js';
import { TurnView } from './views/turn.js';
import { TurnsView } from './views/turns.js';
import { UsageView } from './views/usage.js';

/** @typedef {import('./views/view.js').View} View */

/** @type {[string, string][]} */
const PLACES = [
  ['', 'Overview'],
  ['turns', 'Turns'],
  ['keys', 'Keys'],
  ['tenants', 'Tenants'],
  ['usage', 'Usage'],
  ['audit', 'Audit'],
];
/** @type {Record<string, new (app: Console, route: import('./parts/route.js').Route) => View>} */
const VIEWS = { '': OverviewView, turns: TurnsView, keys: KeysView, tenants: TenantsView, usage: UsageView, audit: AuditView };

/** The page. Views draw themselves by `update`, and say here what happened. */
export class Console {
  /** @type {View | undefined} */
  #view;
  #said = '';
  #bad = false;
  /** @type {{key_id: string, expires_at: string | null, trace_url: string | null} | null} */
  session = null;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    addEventListener('hashchange', () => this.#open());
  }

  async start() {
    try {
      this.session = await ask('GET', 'session');
    } catch (error) {
      if (!(error instanceof Problem && error.isSignedOut)) this.say(wordsOf(error), true);
    }
    this.#open();
  }

  /** @param {any} session */
  signedIn(session) {
    this.session = session;
    this.say('');
    this.#open();
  }

  async signOut() {
    await ask('DELETE', 'session').catch(() => undefined);
    this.session = null;
    this.#open();
  }

  /** What a request came to: a key that ended leads to the sign-in. @param {unknown} error */
  failed(error) {
    if (error instanceof Problem && error.isSignedOut && this.session) {
      this.session = null;
      this.#open();
    }
    this.say(wordsOf(error), true);
  }

  /** @param {string} text @param {boolean} [bad] */
  say(text, bad = false) {
    this.#said = text;
    this.#bad = bad;
    this.update();
  }

  update() {
    render(this.#template(), this.root);
  }

  #open() {
    const route = routeOf(location.hash);
    this.#view?.stop();
    const [first = '', second] = route.path;
    const wanted = first === 'turns' && second ? TurnView : (VIEWS[first] ?? OverviewView);
    this.#view = this.session ? new wanted(this, route) : new SignInView(this, route);
    document.title = `${this.#view.title} · Turnstream console`;
    this.#said = '';
    this.update();
    void this.#view.start();
    if (this.session) /** @type {HTMLElement | null} */ (this.root.querySelector('main'))?.focus({ preventScroll: true });
  }

  #template() {
    const view = this.#view;
    const said = html`<p class="said" role="status" data-bad=${this.#bad || nothing} ?hidden=${!this.#said}>${this.#said}</p>`;
    if (!this.session) return html`<main tabindex="-1" class="alone">${said}${view?.template() ?? nothing}</main>`;
    const place = routeOf(location.hash).path[0] ?? '';
    return html`
      <header class="bar">
        <h1><a href="#/">Turnstream</a></h1>
        <nav aria-label="Pages">
          ${PLACES.map(([path, name]) => html`<a href=${hashOf(path ? [path] : [])} aria-current=${path === place ? 'page' : nothing}>${name}</a>`)}
        </nav>
        <button type="button" class="quiet" title=${`Signed in with ${this.session.key_id}`} @click=${() => this.signOut()}>Sign out</button>
      </header>
      <main tabindex="-1">${said}${view?.template() ?? nothing}</main>
    `;
  }
}

void new Console(/** @type {HTMLElement} */ (document.getElementById('console'))).start();
