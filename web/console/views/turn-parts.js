/** Parts of a turn's page. All that users said is text here, and never markup. */

import { html, nothing } from 'lit';
import { facts, label } from '../parts/bits.js';
import { span } from '../parts/format.js';

/** @type {Record<string, string>} */
const NAMES = { item: 'Item began', claimed: 'Claimed', ended: 'Turn ended' };

/**
 * What happened when, each with its place between the first moment and the last.
 * @param {string} begin
 * @param {any[]} moments
 */
export function timeline(begin, moments) {
  const first = Date.parse(begin);
  const last = Math.max(...moments.map((each) => Date.parse(each.at)), first + 1);
  return html`
    <ol class="timeline">
      ${moments.map((each) => {
        const at = (Date.parse(each.at) - first) / 1000;
        const part = Math.min(1, Math.max(0, (Date.parse(each.at) - first) / (last - first)));
        return html`
          <li data-kind=${each.kind}>
            <span class="at">${at > 0 ? `+${span(at)}` : span(0)}</span>
            <span class="rail" aria-hidden="true"><svg viewBox="0 0 100 8" preserveAspectRatio="none"><rect x=${part * 98} width="2" height="8"></rect></svg></span>
            <span class="what"><b>${NAMES[each.kind] ?? label(each.kind)}</b>${each.attempt ? html` <span class="note">attempt ${each.attempt}</span>` : nothing} <span>${each.what}</span></span>
          </li>
        `;
      })}
    </ol>
  `;
}

/** @param {any} error a `TurnError` */
export function causeOf(error) {
  const cause = error.cause ?? {};
  return html`
    <section class="cause" aria-label="Error">
      <h3 class="mono">${error.code}</h3>
      ${error.detail || error.message ? html`<p>${error.detail || error.message}</p>` : nothing}
      ${facts([
        ['Exception', cause.exception],
        ['Caused by', cause.caused_by],
        ['Where', cause.where ? html`<span class="mono">${cause.where}</span>` : ''],
        ['Status', cause.status],
        ['Provider’s code', cause.provider_code],
        ['Provider’s words', cause.provider_message],
        ['Model', cause.model],
        ['Host', cause.host],
        ['Provider’s request', cause.request_id],
        ['Tried again for', error.retried_for ? span(error.retried_for) : ''],
      ])}
    </section>
  `;
}

/** @param {any} content a `TurnContent` */
export function contentOf(content) {
  return html`
    ${content.cut ? html`<p class="note">Not all of it: <code>turnstream record</code> writes a turn whole.</p>` : nothing}
    ${piece('Request', pretty(content.request), true)}
    ${content.items.map((/** @type {any} */ each) => piece(`Item: ${each.type}`, pretty(each), true))}
    ${Object.entries(content.journal).map(([key, text]) => piece(`Journal: ${key}`, String(text), false))}
  `;
}

/** @param {string} name @param {string} text @param {boolean} open */
function piece(name, text, open) {
  return html`<details ?open=${open}><summary>${name}</summary><pre tabindex="0" aria-label=${name}>${text}</pre></details>`;
}

/** @param {unknown} value */
const pretty = (value) => JSON.stringify(value, null, 2);
