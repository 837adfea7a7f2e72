/** A source that an answer cites: what it is called, and what one can do with it. */

import { html, nothing } from 'lit';
import { safeLink } from '../markdown/links.js';

/**
 * @typedef {import('../wire.js').Source} Source
 * @typedef {import('./env.js').Env} Env
 */

/** @param {Source} source */
export const nameOf = ({ label, title, filename, url }) => label ?? title ?? filename ?? url ?? '';

/** What is known of it beside its name, for who rests the pointer on it. @param {Source} source */
const about = (source) => [nameOf(source), source.description, source.attribution].filter(Boolean).join('\n');

/**
 * The face of a source: a link if it has an address; of an entity that is interactive, what the page
 * does with it; else nothing to press.
 * @param {Source} source
 * @param {Env} env
 * @param {string} look a class of the caller's styles
 * @param {unknown} face
 * @param {string} [name] what a screen reader says, if the face does not
 */
export function sourceFace(source, env, look, face, name) {
  const to = source.type === 'url' ? safeLink(source.url) : null;
  if (to) {
    return html`<a class=${look} href=${to} title=${about(source)} aria-label=${name ?? nothing} target="_blank" rel="noopener noreferrer nofollow">${face}</a>`;
  }
  const { onClick, onRequestPreview } = env.options.entities ?? {};
  if (source.type === 'entity' && source.interactive && (onClick || onRequestPreview)) {
    void import('./tag.js');
    return html`<turnstream-tag class="${look} presses" .env=${env} .source=${source} .name=${name}>${face}</turnstream-tag>`;
  }
  return name
    ? html`<span class=${look} title=${about(source)} role="img" aria-label=${name}>${face}</span>`
    : html`<span class=${look} title=${about(source)}>${face}</span>`;
}
