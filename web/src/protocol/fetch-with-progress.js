/** A `fetch` that tells how much of the body is on its way: the browser's own can't. */

/**
 * @param {(part: number) => void} progress told of parts from 0 to 1, where the size is known
 * @returns {typeof fetch}
 */
export const fetchWithProgress = (progress) => (url, init = {}) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(init.method ?? 'GET', String(url));
    request.responseType = 'blob';
    new Headers(init.headers).forEach((value, name) => request.setRequestHeader(name, value));
    request.upload.onprogress = ({ lengthComputable, loaded, total }) => lengthComputable && progress(loaded / total);
    request.onload = () => resolve(answerOf(request));
    request.onerror = () => reject(new TypeError('The request failed.'));
    request.onabort = () => reject(init.signal?.reason);
    init.signal?.addEventListener('abort', () => request.abort());
    if (init.signal?.aborted) reject(init.signal.reason);
    else request.send(/** @type {XMLHttpRequestBodyInit} */ (init.body));
  });

/** @param {XMLHttpRequest} request */
function answerOf(request) {
  const { status, response } = request;
  const empty = status === 204 || status === 304;
  const headers = new Headers();
  for (const line of request.getAllResponseHeaders().trim().split(/\r?\n/)) {
    const at = line.indexOf(':');
    if (at > 0) headers.append(line.slice(0, at), line.slice(at + 1).trim());
  }
  return new Response(empty ? null : response, { status, headers });
}
