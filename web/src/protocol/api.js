/** Where requests go and what they carry: both forms of ChatKit's `api` option. */

import { GATEWAY } from '../home.js';
import { problemOf, RequestFailed, strange, unreachable } from './problem.js';

/**
 * @typedef {import('@openai/chatkit').CustomApiConfig} CustomApiConfig
 * @typedef {import('@openai/chatkit').HostedApiConfig} HostedApiConfig
 * @typedef {import('../wire.js').ChatKitRequest} ChatKitRequest
 */

/** As long, in milliseconds, a document may take; the gateway gives up before. */
const TIMEOUT = 60_000;

/** The page's server may be away for a moment, or the user is signed out: it is asked a few times. */
const NO_SECRET = { status: 401, code: 'unauthorized', retryable: true };

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
    const limit = AbortSignal.timeout(TIMEOUT);
    const both = signal ? AbortSignal.any([signal, limit]) : limit;
    try {
      const response = await this.#answered(this.url, this.#post(request, {}, both));
      return await response.json();
    } catch (cause) {
      if (signal?.aborted || cause instanceof RequestFailed) throw cause;
      throw cause instanceof SyntaxError ? strange(cause) : unreachable(cause);
    }
  }

  /**
   * Ask for a stream. The same key and request give the same stream, however often they are sent.
   * @param {ChatKitRequest} request
   * @param {string} key
   * @param {AbortSignal} signal
   */
  async stream(request, key, signal) {
    const headers = { Accept: 'text/event-stream', 'Idempotency-Key': key, 'Turnstream-Client': 'resumable' };
    const response = await this.#answered(this.url, this.#post(request, headers, signal));
    if (response.headers.get('Content-Type')?.startsWith('text/html')) throw strange();
    return response;
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
   * @param {typeof fetch} [usual] how it is asked, unless the page has a way of its own
   */
  send(url, init, usual) {
    return this.#answered(new URL(url, document.baseURI).href, init, usual);
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
   * The answer, or the failure. A hosted client's secret is asked for once more after a 401, unless
   * the page's own server ended the session.
   * @param {string} url
   * @param {RequestInit} init
   * @param {typeof fetch} [usual]
   * @returns {Promise<Response>}
   */
  async #answered(url, init, usual) {
    const secret = this.#hosted ? (this.#secret ?? (await this.#refresh(null))) : null;
    const response = await this.#fetch(url, init, secret, usual);
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (problem.status !== 401 || !this.#hosted || problem.code === 'session_cancelled') throw problem;
    const second = await this.#fetch(url, init, await this.#refresh(secret), usual);
    if (!second.ok) throw await problemOf(second);
    return second;
  }

  get #hosted() {
    return 'getClientSecret' in this.config;
  }

  /**
   * @param {string} url
   * @param {RequestInit} init
   * @param {string | null} secret
   * @param {typeof fetch} [usual]
   * @returns {Promise<Response>}
   */
  async #fetch(url, init, secret, usual = globalThis.fetch) {
    const headers = new Headers(init.headers);
    if (secret !== null) headers.set('Authorization', `Bearer ${secret}`);
    const { fetch: own } = /** @type {CustomApiConfig} */ (this.config);
    const ask = own ?? usual.bind(globalThis);
    try {
      return await ask(url, { ...init, headers });
    } catch (cause) {
      if (init.signal?.aborted || cause instanceof RequestFailed) throw cause;
      throw unreachable(cause);
    }
  }

  /**
   * Another secret than one that is no good. Requests that fail together ask the page once.
   * @param {string | null} used
   * @returns {Promise<string>}
   */
  #refresh(used) {
    if (this.#secret !== null && this.#secret !== used) return Promise.resolve(this.#secret);
    const { getClientSecret } = /** @type {HostedApiConfig} */ (this.config);
    this.#refreshing ??= Promise.resolve()
      .then(() => getClientSecret(used))
      .then((secret) => (this.#secret = secret))
      .catch((cause) => {
        throw new RequestFailed('The page gave no client secret.', { ...NO_SECRET, cause });
      })
      .finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }
}
