/** Where a link or an image of untrusted text may lead. */

const LINKS = new Set(['http:', 'https:', 'mailto:', 'tel:', 'chatkit-link:']);
const IMAGES = new Set(['http:', 'https:', 'blob:']);
const DATA_IMAGE = /^data:image\/(png|jpeg|gif|webp|avif)[;,]/i;

/**
 * The address of a link, or null when it must not be one.
 * @param {string | null | undefined} href
 * @returns {string | null}
 */
export function safeLink(href) {
  const url = parsed(href);
  return url && LINKS.has(url.protocol) ? url.href : null;
}

/**
 * The address of an image, or null when it must not be shown. Images of the page's own origin are
 * always allowed; others too, unless the thread names the domains that it allows.
 * @param {string | null | undefined} src
 * @param {readonly string[] | null} [domains]
 * @returns {string | null}
 */
export function safeImage(src, domains = null) {
  if (src && DATA_IMAGE.test(src)) return src;
  const url = parsed(src);
  if (!url || !IMAGES.has(url.protocol)) return null;
  const ours = url.protocol === 'blob:' || url.origin === globalThis.location?.origin;
  return ours || !domains || domains.some((domain) => within(url.hostname, domain)) ? url.href : null;
}

/** Whether a host is a domain or belongs to it. @param {string} host @param {string} domain */
function within(host, domain) {
  const bare = domain.toLowerCase().replace(/^\*\./, '');
  return host === bare || host.endsWith(`.${bare}`);
}

/** @param {string | null | undefined} text @returns {URL | null} */
function parsed(text) {
  if (!text) return null;
  try {
    return new URL(text, globalThis.document?.baseURI ?? 'http://localhost/');
  } catch {
    return null;
  }
}
