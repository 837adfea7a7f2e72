/**
 * In the place of ChatKit.js, which comes from OpenAI's CDN alone: an element that asks and reads as the
 * plain protocol has it, and shows nothing. A classic script, as ChatKit.js is.
 */
(async () => {
  const { StockReader } = await import(new URL('/stock-reader.js', location.href).href);

  class StandIn extends HTMLElement {
    #threadId = null;
    #reader = Object.assign(new StockReader(), { heard: (event) => this.#hear(event) });

    get said() {
      return this.#reader.said;
    }

    get counts() {
      return this.#reader.counts;
    }

    setOptions(options) {
      const first = !this.options;
      this.options = options;
      if (first && options.initialThread) this.setThreadId(options.initialThread);
    }

    async setThreadId(threadId) {
      this.#threadId = threadId;
      this.#tell('thread.load.start', { threadId });
      await this.fetchUpdates();
      this.#tell('thread.load.end', { threadId });
    }

    async fetchUpdates() {
      await this.#ask('threads.get_by_id', { thread_id: this.#threadId });
      const page = await this.#ask('items.list', { thread_id: this.#threadId, limit: 100, order: 'asc' });
      this.#reader.items = new Map((await page.json()).data.map((item) => [item.id, item]));
    }

    async sendUserMessage({ text }) {
      const input = { content: [{ type: 'input_text', text }], attachments: [], inference_options: {} };
      const thread_id = this.#threadId;
      const answer = await this.#ask(thread_id ? 'threads.add_user_message' : 'threads.create', { ...(thread_id && { thread_id }), input });
      await this.#reader.read(answer);
    }

    #hear(event) {
      if (event.type !== 'thread.created') return;
      this.#threadId = event.thread.id;
      this.#tell('thread.change', { threadId: event.thread.id });
    }

    #ask(type, params) {
      const headers = { 'Content-Type': 'application/json' };
      return this.options.api.fetch(this.options.api.url, { method: 'POST', headers, body: JSON.stringify({ type, params }) });
    }

    #tell(name, detail) {
      this.dispatchEvent(new CustomEvent(`chatkit.${name}`, { detail }));
    }
  }

  customElements.define('openai-chatkit', StandIn);
})();
