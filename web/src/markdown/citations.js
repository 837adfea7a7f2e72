/** Citations in a text: marks of ours stand where a source is cited, until it is drawn. */

/** Two characters of Unicode's private use area: no text of a model has them when we are done with it. */
const OPEN = '\uE000';
const CLOSE = '\uE001';
const MARK = /\uE000(\d+)\uE001/;

/**
 * The text with a mark for every annotation that has a place in it, and the sources in order of
 * their numbers. A source that is cited twice has one number.
 * @param {string} text
 * @param {readonly import('../wire.js').Annotation[]} annotations
 */
export function cited(text, annotations) {
  const clean = text.replace(/[\uE000\uE001]/g, '');
  /** @type {import('../wire.js').Source[]} */
  const sources = [];
  const numbers = new Map();
  const marks = [];
  for (const annotation of annotations.filter(Boolean)) {
    const { source, index } = annotation;
    const key = `${source.type} ${source.url ?? source.filename ?? source.id} ${source.title}`;
    if (!numbers.has(key)) numbers.set(key, sources.push(source));
    if (typeof index === 'number') marks.push({ index: Math.min(index, clean.length), number: numbers.get(key) });
  }
  marks.sort((one, other) => other.index - one.index || other.number - one.number);
  const marked = marks.reduce(
    (all, { index, number }) => `${all.slice(0, index)}${OPEN}${number}${CLOSE}${all.slice(index)}`,
    clean,
  );
  return { text: marked, sources };
}

/**
 * Text cut at its marks: strings and numbers by turns.
 * @param {string} text
 * @returns {(string | number)[]}
 */
export const atMarks = (text) =>
  text.split(MARK).map((piece, at) => (at % 2 ? Number(piece) : piece)).filter((piece) => piece !== '');

/** Code, formulas and addresses have no place for a mark: what is cited there is only listed. @param {string} text */
export const withoutMarks = (text) => text.replace(/\uE000\d+\uE001/g, '');
