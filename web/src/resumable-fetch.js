/** For pages that keep ChatKit.js: a `fetch` for its `api.fetch` whose answers survive a lost connection. */

import { FrameParser } from './protocol/sse.js';

/** Tries to come back before the answer is given up, a second apart and more: about five minutes. */
const TRIES = 60;

/**
 * @param {string} base the gateway's address, such as `https://chat.example.com/`
 * @param {typeof fetch} [ask]
 * @returns {typeof fetch}
 */
export function resumableFetch(base, ask = (...args) => fetch(...args)) {
  return async (input, init) => {
    const request = new Request(input, init);
    request.headers.set('Turnstream-Client', 'resumable');
    const first = await ask(request);
    const turn = first.headers.get('Turn-Id');
    if (!turn || !first.body) return first;
    const again = (/** @type {string} */ position) =>
      ask(new URL(`turns/${turn}/events`, base), {
        headers: position ? { ...Object.fromEntries(request.headers), 'Last-Event-ID': position } : request.headers,
        signal: request.signal,
      });
    const frames = unbroken(first, again, request.signal);
    return new Response(streamed(frames), first);
  };
}

/**
 * The frames of a turn up to its end. A restart repeats events that ChatKit.js has by id.
 * @param {Response} first
 * @param {(position: string) => Promise<Response>} again
 * @param {AbortSignal} signal
 */
async function* unbroken(first, again, signal) {
  let position = '';
  for (let response = first, tries = 0; tries < TRIES; ) {
    try {
      const parser = new FrameParser();
      // @ts-ignore: streams are iterable where this runs
      for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
        for (const frame of parser.push(text)) {
          if (frame.event === 'end') return;
          if (frame.data && !frame.event) yield `data: ${frame.data}\n\n`;
          if (frame.id !== null) (position = frame.id), (tries = 0);
        }
      }
    } catch {
      signal.throwIfAborted();
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(5000, 250 * 2 ** tries++)));
    response = await again(position).catch(() => response);
  }
  throw new TypeError('The answer was cut off.');
}

/** @param {AsyncGenerator<string>} texts @returns {ReadableStream<Uint8Array>} */
function streamed(texts) {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await texts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: () => void texts.return(undefined),
  });
}
