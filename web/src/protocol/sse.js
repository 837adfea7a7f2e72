/** Server-sent events, read from a response: https://html.spec.whatwg.org/multipage/server-sent-events.html */

/**
 * One frame. A position without an event has no `data`.
 * @typedef {{event: string, data: string | null, id: string | null}} Frame
 */

/**
 * The frames of a stream, in order. A frame that was cut off is dropped, as the standard says.
 * @param {ReadableStream<Uint8Array>} body
 * @param {() => void} [heard] called for every piece that arrives, comments included
 * @returns {AsyncGenerator<Frame, void, void>}
 */
export async function* frames(body, heard = () => {}) {
  const reader = body.pipeThrough(/** @type {any} */ (new TextDecoderStream())).getReader();
  const parser = new FrameParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      yield* parser.push(value);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Cuts text into frames. Text may arrive in any pieces. */
export class FrameParser {
  #rest = '';
  /** @type {string[]} */
  #data = [];
  #event = '';
  /** @type {string | null} */
  #id = null;

  /**
   * The frames that this piece completes.
   * @param {string} text
   * @returns {Generator<Frame, void, void>}
   */
  *push(text) {
    // A piece that ends in CR waits: the LF of the same line may follow.
    const all = this.#rest + text;
    const end = all.endsWith('\r') ? all.length - 1 : all.length;
    const lines = all.slice(0, end).split(/\r\n|\n|\r/);
    this.#rest = /** @type {string} */ (lines.pop()) + all.slice(end);
    for (const line of lines) {
      if (line === '') {
        if (this.#data.length || this.#id !== null) yield this.#frame();
        this.#event = '';
      } else {
        this.#field(line);
      }
    }
  }

  /** @param {string} line */
  #field(line) {
    const colon = line.indexOf(':');
    if (colon === 0) return; // a comment
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#id = value;
  }

  /** @returns {Frame} */
  #frame() {
    const data = this.#data.length ? this.#data.join('\n') : null;
    const frame = { event: this.#event, data, id: this.#id };
    this.#data = [];
    this.#id = null;
    return frame;
  }
}
