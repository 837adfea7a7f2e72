/**
 * Formulas of TeX in Markdown: `\(…\)` and `$…$` in a line, `\[…\]` and `$$…$$` on their own. What
 * draws them is loaded with the first one (`formula.js`). Prices are no formulas.
 */

/** A formula is at most so many characters long. */
const LONGEST = 2_000;

const BLOCK = new RegExp(`^ {0,3}(?:\\$\\$([^]{1,${LONGEST}}?)\\$\\$|\\\\\\[([^]{1,${LONGEST}}?)\\\\\\])[ \\t]*(?:\\n+|$)`);
const DISPLAYED = new RegExp(`^(?:\\$\\$([^$]{1,${LONGEST}}?)\\$\\$|\\\\\\[([^]{1,${LONGEST}}?)\\\\\\])`);
const IN_LINE = new RegExp(`^(?:\\\\\\(([^]{1,${LONGEST}}?)\\\\\\)|\\$(?![\\s$])([^$\\n]{1,200}?)(?<![\\s\\\\])\\$(?!\\d))`);
/** What stands between single dollars is a formula if it has one of TeX's signs, or is a letter. */
const TEX = /[\\^_{}=<>+]|^[a-z]$/i;
const EMPTY_LINE = /\n[ \t]*\n/;

/** @param {RegExpExecArray | null} match @param {string} type @param {boolean} display */
function formula(match, type, display) {
  const tex = match?.[1] ?? match?.[2];
  if (!match || !tex?.trim() || EMPTY_LINE.test(tex)) return undefined;
  return { type, raw: match[0], text: tex.trim(), display };
}

/** Extensions of the Markdown parser. @type {import('marked').TokenizerExtension[]} */
export const formulas = [
  {
    name: 'formula',
    level: 'block',
    start: (source) => source.match(/^ {0,3}(?:\$\$|\\\[)/m)?.index,
    tokenizer: (source) => formula(BLOCK.exec(source), 'formula', true),
  },
  {
    name: 'inlineFormula',
    level: 'inline',
    start: (source) => source.match(/\$|\\[([]/)?.index,
    tokenizer(source) {
      const displayed = formula(DISPLAYED.exec(source), 'inlineFormula', true);
      if (displayed) return displayed;
      const match = IN_LINE.exec(source);
      return match?.[2] && !TEX.test(match[2]) ? undefined : formula(match, 'inlineFormula', false);
    },
  },
];

/**
 * Markdown that breaks off in a formula, with the formula's end.
 * @param {string} markdown
 */
export function withClosedFormula(markdown) {
  const at = Math.max(markdown.lastIndexOf('\\('), markdown.lastIndexOf('\\['));
  const open = at < 0 ? '' : markdown.slice(at);
  if (!open || open.length > LONGEST || /\\[)\]]/.test(open) || EMPTY_LINE.test(open)) return markdown;
  return `${markdown.replace(/\\$/, '')}${open.startsWith('\\(') ? '\\)' : '\\]'}`;
}
