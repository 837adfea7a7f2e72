/** The application's own login: a signed cookie that no script can read. Put yours in its place. */

import { createHmac, timingSafeEqual } from 'node:crypto';

export const SESSION = 'session';

const SECRET = process.env.SESSION_SECRET;

/** @param {string} text */
const sign = (text) => createHmac('sha256', SECRET).update(text).digest('base64url');

/** @param {string} user @returns {string} the value of the cookie */
export function sessionFor(user) {
  const text = Buffer.from(user).toString('base64url');
  return `${text}.${sign(text)}`;
}

/** @param {string | undefined} cookie @returns {string | null} who is logged in */
export function userOf(cookie) {
  const [text, signature] = (cookie ?? '').split('.');
  if (!signature) return null;
  const [given, right] = [Buffer.from(signature), Buffer.from(sign(text))];
  if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
  return Buffer.from(text, 'base64url').toString();
}
