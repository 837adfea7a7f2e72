/** What users are told of a failure. */

import { RequestFailed } from '../protocol/problem.js';

/**
 * @param {Error} failure
 * @param {import('../locales/locales.js').Texts} t
 * @param {'loadFailed' | 'failed'} [otherwise] what is said when there is nothing better
 */
export function problemText(failure, t, otherwise = 'loadFailed') {
  if (!(failure instanceof RequestFailed)) return t(otherwise);
  if (failure.status === 401 || failure.status === 403) return t('unauthorized');
  if (failure.status === 404) return t('notFound');
  return failure.status ? t(otherwise) : t('unreachable');
}
