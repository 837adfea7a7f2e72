/** Where a link or an image of untrusted text may lead: one rule for answers, widgets and files. */

const LINKS = new Set(['http:', 'https:', 'mailto:', 'tel:', 'chatkit-link:']);
/** Pictures inside an address ask nobody for anything. SVG is a document, and never shown. */
const PICTURE = /^data:image\/(?:png|jpeg|gif|webp|avif)[;,]/i;
const SOMEWHERE = 'https://page.invalid/';

/**
 * The address of a link, or null when it must not be one.
 * @param {unknown} href
 * @returns {string | null}
 */
export function safeLink(href) {
  const url = parsed(href, here());
  return url && LINKS.has(url.protocol) ? url.href : null;
}

/**
 * The address of an image, or null when it must not be shown. Pictures inside the address and images
 * of the page's own origin are always shown. Others must come over https, as they do from a page that
 * did; and where the thread names the domains that it allows, from these.
 * @param {unknown} src
 * @param {readonly string[] | null} [domains]
 * @param {string} [base] the page's address
 * @returns {string | null}
 */
export function safeImage(src, domains = null, base = here()) {
  if (typeof src === 'string' && PICTURE.test(src)) return src;
  const url = parsed(src, base);
  const page = new URL(base);
  if (!url || url.username || url.password) return null;
  if (url.protocol === 'blob:') return url.origin === page.origin ? url.href : null;
  if (url.protocol !== 'https:' && (url.protocol !== 'http:' || page.protocol !== 'http:')) return null;
  const allowed = url.origin === page.origin || !domains || domains.some((domain) => within(url.hostname, domain));
  return allowed ? url.href : null;
}

/** Whether a host is a domain or belongs to it. @param {string} host @param {string} domain */
function within(host, domain) {
  const bare = domain.toLowerCase().replace(/^(?:https?:\/\/)?(?:\*\.)?/, '').replace(/[/:].*$/, '');
  return bare !== '' && (host === bare || host.endsWith(`.${bare}`));
}

const here = () => globalThis.document?.baseURI ?? SOMEWHERE;

/** @param {unknown} text @param {string} base @returns {URL | null} */
function parsed(text, base) {
  if (typeof text !== 'string' || !text.trim()) return null;
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}
