/**
 * A headless reader of the ChatKit protocol as OpenAI's server speaks it: it takes `data:` lines alone, and
 * throws at everything that a stock server would not send. What it holds is what a page would show.
 */
export class StockReader {
  /** Items by id, as they were last told. @type {Map<string, any>} */
  items = new Map();
  /** Every event, in order. @type {any[]} */
  events = [];
  /** Called with every event that was read. @type {(event: any) => void} */
  heard = () => {};

  /** @param {Response} response */
  async read(response) {
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
    const decoder = new TextDecoder();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const frames = (rest + decoder.decode(value, { stream: true })).split('\n\n');
      rest = /** @type {string} */ (frames.pop());
      for (const frame of frames) this.#frame(frame);
    }
    if (rest) throw new Error(`The stream ends inside a frame: ${rest}`);
    return this;
  }

  /** The texts of the assistant's messages. */
  get said() {
    const said = [...this.items.values()].filter(({ type }) => type === 'assistant_message');
    return said.map(({ content }) => content.map((/** @type {any} */ part) => part.text).join('')).join('\n');
  }

  /** How often each event came. */
  get counts() {
    /** @type {Record<string, number>} */
    const counts = {};
    for (const { type } of this.events) counts[type] = (counts[type] ?? 0) + 1;
    return counts;
  }

  /** @param {string} frame */
  #frame(frame) {
    if (!frame || frame.startsWith(':')) return;
    if (!frame.startsWith('data: ') || frame.includes('\n')) throw new Error(`No frame of a stock server: ${frame}`);
    const event = JSON.parse(frame.slice('data: '.length));
    this.events.push(event);
    this.#apply(event);
    this.heard(event);
  }

  /** @param {any} event */
  #apply(event) {
    if (event.type === 'thread.item.added') this.#add(event.item);
    else if (event.type === 'thread.item.done' || event.type === 'thread.item.replaced') this.items.set(event.item.id, event.item);
    else if (event.type === 'thread.item.removed') this.items.delete(event.item_id);
    else if (event.type === 'thread.item.updated') this.#update(event.item_id, event.update);
    else if (!/^(thread\.(created|updated)|stream_options|progress_update|client_effect|error|notice)$/.test(event.type)) {
      throw new Error(`No event of the protocol: ${event.type}`);
    }
  }

  /** @param {any} item */
  #add(item) {
    if (this.items.has(item.id)) throw new Error(`Item ${item.id} was added twice`);
    this.items.set(item.id, structuredClone(item));
  }

  /** @param {string} id @param {any} update */
  #update(id, update) {
    const item = this.items.get(id);
    if (!item) throw new Error(`Item ${id} is not there`);
    const part = item.content?.[update.content_index];
    if (update.type === 'assistant_message.content_part.added') item.content[update.content_index] = update.content;
    else if (update.type === 'assistant_message.content_part.done') item.content[update.content_index] = update.content;
    else if (update.type === 'assistant_message.content_part.text_delta') {
      if (!part) throw new Error(`Item ${id} has no part ${update.content_index}`);
      part.text += update.delta;
    }
  }
}
