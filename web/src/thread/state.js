/** The state of one thread as a page shows it. It is never changed: every step gives a new one. */

/**
 * `open`: the ids of items that still grow. `notices` live as long as the page shows the thread.
 * @typedef {{
 *   thread: import('../wire.js').Thread | null,
 *   items: readonly import('../wire.js').Item[],
 *   open: readonly string[],
 *   progress: {text: string, icon?: string | null} | null,
 *   error: {message: string | null, allowRetry: boolean, failure?: Error} | null,
 *   notices: readonly Notice[],
 *   allowCancel: boolean,
 * }} ThreadState
 * @typedef {{id: number, level: 'info' | 'warning' | 'danger', message: string, title?: string | null}} Notice
 * @typedef {import('../wire.js').Item} Item
 */

/** More than a screen can hold: older ones go. */
export const MOST_NOTICES = 5;

/** @type {ThreadState} */
export const EMPTY = Object.freeze({
  thread: null,
  items: [],
  open: [],
  progress: null,
  error: null,
  notices: [],
  allowCancel: true,
});

/**
 * A thread as the store has it.
 * @param {import('../wire.js').Thread} thread
 * @param {readonly Item[]} items oldest first
 * @returns {ThreadState}
 */
export const loaded = (thread, items) => ({ ...EMPTY, thread, items });

const LOCAL = 'local:';

/**
 * The user's message, shown before the server has it. The server's own takes its place.
 * @param {ThreadState} state
 * @param {import('../wire.js').UserMessage} message
 * @returns {ThreadState}
 */
export const withLocal = (state, message) => ({
  ...state,
  error: null,
  items: [...state.items, { ...message, id: `${LOCAL}${state.items.length}` }],
});

/**
 * The request was refused, or nobody took it: `failure` says why.
 * @param {ThreadState} state
 * @param {Error} failure
 * @returns {ThreadState}
 */
export const refused = (state, failure) => ({ ...state, progress: null, error: { message: null, allowRetry: true, failure } });

/** @param {Item} item */
export const isLocal = (item) => item.id.startsWith(LOCAL);

/**
 * The thread without what follows an item: a retry deletes it without an event.
 * @param {ThreadState} state
 * @param {string} itemId
 * @returns {ThreadState}
 */
export function upTo(state, itemId) {
  const at = state.items.findIndex((item) => item.id === itemId);
  return at < 0 ? state : { ...state, items: state.items.slice(0, at + 1), open: [], error: null, progress: null };
}

/**
 * Older items in front.
 * @param {ThreadState} state
 * @param {readonly Item[]} older oldest first
 * @returns {ThreadState}
 */
export function withOlder(state, older) {
  const known = new Set(state.items.map((item) => item.id));
  return { ...state, items: [...older.filter((item) => !known.has(item.id)), ...state.items] };
}

/**
 * The turn is over: nothing grows any more.
 * @param {ThreadState} state
 * @returns {ThreadState}
 */
export const ended = (state) => ({ ...state, open: [], progress: null, allowCancel: true });
