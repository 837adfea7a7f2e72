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
 * A thread as the store has it, in the place of what was shown of it: what the server does not know
 * yet stays below, older pages stay above, and a failure stays until something came after it.
 * @param {ThreadState} state
 * @param {import('../wire.js').Thread} thread
 * @param {readonly Item[]} items the newest ones, oldest first
 * @returns {ThreadState}
 */
export function refreshed(state, thread, items) {
  const known = new Set(items.map((item) => item.id));
  const shown = new Set(state.items.map((item) => item.id));
  const taken = new Set(items.filter(({ id, type }) => type === 'user_message' && !shown.has(id)).map(wordsOf));
  const waits = (/** @type {Item} */ item) => isLocal(item) && !taken.has(wordsOf(item));
  const below = state.items.filter((item) => !known.has(item.id) && (waits(item) || state.open.includes(item.id)));
  const above = olderThan(state, items);
  const error = state.items.at(-1)?.id === [...items, ...below].at(-1)?.id ? state.error : null;
  return { ...state, thread, items: [...above, ...items, ...below], error };
}

/**
 * What is shown above the newest page; nothing if there may be a gap between.
 * @param {ThreadState} state
 * @param {readonly Item[]} items
 */
export function olderThan(state, items) {
  const joint = items.length ? state.items.findIndex((item) => item.id === items[0].id) : -1;
  return state.items.slice(0, Math.max(0, joint));
}

const LOCAL = 'local:';
let locals = 0;

/**
 * The user's message, shown before the server has it. The server's own takes its place.
 * @param {ThreadState} state
 * @param {import('../wire.js').UserMessage} message
 * @returns {ThreadState}
 */
export const withLocal = (state, message) => ({
  ...state,
  error: null,
  items: [...state.items, { ...message, id: `${LOCAL}${++locals}` }],
});

/** Failures that sending the same once more does not mend. */
const FINAL = new Set(['not_found', 'thread_closed', 'thread_locked', 'session_cancelled']);

/**
 * The request was refused, or nobody took it: `failure` says why.
 * @param {ThreadState} state
 * @param {Error & {code?: string}} failure
 * @returns {ThreadState}
 */
export const refused = (state, failure) => ({
  ...state,
  progress: null,
  error: { message: null, allowRetry: !FINAL.has(failure.code ?? ''), failure },
});

/** @param {Item} item */
export const isLocal = (item) => item.id.startsWith(LOCAL);

/** What a message of the user says, to find the server's copy by. @param {Item} item */
export const wordsOf = (item) => (item.type === 'user_message' ? item.content.map((part) => part.text).join(' ') : '');

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
 * The thread without what one turn brought: all of it comes again.
 * @param {ThreadState} state
 * @param {ReadonlySet<string>} ids
 * @returns {ThreadState}
 */
export const without = (state, ids) => ({ ...state, items: state.items.filter((item) => !ids.has(item.id)) });

/**
 * The turn is over: nothing grows any more.
 * @param {ThreadState} state
 * @returns {ThreadState}
 */
export const ended = (state) => ({ ...state, open: [], progress: null, allowCancel: true });
