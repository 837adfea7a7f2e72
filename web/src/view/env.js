/** What every part of one element works with. It is a new object when options or language change. */

/**
 * @typedef {{
 *   options: import('@openai/chatkit').ChatKitOptions,
 *   session: import('../session/session.js').ChatSession,
 *   history: import('../session/history.js').History,
 *   locale: string,
 *   t: import('../locales/locales.js').Texts,
 *   emit: (name: string, detail?: any) => void,
 * }} Env
 */

export {};
