/** Other tabs of this browser that show the same thread. */

export class Tabs {
  /** @type {BroadcastChannel | null} */
  #channel = null;

  /**
   * @param {string} url of the deployment: tabs of another don't listen
   * @param {(threadId: string) => void} onTurn another tab began a turn in this thread
   */
  constructor(url, onTurn) {
    if (typeof BroadcastChannel === 'undefined') return;
    this.#channel = new BroadcastChannel(`turnstream:${url}`);
    this.#channel.onmessage = ({ data }) => {
      if (typeof data?.threadId === 'string') onTurn(data.threadId);
    };
  }

  /** A turn begins here. @param {string} threadId */
  tell(threadId) {
    this.#channel?.postMessage({ threadId });
  }

  close() {
    this.#channel?.close();
    this.#channel = null;
  }
}
