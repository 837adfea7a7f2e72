/** What the buttons of the page in the header are called: they come as an icon only. */

/** @typedef {import('../locales/locales.js').Key} Key */

/** @type {readonly [RegExp, Key][]} */
const LABELS = [
  [/^sidebar|^(collapse|open)-(left|right)$|^double-chevron/, 'sidebar'],
  [/^home/, 'home'],
  [/^back|^chevron-left$/, 'back'],
  [/^settings/, 'settings'],
  [/^expand/, 'expand'],
  [/^collapse/, 'collapse'],
  [/^chat-temporary$/, 'temporaryChat'],
  [/^(dots|menu|hamburger|grid)/, 'menu'],
  [/^history$/, 'history'],
  [/^(compose|plus)$/, 'newChat'],
  [/^share$/, 'share'],
  [/^light-mode$/, 'lightMode'],
  [/^dark-mode$/, 'darkMode'],
  [/^star/, 'favorite'],
  [/^bug$/, 'reportProblem'],
  [/^book/, 'guide'],
  [/^close$/, 'close'],
];

/**
 * A label for an icon; null for one that says nothing we know.
 * @param {string} icon
 * @returns {Key | null}
 */
export const labelOf = (icon) => LABELS.find(([pattern]) => pattern.test(icon))?.[1] ?? null;
