/** The line above a card or a list: a text with an icon or a site's picture. */

import { html, nothing } from 'lit';
import { safeImage } from '../markdown/links.js';

/**
 * @param {any} status
 * @param {Pick<import('./registry.js').Context, 'domains'>} context
 */
export function status(status, { domains }) {
  if (!status?.text) return nothing;
  return html`<div class="status">${picture(status, domains)}<span>${String(status.text)}</span></div>`;
}

/** @param {any} status @param {readonly string[] | null} domains */
function picture({ icon, favicon, frame }, domains) {
  if (icon) return html`<turnstream-icon name=${String(icon)}></turnstream-icon>`;
  const src = safeImage(favicon, domains);
  return src
    ? html`<img class="favicon ${frame ? 'frame' : ''}" src=${src} alt="" referrerpolicy="no-referrer" loading="lazy" />`
    : nothing;
}
