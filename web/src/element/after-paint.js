/** How long, in milliseconds, a page that does not paint is waited for: one in a hidden frame, say. */
const TIMEOUT = 100;

/**
 * Resolves when the page has painted. Frameworks add their listeners only then: what an element tells
 * before, nobody hears (React's effects run behind the first paint).
 * @returns {Promise<void>}
 */
export function afterPaint() {
  return new Promise((resolve) => {
    setTimeout(resolve, TIMEOUT);
    requestAnimationFrame(() => setTimeout(resolve));
  });
}
