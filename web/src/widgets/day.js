/** Days in ISO texts. */

/**
 * The day of an ISO date or date and time, as it is written: a time zone does not move it.
 * @param {unknown} value
 * @returns {string | undefined} such as `2026-11-29`
 */
export function day(value) {
  return typeof value === 'string' ? /^\d{4}-\d{2}-\d{2}(?=$|[T ])/.exec(value)?.[0] : undefined;
}
