/** Draws every specimen with every payload in all of its texts, and says what came alive. */

import '../../src/turnstream-chat.js';
import '../../src/widgets/widget.js';
import '../../src/charts/chart.js';
import { SPECIMENS } from '../../demo/gallery/specimens.js';
import { ENGLISH } from '../../src/locales/locales.js';
import { PAYLOADS } from './payloads.js';

/** @type {string[]} */
const found = [];
const env = { locale: 'en', t: ENGLISH, options: {}, session: {}, emit: () => {}, deepLink: () => {} };

addEventListener('error', ({ message }) => found.push(`threw: ${message}`));
addEventListener('unhandledrejection', ({ reason }) => found.push(`rejected: ${reason}`));
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
  if (violatedDirective !== 'img-src') found.push(`policy: ${violatedDirective} ${blockedURI}`);
});

/** The same tree with a text in the place of each text, except what says which node it is. @param {any} node @param {string} payload @returns {any} */
function poisoned(node, payload) {
  if (typeof node === 'string') return payload;
  if (Array.isArray(node)) return node.map((each) => poisoned(each, payload));
  if (!node || typeof node !== 'object') return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, key === 'type' ? value : poisoned(value, payload)]));
}

/** @param {ParentNode} root @returns {Generator<Element>} all elements, those in shadow roots too */
function* within(root) {
  for (const element of root.querySelectorAll('*')) {
    yield element;
    if (element.shadowRoot) yield* within(element.shadowRoot);
  }
}

const FORBIDDEN = new Set(['SCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'BASE', 'META', 'LINK', 'MARQUEE', 'VIDEO', 'AUDIO']);

/** @param {Element} element */
function alive(element) {
  if (FORBIDDEN.has(element.tagName.toUpperCase())) return `<${element.tagName}>`;
  for (const { name, value } of element.attributes) {
    if (/^on/i.test(name)) return `${element.tagName} ${name}`;
    if (/^(href|src|action|formaction|xlink:href|srcdoc|data|poster)$/i.test(name) && !/^(https?:|mailto:|tel:|chatkit-link:|blob:)/.test(new URL(value, location.href).protocol)) return `${element.tagName} ${name}=${value}`;
  }
  if (/url\(/i.test(/** @type {HTMLElement} */ (element).style?.cssText ?? '')) return `${element.tagName} ${/** @type {HTMLElement} */ (element).style.cssText}`;
  if (element instanceof HTMLAnchorElement && element.target && !element.relList.contains('noopener')) return 'a without rel';
  return null;
}

async function run() {
  let drawn = 0;
  for (const payload of PAYLOADS) {
    const place = document.body.appendChild(document.createElement('div'));
    for (const [id, widget] of Object.entries(SPECIMENS)) {
      place.append(Object.assign(document.createElement('turnstream-widget'), { env, item: { id, type: 'widget', widget: poisoned(widget, payload) } }));
    }
    await new Promise((done) => setTimeout(done, 30));
    for (const element of within(place)) {
      drawn++;
      const what = alive(element);
      if (what) found.push(`${what} from ${payload}`);
    }
    place.remove();
  }
  if ('pwned' in window) found.push('a script ran');
  return { drawn, payloads: PAYLOADS.length, found: [...new Set(found)] };
}

const verdict = await run();
await fetch('/verdict', { method: 'POST', body: JSON.stringify(verdict) });
