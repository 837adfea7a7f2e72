/** Which images a widget may show. */

const DATA = /^data:image\/(?:png|jpeg|gif|webp|avif);base64,[a-z0-9+/=]+$/i;

/**
 * The address of an image, or null when it must not be shown. Others than those of the page's own
 * origin must come over https; where a thread names the domains that it allows, from these (`data:`
 * in that list allows pictures inside the address). SVG in an address is never shown.
 * @param {unknown} src
 * @param {readonly string[] | null} [domains]
 * @param {string} [base] the page's address
 * @returns {string | null}
 */
export function imageAddress(src, domains = null, base = globalThis.document?.baseURI ?? 'https://page.invalid/') {
  if (typeof src !== 'string' || !src.trim()) return null;
  if (/^\s*data:/i.test(src)) return domains?.includes('data:') && DATA.test(src) ? src : null;
  const url = URL.parse ? URL.parse(src, base) : parsed(src, base);
  if (!url || url.username || url.password) return null;
  if (url.protocol === 'blob:') return url.origin === new URL(base).origin ? url.href : null;
  if (url.origin === new URL(base).origin && /^https?:$/.test(url.protocol)) return url.href;
  if (url.protocol !== 'https:') return null;
  return !domains || domains.some((domain) => within(url.hostname, domain)) ? url.href : null;
}

/** Whether a host is a domain or belongs to it. @param {string} host @param {string} domain */
function within(host, domain) {
  const bare = domain.toLowerCase().replace(/^(?:https?:\/\/)?(?:\*\.)?/, '').replace(/[/:].*$/, '');
  return bare !== '' && (host === bare || host.endsWith(`.${bare}`));
}

/** @param {string} src @param {string} base */
function parsed(src, base) {
  try {
    return new URL(src, base);
  } catch {
    return null;
  }
}
