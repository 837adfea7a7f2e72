/** What the page asks of its gateway. The key is in a cookie that no script can read. */

/** A refusal, as the gateway says it: RFC 9457, with a code. */
export class Problem extends Error {
  /** @param {number} status @param {string} code @param {string} detail */
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }

  /** Whether the page must ask for a key (again). */
  get isSignedOut() {
    return this.status === 401 || this.status === 403;
  }
}

/** Milliseconds for an answer: longer than the store's statements may take. */
const TIMEOUT = 25_000;

/** @typedef {Record<string, string | number | string[] | null | undefined>} Query */

/** @param {Query} query */
export function searchOf(query) {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== null && each !== undefined && each !== '') found.append(name, String(each));
    }
  }
  return found.size ? `?${found}` : '';
}

/**
 * @param {'GET' | 'POST' | 'PUT' | 'DELETE'} method
 * @param {string} path below /console/api
 * @param {{query?: Query, body?: unknown, key?: string}} [options]
 * @returns {Promise<any>} the parsed answer; undefined for one without a body
 */
export async function ask(method, path, { query = {}, body, key } = {}) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (key !== undefined) headers.Authorization = `Bearer ${key}`;
  const answer = await fetch(`${document.body.dataset.console}/api/${path}${searchOf(query)}`, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT),
    credentials: 'same-origin',
    cache: 'no-store',
  });
  if (answer.ok) return answer.status === 204 ? undefined : answer.json();
  throw await problemOf(answer);
}

/** @param {Response} answer */
async function problemOf(answer) {
  const said = await answer.json().catch(() => ({}));
  const faults = Array.isArray(said.errors) ? said.errors.map((/** @type {any} */ each) => each.msg ?? each.detail ?? '').join('; ') : '';
  return new Problem(answer.status, said.code ?? '', faults || said.detail || `The gateway answered ${answer.status}.`);
}

/** What to say of a failure. @param {unknown} error */
export function wordsOf(error) {
  if (error instanceof Problem) return error.message;
  return 'The gateway does not answer. It is asked again.';
}
