/** Numbers and times as people read them. */

/** @param {number | null | undefined} seconds */
export function span(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 1) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** In the reader's time zone. @param {string | null | undefined} text */
export function moment(text) {
  return text ? DAY.format(new Date(text)) : '–';
}

/** @param {number} number */
export function count(number) {
  return number.toLocaleString();
}

/** `model_call` as words. @param {string} name */
export function words(name) {
  return name.replaceAll('_', ' ');
}

/** A user of the default tenant by name alone. @param {string} tenant @param {string} user */
export function whose(tenant, user) {
  return tenant === 'default' ? user : `${tenant} / ${user}`;
}

/** Of an id, what tells it from others. @param {string} id */
export function short(id) {
  return id.length > 18 ? `${id.slice(0, id.indexOf('_') + 1)}…${id.slice(-8)}` : id;
}
