/** Files on their way to the server, by either strategy of the `api` option. */

import { fileSize } from '../locales/formats.js';
import { nearest } from '../locales/negotiation.js';
import * as requests from '../protocol/requests.js';

/**
 * `progress` is between 0 and 1 where it is known, null where it is not. `problem` is a text for the user.
 * @typedef {{
 *   key: number, name: string, type: string, preview: string | null, size: number,
 *   attachment: import('@openai/chatkit').Attachment | null, problem: string | null,
 * }} Upload
 * @typedef {import('@openai/chatkit').ComposerOption['attachments']} Limits
 */

const DEFAULT_SIZE = 100 * 1024 * 1024;
const DEFAULT_COUNT = 10;

export class Uploads {
  /** @type {readonly Upload[]} */
  all = [];
  #next = 0;

  /**
   * @param {import('./session.js').ChatSession} session
   * @param {import('../locales/locales.js').Texts} t
   * @param {() => void} changed
   */
  constructor(session, t, changed) {
    this.session = session;
    this.t = t;
    this.changed = changed;
  }

  get busy() {
    return this.all.some((each) => !each.attachment && !each.problem);
  }

  /** Attachments that are ready to be sent. */
  get ready() {
    return this.all.flatMap((each) => (each.attachment ? [each.attachment] : []));
  }

  /** @param {readonly File[]} files @param {Limits} limits */
  async add(files, limits) {
    await Promise.all(files.map((file) => this.#one(file, limits)));
  }

  /** Show what is at the server already. @param {readonly import('@openai/chatkit').Attachment[]} attachments */
  put(attachments) {
    this.all = attachments.map((attachment) => ({
      key: this.#next++, name: attachment.name, type: attachment.mime_type, size: 0, problem: null, attachment,
      preview: attachment.type === 'image' ? attachment.preview_url : null,
    }));
    this.changed();
  }

  /** Take one back, also from the server. @param {number} key */
  remove(key) {
    const upload = this.all.find((each) => each.key === key);
    this.all = this.all.filter((each) => each.key !== key);
    this.#forget(upload);
    if (upload?.attachment) {
      this.session.api.document(requests.deleteAttachment(upload.attachment.id)).catch(() => {}); // it runs out there
    }
    this.changed();
  }

  /** They were sent. */
  clear() {
    this.all.forEach((upload) => this.#forget(upload));
    this.all = [];
    this.changed();
  }

  /** @param {Upload | undefined} upload */
  #forget(upload) {
    if (upload?.preview?.startsWith('blob:')) URL.revokeObjectURL(upload.preview);
  }

  /** @param {File} file @param {Limits} limits */
  async #one(file, limits) {
    const { name, type, size } = file;
    const refused = this.#refusal(file, limits);
    const preview = type.startsWith('image/') && !refused ? URL.createObjectURL(file) : null;
    const upload = { key: this.#next++, name, type, size, preview, attachment: null, problem: refused };
    this.all = [...this.all, upload];
    this.changed();
    if (refused) return;
    try {
      this.#replace({ ...upload, attachment: await this.#sent(file) });
    } catch (error) {
      this.#replace({ ...upload, problem: this.t('uploadFailed', { name }) });
      this.session.host.emit('error', { error });
    }
  }

  /** @param {Upload} upload */
  #replace(upload) {
    this.all = this.all.map((each) => (each.key === upload.key ? upload : each));
    this.changed();
  }

  /** @param {File} file @returns {Promise<import('@openai/chatkit').Attachment>} */
  async #sent(file) {
    const { api } = this.session;
    const strategy = api.uploadStrategy;
    if (strategy.type === 'direct') {
      const body = new FormData();
      body.append('file', file);
      return (await api.send(strategy.uploadUrl, { method: 'POST', body })).json();
    }
    const { upload_descriptor: to, ...attachment } = await api.document(requests.createAttachment(file));
    const response = await fetch(to.url, { method: to.method, headers: to.headers ?? {}, body: file });
    if (!response.ok) throw new Error(`The upload was answered with ${response.status}.`);
    return attachment;
  }

  /** Why a file is not taken, or null. @param {File} file @param {Limits} limits */
  #refusal(file, limits) {
    const count = limits?.maxCount ?? DEFAULT_COUNT;
    const limit = largest(file.type, limits?.maxSize);
    if (this.all.length >= count) return this.t('tooMany', { count });
    if (file.size > limit) return this.t('tooLarge', { name: file.name, limit: fileSize(nearest(this.session.api.locale), limit) });
    return accepted(file, limits?.accept) ? null : this.t('wrongType', { name: file.name });
  }
}

/** @param {string} type @param {number | Record<string, number> | undefined} maxSize */
export function largest(type, maxSize) {
  if (typeof maxSize === 'number') return maxSize;
  if (!maxSize) return DEFAULT_SIZE;
  const family = `${type.split('/')[0]}/*`;
  return maxSize[type] ?? maxSize[family] ?? maxSize['*'] ?? maxSize[''] ?? DEFAULT_SIZE;
}

/** @param {{name: string, type: string}} file @param {Record<string, string[]> | undefined} accept */
export function accepted({ name, type }, accept) {
  if (!accept) return true;
  return Object.entries(accept).some(([pattern, endings]) => {
    const fits = pattern === type || pattern === '*/*' || pattern === `${type.split('/')[0]}/*`;
    return fits || endings.some((ending) => name.toLowerCase().endsWith(ending.toLowerCase()));
  });
}
