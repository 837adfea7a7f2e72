/** One file: whether it may be sent, and how it is, by either strategy of the `api` option. */

import { fileSize } from '../locales/formats.js';
import { fetchWithProgress } from '../protocol/fetch-with-progress.js';
import { RequestFailed } from '../protocol/problem.js';
import * as requests from '../protocol/requests.js';

/**
 * @typedef {import('./uploads.js').Limits} Limits
 * @typedef {import('../locales/locales.js').Texts} Texts
 * @typedef {import('@openai/chatkit').Attachment} Attachment
 * `progress` is told how much of the file is there, from 0 to 1.
 * @typedef {{progress: (part: number) => void, signal: AbortSignal}} Watch
 */

const DEFAULT_SIZE = 100 * 1024 * 1024;
const DEFAULT_COUNT = 10;

/**
 * How many more files a message may have, and what is to be said of those that are too many.
 * @param {readonly File[]} files
 * @param {Limits} limits
 * @param {readonly {problem: string | null}[]} others in the message already
 * @returns {{count: number, problem: Parameters<Texts> | null}}
 */
export function tooMany(files, limits, others) {
  const most = limits?.maxCount ?? DEFAULT_COUNT;
  const count = Math.max(0, most - others.filter(({ problem }) => !problem).length);
  return { count, problem: files.length > count ? ['tooMany', { count: most }] : null };
}

/**
 * Why a file is not taken, or null.
 * @param {File} file
 * @param {Limits} limits
 * @param {Texts} t
 * @param {string} locale
 */
export function refusal(file, limits, t, locale) {
  const { name, type, size } = file;
  const limit = largest(type, limits?.maxSize);
  if (!accepted(file, limits?.accept)) return t('wrongType', { name });
  return size > limit ? t('tooLarge', { name, limit: fileSize(locale, limit) }) : null;
}

/** @param {string} type @param {number | Record<string, number> | undefined} maxSize */
export function largest(type, maxSize) {
  if (typeof maxSize === 'number') return maxSize;
  if (!maxSize) return DEFAULT_SIZE;
  return maxSize[type] ?? maxSize[familyOf(type)] ?? maxSize['*/*'] ?? maxSize['*'] ?? maxSize[''] ?? DEFAULT_SIZE;
}

/** Whether one of the accepted types or endings fits. @param {{name: string, type: string}} file @param {Record<string, string[]> | undefined} accept */
export function accepted({ name, type }, accept) {
  const entries = Object.entries(accept ?? {});
  return !entries.length || entries.some(([pattern, endings]) => {
    const fits = [type, familyOf(type), '*/*', '*'].includes(pattern);
    return fits || endings.some((ending) => name.toLowerCase().endsWith(ending.toLowerCase()));
  });
}

/** @param {string} type */
const familyOf = (type) => `${type.split('/')[0]}/*`;

/**
 * Send a file. The attachment that it becomes can be named in a message.
 * @param {import('../protocol/api.js').Api} api
 * @param {File} file
 * @param {Watch} watch
 * @returns {Promise<Attachment>}
 */
export function transfer(api, file, watch) {
  const strategy = api.uploadStrategy;
  return strategy.type === 'direct' ? atOnce(api, strategy.uploadUrl, file, watch) : inTwoPhases(api, file, watch);
}

/** @param {import('../protocol/api.js').Api} api @param {string} url @param {File} file @param {Watch} watch */
async function atOnce(api, url, file, { progress, signal }) {
  const body = new FormData();
  body.append('file', file);
  const response = await api.send(url, { method: 'POST', body, signal }, fetchWithProgress(progress));
  return response.json();
}

/**
 * The server says where the bytes go: perhaps to a store of files that knows nothing of this page's
 * credentials, so they don't go along.
 * @param {import('../protocol/api.js').Api} api
 * @param {File} file
 * @param {Watch} watch
 */
async function inTwoPhases(api, file, { progress, signal }) {
  const { upload_descriptor: to, ...attachment } = await api.document(requests.createAttachment(file), signal);
  const init = { method: to.method, headers: to.headers ?? {}, body: file, signal };
  try {
    const response = await fetchWithProgress(progress)(to.url, init);
    if (!response.ok) throw new RequestFailed(`The upload was answered with ${response.status}.`, { status: response.status });
  } catch (error) {
    api.document(requests.deleteAttachment(attachment.id)).catch(() => {}); // it runs out there
    throw error;
  }
  return attachment;
}
