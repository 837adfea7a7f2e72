/** From numbers to places on an axis. */

/**
 * Round steps that hold a range, about as many as asked for.
 * @param {number} least
 * @param {number} most
 * @param {number} about
 * @returns {number[]} from at most `least` to at least `most`
 */
export function ticks(least, most, about) {
  const span = most - least || Math.abs(most) || 1;
  const rough = span / Math.max(1, about);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough * 0.999) ?? power * 10;
  const first = Math.floor(least / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

/** @param {readonly [number, number]} domain @param {readonly [number, number]} range */
export function linear([from, to], [start, end]) {
  const factor = (end - start) / (to - from || 1);
  return (/** @type {number} */ value) => start + (value - from) * factor;
}

/** Which of `count` labels have room, at `each` pixels a label: every one, every second … @param {number} count @param {number} room @param {number} each */
export const every = (count, room, each) => Math.max(1, Math.ceil((count * each) / Math.max(1, room)));
