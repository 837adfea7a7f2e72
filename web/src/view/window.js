/** Which items of a long thread are drawn, and how much room the others leave. No DOM. */

/** @typedef {import('../wire.js').Item} Item */

/** An item's height, in pixels, before any of its thread was measured. */
const USUAL = 120;
/** From so many measured items the others of a thread are estimated. */
const SAMPLE = 6;

/** The heights of a thread's items. */
export class Heights {
  /** @type {Map<string, number>} */
  #known = new Map();
  #estimate = 0;

  /** Remember what was measured. @param {string} id @param {number} height */
  note(id, height) {
    this.#known.set(id, height);
  }

  /** @param {string} id */
  of(id) {
    return this.#known.get(id) ?? (this.#estimate || this.#estimated());
  }

  /** The mean of the first that were measured. It stays: another one would move all that is above the reader. */
  #estimated() {
    const { size } = this.#known;
    if (size < SAMPLE) return USUAL;
    return (this.#estimate = [...this.#known.values()].reduce((sum, height) => sum + height, 0) / size);
  }

  /**
   * Where each item begins; one more at the end says where the last one ends.
   * @param {readonly Item[]} items
   */
  tops(items) {
    const tops = new Float64Array(items.length + 1);
    for (let at = 0; at < items.length; at++) tops[at + 1] = tops[at] + this.of(items[at].id);
    return tops;
  }
}

/**
 * The items that have a part between two heights: from one index up to another.
 * @param {Float64Array} tops
 * @param {number} above
 * @param {number} below
 * @returns {[number, number]}
 */
export function between(tops, above, below) {
  const count = tops.length - 1;
  let from = 0;
  while (from < count && tops[from + 1] <= above) from++;
  let to = from;
  while (to < count && tops[to] < below) to++;
  return [from, to];
}

/**
 * What is drawn, from top to bottom: items, and gaps where others would be.
 * @typedef {{key: string, item: Item, at: number} | {key: string, item: null, height: number}} Row
 * @param {readonly Item[]} items
 * @param {Float64Array} tops
 * @param {(at: number) => boolean} drawn
 * @returns {Row[]}
 */
export function rowsOf(items, tops, drawn) {
  /** @type {Row[]} */
  const rows = [];
  let gaps = 0;
  for (let at = 0; at < items.length; at++) {
    if (drawn(at)) {
      rows.push({ key: items[at].id, item: items[at], at });
      continue;
    }
    const from = at;
    while (at + 1 < items.length && !drawn(at + 1)) at++;
    rows.push({ key: `gap ${gaps++}`, item: null, height: tops[at + 1] - tops[from] });
  }
  return rows;
}
