/** What users are told of a failure. */

import { RequestFailed } from '../protocol/problem.js';

/**
 * @param {Error} failure
 * @param {import('../locales/locales.js').Texts} t
 */
export function problemText(failure, t) {
  if (!(failure instanceof RequestFailed)) return t('loadFailed');
  if (failure.status === 401 || failure.status === 403) return t('unauthorized');
  if (failure.status === 404) return t('notFound');
  return failure.status ? t('loadFailed') : t('unreachable');
}
