/** The events of the element, by the names of ChatKit.js. */

/** @typedef {import('@openai/chatkit').ChatKitEvents} ChatKitEvents */

/** Every event there is. A name more or less than `ChatKitEvents` has fails the type check. @type {{[K in keyof ChatKitEvents]: true}} */
export const EVENTS = {
  'chatkit.ready': true,
  'chatkit.error': true,
  'chatkit.effect': true,
  'chatkit.deeplink': true,
  'chatkit.response.start': true,
  'chatkit.response.end': true,
  'chatkit.history.open': true,
  'chatkit.history.close': true,
  'chatkit.thread.change': true,
  'chatkit.thread.load.start': true,
  'chatkit.thread.load.end': true,
  'chatkit.tool.change': true,
  'chatkit.log': true,
};

/**
 * Dispatch an event on an element. A listener that throws is the page's, and is reported there.
 * @param {EventTarget} element
 * @param {string} name without `chatkit.`
 * @param {unknown} [detail]
 */
export function emit(element, name, detail) {
  element.dispatchEvent(new CustomEvent(`chatkit.${name}`, { detail }));
}

/** The scheme of links that are for the page. */
export const DEEP_LINK = 'chatkit-link:';

/**
 * What a `chatkit-link://name?key=value` says.
 * @param {string} href
 */
export function deepLinkOf(href) {
  const [path, query = ''] = href.replace(/^chatkit-link:(\/\/)?/, '').split('?');
  return { name: path.replace(/\/$/, ''), data: Object.fromEntries(new URLSearchParams(query)) };
}
