/** Where requests go and what they carry: both forms of ChatKit's `api` option. */

import { GATEWAY } from '../home.js';
import { problemOf, RequestFailed, unreachable } from './problem.js';

/**
 * @typedef {import('@openai/chatkit').CustomApiConfig} CustomApiConfig
 * @typedef {import('@openai/chatkit').HostedApiConfig} HostedApiConfig
 * @typedef {import('../wire.js').ChatKitRequest} ChatKitRequest
 */

/** The hosted API's addresses, below the gateway's. */
const HOSTED = { conversation: 'v1/chatkit/conversation', files: 'v1/chatkit/files' };

export class Api {
  #secret = /** @type {string | null} */ (null);
  #refreshing = /** @type {Promise<string> | null} */ (null);

  /**
   * @param {CustomApiConfig | HostedApiConfig} config
   * @param {string} locale sent as `Accept-Language`
   */
  constructor(config, locale) {
    const hosted = 'getClientSecret' in config && typeof config.getClientSecret === 'function';
    const custom = 'url' in config && typeof config.url === 'string';
    if (hosted === custom) throw new TypeError('api needs either url or getClientSecret');
    this.config = config;
    this.locale = locale;
    this.url = custom
      ? new URL(/** @type {CustomApiConfig} */ (config).url, document.baseURI).href
      : new URL(HOSTED.conversation, GATEWAY).href;
    /** The address that the routes beside ChatKit's own begin with. */
    this.base = custom ? this.url.replace(/\/chatkit\/?([?#].*)?$/, '/') : GATEWAY;
  }

  /** How attachments are uploaded: the page's choice, or the gateway's own direct upload. */
  get uploadStrategy() {
    if (this.#hosted) return { type: /** @type {const} */ ('direct'), uploadUrl: new URL(HOSTED.files, GATEWAY).href };
    const { uploadStrategy } = /** @type {CustomApiConfig} */ (this.config);
    return uploadStrategy ?? { type: /** @type {const} */ ('two_phase') };
  }

  /**
   * Ask for a JSON document.
   * @param {ChatKitRequest} request
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  async document(request, signal) {
    const response = await this.#answered(this.url, this.#post(request, {}, signal));
    return response.json();
  }

  /**
   * Ask for a stream. The same key and request give the same stream, however often they are sent.
   * @param {ChatKitRequest} request
   * @param {string} key
   * @param {AbortSignal} signal
   */
  stream(request, key, signal) {
    const headers = { Accept: 'text/event-stream', 'Idempotency-Key': key, 'Turnstream-Client': 'resumable' };
    return this.#answered(this.url, this.#post(request, headers, signal));
  }

  /**
   * A route beside ChatKit's own, such as `turns/{id}/cancel`.
   * @param {string} path
   * @param {RequestInit} [init]
   */
  route(path, init = {}) {
    return this.#answered(new URL(path, this.base).href, init);
  }

  /**
   * Any address, with the credentials of this configuration.
   * @param {string} url
   * @param {RequestInit} init
   */
  send(url, init) {
    return this.#answered(new URL(url, document.baseURI).href, init);
  }

  /**
   * @param {ChatKitRequest} request
   * @param {Record<string, string>} headers
   * @param {AbortSignal} [signal]
   * @returns {RequestInit}
   */
  #post(request, headers, signal) {
    const named = { 'Content-Type': 'application/json', 'Accept-Language': this.locale, ...headers };
    return { method: 'POST', headers: named, body: JSON.stringify(request), signal };
  }

  /**
   * The answer, or the failure. A hosted client's secret is asked for once more after a 401.
   * @param {string} url
   * @param {RequestInit} init
   * @returns {Promise<Response>}
   */
  async #answered(url, init) {
    let response = await this.#fetch(url, init);
    if (response.status === 401 && this.#hosted) {
      await this.#refresh();
      response = await this.#fetch(url, init);
    }
    if (!response.ok) throw await problemOf(response);
    return response;
  }

  get #hosted() {
    return 'getClientSecret' in this.config;
  }

  /**
   * @param {string} url
   * @param {RequestInit} init
   * @returns {Promise<Response>}
   */
  async #fetch(url, init) {
    const headers = new Headers(init.headers);
    if (this.#hosted) headers.set('Authorization', `Bearer ${this.#secret ?? (await this.#refresh())}`);
    const { fetch: own } = /** @type {CustomApiConfig} */ (this.config);
    const ask = own ?? globalThis.fetch.bind(globalThis);
    try {
      return await ask(url, { ...init, headers });
    } catch (cause) {
      if (init.signal?.aborted || cause instanceof RequestFailed) throw cause;
      throw unreachable(cause);
    }
  }

  /** A secret from the page; requests that fail together ask once. */
  #refresh() {
    const { getClientSecret } = /** @type {HostedApiConfig} */ (this.config);
    this.#refreshing ??= Promise.resolve(getClientSecret(this.#secret))
      .then((secret) => (this.#secret = secret))
      .finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }
}
