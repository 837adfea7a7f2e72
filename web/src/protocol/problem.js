/** Failures of requests: what the server answered, or that nobody did. */

/** A request failed. `retryable` says whether the same request may succeed later. */
export class RequestFailed extends Error {
  /**
   * @param {string} message for developers; users are told by `code`
   * @param {{status?: number, code?: string, retryable?: boolean, retryAfter?: number, cause?: unknown}} [facts]
   */
  constructor(message, { status = 0, code = 'unreachable', retryable = false, retryAfter = 0, cause } = {}) {
    super(message, { cause });
    this.name = 'RequestFailed';
    this.status = status;
    this.code = code;
    this.retryable = retryable;
    this.retryAfter = retryAfter;
  }
}

/**
 * The failure that an answer other than 2xx tells of; an RFC 9457 body is read if there is one.
 * @param {Response} response
 * @returns {Promise<RequestFailed>}
 */
export async function problemOf(response) {
  const { status } = response;
  const body = await response.json().catch(() => ({}));
  const retryable = body.retryable ?? [429, 502, 503, 504].includes(status);
  const retryAfter = Number(response.headers.get('Retry-After')) || 0;
  const code = body.code ?? (status === 401 ? 'unauthorized' : 'http_error');
  const message = body.detail ?? body.title ?? `HTTP ${status}`;
  return new RequestFailed(String(message), { status, code, retryable, retryAfter });
}

/**
 * Nobody answered: no network, a name that does not resolve, a refused preflight.
 * @param {unknown} cause
 * @returns {RequestFailed}
 */
export function unreachable(cause) {
  return new RequestFailed('The server could not be reached.', { retryable: true, cause });
}

/**
 * Something else than a ChatKit server answered: the address is wrong, or a proxy shows a page of its own.
 * @param {unknown} [cause]
 * @returns {RequestFailed}
 */
export function strange(cause) {
  return new RequestFailed('The answer is not one of a ChatKit server.', { status: 200, code: 'http_error', cause });
}
