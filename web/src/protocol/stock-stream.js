/** A followed turn, told again as the stream that a reader of the plain ChatKit protocol expects. */

/** Tries without an answer, up to ten seconds apart, before the reader is told: about four minutes. */
const TRIES = 30;

/**
 * The frames of a turn, and an empty one when it begins. Before a turn is told anew, what came of it is
 * taken back. Raises when the turn can't be followed any more.
 * @param {AsyncIterable<import('./follower.js').Told>} told
 * @returns {AsyncGenerator<string, void, void>}
 */
export async function* stockFrames(told) {
  const shown = new Set();
  let begun = false;
  for await (const each of told) {
    if (each.kind === 'waiting' && each.attempt >= TRIES) throw new TypeError('The answer was cut off.');
    if (!begun && each.kind !== 'waiting') yield '';
    begun ||= each.kind !== 'waiting';
    if (each.kind === 'restart') {
      for (const item_id of shown) yield frame({ type: 'thread.item.removed', item_id });
      shown.clear();
    } else if (each.kind === 'event') {
      note(shown, each.event);
      yield frame(each.event);
    }
  }
}

/** @param {Set<string>} shown ids of items @param {import('../wire.js').ThreadEvent} event */
function note(shown, event) {
  if (event.type === 'thread.item.removed') shown.delete(event.item_id);
  else if ('item' in event && event.item) shown.add(event.item.id);
}

/** @param {object} event */
const frame = (event) => `data: ${JSON.stringify(event)}\n\n`;

/**
 * Texts as a response's body. They are asked for as fast as they are read.
 * @param {AsyncGenerator<string, void, void>} texts
 * @param {AbortSignal} signal ends it
 * @param {() => void} close called when the reader wants no more
 * @returns {ReadableStream<Uint8Array>}
 */
export function bodyOf(texts, signal, close) {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      signal.addEventListener('abort', () => {
        controller.error(signal.reason);
        void texts.return();
      });
    },
    async pull(controller) {
      const { done, value } = await texts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: close,
  });
}
