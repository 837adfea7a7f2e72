/** Files on their way to the server, and those that are there. What sends them is loaded with the first. */

import { nearest } from '../locales/negotiation.js';
import { RequestFailed } from '../protocol/problem.js';
import * as requests from '../protocol/requests.js';

/**
 * `progress` is between 0 and 1 where it is known, null where it is not. `problem` is a text for the
 * user; with a `file` it can be tried again.
 * @typedef {{
 *   key: number, name: string, preview: string | null, progress: number | null, problem: string | null,
 *   attachment: import('@openai/chatkit').Attachment | null, file: File | null,
 * }} Upload
 * @typedef {import('@openai/chatkit').ComposerOption['attachments']} Limits
 */

const NEW = { preview: null, progress: null, problem: null, attachment: null, file: null };

export class Uploads {
  /** @type {readonly Upload[]} */
  all = [];
  #next = 0;
  /** What ends an upload, by its key. @type {Map<number, AbortController>} */
  #running = new Map();

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

  /**
   * Take files. What can't be taken says why, and is not sent.
   * @param {readonly File[]} files
   * @param {Limits} limits
   */
  async add(files, limits) {
    try {
      await this.#add(files, limits, await import('./upload.js'));
    } catch (error) {
      this.session.host.emit('error', { error }); // the gateway is away: there is nothing to send to
    }
  }

  /** @param {readonly File[]} files @param {Limits} limits @param {typeof import('./upload.js')} rules */
  async #add(files, limits, { refusal, tooMany }) {
    const { t } = this;
    const locale = nearest(this.session.api.locale);
    const room = tooMany(files, limits, this.all);
    this.all = this.all.filter((each) => each.attachment || each.file);
    const uploads = files.slice(0, room.count).map((file) => this.#new(file, refusal(file, limits, t, locale)));
    this.all = [...this.all, ...uploads];
    if (room.problem) this.all = [...this.all, { ...NEW, key: this.#next++, name: '', problem: t(...room.problem) }];
    this.changed();
    await Promise.all(uploads.map((upload) => this.#send(upload)));
  }

  /** Show what is at the server already. @param {readonly import('@openai/chatkit').Attachment[]} attachments */
  put(attachments) {
    this.clear();
    this.all = attachments.map((attachment) => ({
      ...NEW, key: this.#next++, name: attachment.name, attachment,
      preview: attachment.type === 'image' ? attachment.preview_url : null,
    }));
    this.changed();
  }

  /** Take one back, also from the server. @param {number} key */
  remove(key) {
    const upload = this.all.find((each) => each.key === key);
    this.all = this.all.filter((each) => each.key !== key);
    if (upload) this.#forget(upload);
    if (upload?.attachment) this.#delete(upload.attachment.id);
    this.changed();
  }

  /** Send one again that could not be sent. @param {number} key */
  async retry(key) {
    const upload = this.all.find((each) => each.key === key);
    if (upload?.file) await this.#send(this.#replace({ ...upload, problem: null, progress: null }));
  }

  /** They were sent. */
  clear() {
    this.all.forEach((upload) => this.#forget(upload));
    this.all = [];
    this.changed();
  }

  /** @param {Upload} upload */
  #forget({ key, preview }) {
    this.#running.get(key)?.abort();
    if (preview?.startsWith('blob:')) URL.revokeObjectURL(preview);
  }

  /** What is not deleted now runs out there. @param {string} id */
  #delete(id) {
    this.session.api.document(requests.deleteAttachment(id)).catch(() => {});
  }

  /** @param {File} file @param {string | null} problem @returns {Upload} */
  #new(file, problem) {
    const preview = file.type.startsWith('image/') && !problem ? URL.createObjectURL(file) : null;
    return { ...NEW, key: this.#next++, name: file.name, preview, problem, file: problem ? null : file };
  }

  /** @param {Upload} upload */
  async #send(upload) {
    const { key, file } = upload;
    if (!file) return;
    const running = new AbortController();
    this.#running.set(key, running);
    try {
      const { transfer } = await import('./upload.js');
      const progress = (/** @type {number} */ part) => this.#replace({ ...upload, progress: part });
      const attachment = await transfer(this.session.api, file, { progress, signal: running.signal });
      if (running.signal.aborted) this.#delete(attachment.id);
      else this.#replace({ ...upload, attachment });
    } catch (error) {
      if (running.signal.aborted) return;
      this.#replace({ ...upload, ...failureOf(error, file, this.t) });
      this.session.host.emit('error', { error });
    } finally {
      this.#running.delete(key);
    }
  }

  /** @param {Upload} upload */
  #replace(upload) {
    this.all = this.all.map((each) => (each.key === upload.key ? upload : each));
    this.changed();
    return upload;
  }
}

/**
 * What the user is told of a failure. A file that the server refused is not offered to it again.
 * @param {unknown} error
 * @param {File} file
 * @param {import('../locales/locales.js').Texts} t
 */
export function failureOf(error, { name }, t) {
  const status = error instanceof RequestFailed ? error.status : 0;
  if (status === 415) return { problem: t('wrongType', { name }), file: null };
  return { problem: t('uploadFailed', { name }), ...(status === 413 && { file: null }) };
}
