/**
 * Every node with every property: `gallery.html?dark&compact&rtl&only=Chart`. What is sent is shown
 * below the widget and takes a second, so that loading can be seen.
 */

import { TurnstreamChat } from '../src/turnstream-chat.js';
import { ENGLISH } from '../src/locales/locales.js';
import { properties } from '../src/theme/theme.js';
import { SPECIMENS } from './gallery/specimens.js';

const LOOK = `
  :host { display: block; block-size: auto; min-block-size: 100vh; padding: 24px; box-sizing: border-box; background: var(--ts-background); color: var(--ts-foreground); font: 400 var(--ts-base) / 1.5 var(--ts-font); }
  main { columns: 36rem auto; column-gap: 32px; }
  section { break-inside: avoid; padding-block-end: 28px; }
  header { column-span: all; display: flex; flex-wrap: wrap; align-items: center; gap: 8px; padding-block-end: 24px; }
  h1 { flex: 1; font-size: var(--ts-text-2xl); font-weight: 650; letter-spacing: -0.02em; }
  h2 { padding-block-end: 8px; font-size: var(--ts-text-xs); font-weight: 550; color: var(--ts-muted); }
  header a { color: inherit; text-decoration: none; }
  header .strong { color: var(--ts-background); }
  output { display: block; font: var(--ts-text-xs) var(--ts-font-mono); color: var(--ts-muted); overflow-wrap: anywhere; }
  turnstream-item { content-visibility: visible; }`;
const SECOND = 1000;
const LOOKS = { dark: 'Dark', compact: 'Compact', rtl: 'Right to left' };

const asked = new URLSearchParams(location.search);
const root = document.getElementById('gallery')?.attachShadow({ mode: 'open' });
if (root) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(LOOK);
  root.adoptedStyleSheets = [...TurnstreamChat.elementStyles.flatMap((style) => ('styleSheet' in style ? (style.styleSheet ?? []) : style)), sheet];
  dress(/** @type {HTMLElement} */ (root.host));
  const main = document.createElement('main');
  main.append(head());
  for (const [name, widget] of Object.entries(SPECIMENS)) if (name.includes(asked.get('only') ?? '')) main.append(section(name, widget));
  root.append(main);
}

/** The title, and the looks to switch between. */
function head() {
  const whole = document.createElement('header');
  const title = document.createElement('h1');
  title.textContent = document.title;
  whole.append(title, ...Object.entries(LOOKS).map(([name, label]) => look(name, label)));
  return whole;
}

/** A link to this page with a look or without it. @param {string} name @param {string} label */
function look(name, label) {
  const link = document.createElement('a');
  const other = new URLSearchParams(asked);
  if (asked.has(name)) other.delete(name);
  else other.set(name, '');
  link.href = `?${other}`;
  link.textContent = label;
  link.className = asked.has(name) ? 'button strong' : 'button';
  if (asked.has(name)) link.setAttribute('aria-current', 'true');
  return link;
}

/** @param {HTMLElement} host */
function dress(host) {
  const look = properties({ colorScheme: asked.has('dark') ? 'dark' : 'light', density: asked.has('compact') ? 'compact' : 'normal' });
  for (const [name, value] of Object.entries(look)) if (value) host.style.setProperty(name, value);
  if (asked.has('rtl')) host.dir = 'rtl';
}

/** @param {string} name @param {any} widget */
function section(name, widget) {
  const whole = document.createElement('section');
  const head = document.createElement('h2');
  const sent = document.createElement('output');
  head.textContent = name;
  const item = document.createElement('turnstream-item');
  Object.assign(item, { env: env(sent), item: { type: 'widget', id: name, widget, created_at: '2026-01-01T00:00:00Z' } });
  whole.append(head, item, sent);
  return whole;
}

/** What the widget's element would be given by a chat. @param {HTMLElement} sent */
function env(sent) {
  const show = (/** @type {unknown} */ what) => {
    sent.textContent = JSON.stringify(what);
    return new Promise((done) => setTimeout(done, SECOND));
  };
  return {
    locale: 'en',
    t: ENGLISH,
    options: { widgets: { onAction: (/** @type {unknown} */ action) => show({ client: action }) } },
    session: { sendAction: (/** @type {unknown} */ action, /** @type {string} */ id, /** @type {boolean} */ streaming) => show({ action, id, streaming }) },
    emit: (/** @type {string} */ event, /** @type {any} */ detail) => show({ event, detail: String(detail?.error ?? detail) }),
  };
}
