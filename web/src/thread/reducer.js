/** From events to the state of a thread. Pure, and applying an event of an item twice changes nothing. */

import { isLocal, MOST_NOTICES, wordsOf } from './state.js';
import { updated } from './updates.js';

/**
 * @typedef {import('./state.js').ThreadState} ThreadState
 * @typedef {import('../wire.js').ThreadEvent} ThreadEvent
 * @typedef {import('../wire.js').Item} Item
 */

/** Never sent by the server; should one come, it is not shown. */
const HIDDEN = new Set(['hidden_context_item', 'sdk_hidden_context']);

/**
 * The state after an event. Events of an unknown type change nothing.
 * @param {ThreadState} state
 * @param {ThreadEvent} event
 * @returns {ThreadState}
 */
export function reduce(state, event) {
  switch (event.type) {
    case 'thread.created':
    case 'thread.updated':
      return { ...state, thread: withoutItems(event.thread) };
    case 'thread.item.added':
      return opened(upserted(state, event.item), event.item.id);
    case 'thread.item.done':
    case 'thread.item.replaced':
      return closed(upserted(state, event.item), event.item.id);
    case 'thread.item.updated':
      return grown(state, event.item_id, event.update);
    case 'thread.item.removed':
      return closed(without(state, event.item_id), event.item_id);
    case 'stream_options':
      return { ...state, allowCancel: event.stream_options.allow_cancel };
    case 'progress_update':
      return { ...state, progress: { text: event.text, icon: event.icon } };
    case 'error':
      return {
        ...state,
        progress: null,
        error: { message: event.message ?? null, allowRetry: event.allow_retry ?? false },
      };
    case 'notice':
      return noticed(state, event);
    default:
      return state;
  }
}

/** @param {import('../wire.js').Thread} thread */
function withoutItems({ items: _, ...thread }) {
  return thread;
}

/** @param {ThreadState} state @param {Item} item @returns {ThreadState} */
function upserted(state, item) {
  if (HIDDEN.has(item.type)) return state;
  return { ...state, items: placed(state.items, item), progress: null };
}

/**
 * An item in the place of its like. A new one comes before the messages that wait to be sent, of which
 * it may be one.
 * @param {readonly Item[]} items
 * @param {Item} item
 * @returns {readonly Item[]}
 */
function placed(items, item) {
  const at = indexOf(items, item.id);
  const waiting = items.filter(isLocal);
  if (!waiting.length) return at >= 0 ? items.with(at, item) : [...items, item];
  const words = wordsOf(item);
  const own = item.type === 'user_message' ? (waiting.find((each) => wordsOf(each) === words) ?? waiting[0]) : null;
  const stored = items.filter((each) => !isLocal(each));
  return [...placed(stored, item), ...waiting.filter((each) => each !== own)];
}

/** @param {ThreadState} state @param {string} id @returns {ThreadState} */
const opened = (state, id) => (state.open.includes(id) ? state : { ...state, open: [...state.open, id] });

/** @param {ThreadState} state @param {string} id @returns {ThreadState} */
const closed = (state, id) => ({ ...state, open: state.open.filter((each) => each !== id) });

/** @param {ThreadState} state @param {string} id @returns {ThreadState} */
const without = (state, id) => ({ ...state, items: state.items.filter((each) => each.id !== id) });

/** @param {ThreadState} state @param {string} id @param {import('../wire.js').Update} update @returns {ThreadState} */
function grown(state, id, update) {
  const at = indexOf(state.items, id);
  if (at < 0) return state;
  const item = updated(state.items[at], update);
  if (item === state.items[at]) return state;
  // The line of progress goes when something is written, not at every bookkeeping update.
  const progress = update.type === 'assistant_message.content_part.text_delta' ? null : state.progress;
  return { ...state, items: state.items.with(at, item), progress };
}

/** @param {ThreadState} state @param {Extract<ThreadEvent, {type: 'notice'}>} event @returns {ThreadState} */
function noticed(state, { level, message, title }) {
  const id = (state.notices.at(-1)?.id ?? 0) + 1;
  return { ...state, notices: [...state.notices, { id, level, message, title }].slice(-MOST_NOTICES) };
}

/**
 * Most events are about the newest items: look from the end.
 * @param {readonly Item[]} items
 * @param {string} id
 */
function indexOf(items, id) {
  for (let at = items.length - 1; at >= 0; at--) if (items[at].id === id) return at;
  return -1;
}
