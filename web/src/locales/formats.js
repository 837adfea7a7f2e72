/** Durations and sizes as people of a language write them. */

/**
 * A time span in the largest unit that fits: `5 sec`, `2 min`.
 * @param {string} locale
 * @param {number} seconds
 */
export function duration(locale, seconds) {
  return seconds < 60
    ? quantity(locale, 'second', Math.max(1, Math.round(seconds)))
    : quantity(locale, 'minute', Math.round(seconds / 60));
}

/**
 * The size of a file: `512 kB`, `1.5 MB`. A kilobyte is 1024 bytes, as in the limits of `attachments`.
 * @param {string} locale
 * @param {number} bytes
 */
export function fileSize(locale, bytes) {
  if (bytes < 1024) return quantity(locale, 'byte', bytes);
  const kilobytes = bytes / 1024;
  return kilobytes < 1024 ? quantity(locale, 'kilobyte', Math.round(kilobytes)) : quantity(locale, 'megabyte', kilobytes / 1024);
}

/** @param {string} locale @param {string} unit @param {number} value */
const quantity = (locale, unit, value) =>
  new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 }).format(value);
