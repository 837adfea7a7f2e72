import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Blocks } from '../src/markdown/blocks.js';
import { slices } from '../src/markdown/long-text.js';

/** All tokens of a type, however deep. @param {any} node @param {string} type @returns {any[]} */
function found(node, type) {
  if (Array.isArray(node)) return node.flatMap((each) => found(each, type));
  if (!node || typeof node !== 'object') return [];
  return [...(node.type === type ? [node] : []), ...Object.values(node).flatMap((each) => found(each, type))];
}

/** @param {string} text @param {boolean} [growing] */
const tokens = (text, growing = false) => new Blocks().of(text, growing).map((block) => block.token);

/** What is shown of a text that comes in pieces of any size. @param {string} text @param {number} size */
function streamed(text, size) {
  const blocks = new Blocks();
  for (let end = size; end < text.length; end += size) blocks.of(text.slice(0, end), true);
  return blocks.of(text, false).map((block) => block.token);
}

const ANSWER = `# Title

A paragraph with **bold**, \`code\` and [a link][1]: \\(a^2\\).\r\n\r\n- one\r\n- two

| a | b |
|---|---|
| 1 | 2 |

\`\`\`js
let a;

let b;
\`\`\`

\\[
x = \\frac{1}{2}
\\]

The end.

[1]: https://example.org/
`;

test('a text that came in pieces is the same as one that came whole', () => {
  const whole = tokens(ANSWER).filter((token) => token.type !== 'space');
  for (const size of [1, 3, 7, 50]) {
    assert.deepEqual(streamed(ANSWER, size).filter((token) => token.type !== 'space'), whole, `pieces of ${size}`);
  }
  assert.equal(found(whole, 'link').length, 1, 'a link is found that is defined at the end');
});

test('blocks that are complete are not read again', () => {
  const blocks = new Blocks();
  const text = Array.from({ length: 10 }, (_, n) => `Paragraph ${n}.\n\n`).join('');
  const before = blocks.of(text, true);
  const after = blocks.of(`${text}And more.`, true);
  assert.ok(before.slice(0, 12).every((block, at) => block === after[at]));
});

test('half-finished signs are repaired while a text grows', () => {
  assert.equal(found(tokens('It is **very im', true), 'strong').length, 1);
  assert.equal(found(tokens('Read [the man', true), 'text').some((token) => token.raw.includes('[')), false);
  assert.equal(found(tokens('So \\(a + b', true), 'inlineFormula')[0].text, 'a + b');
  assert.equal(found(tokens('So:\n\n\\[a + b', true), 'formula')[0].text, 'a + b');
  assert.equal(found(tokens('Now \\(a_1 * b\\), \\[c\\] and **so', true), 'strong').length, 1, 'with formulas before it');
  assert.equal(found(tokens('Now \\(a_1\\) and so', true), 'paragraph')[0].raw, 'Now \\(a_1\\) and so');
  assert.equal(found(tokens('It is **very im', false), 'strong').length, 0, 'but not when it is complete');
});

test('formulas are found, and prices are none', () => {
  const formulas = (/** @type {string} */ text) => [...found(tokens(text), 'formula'), ...found(tokens(text), 'inlineFormula')].map((each) => each.text);
  assert.deepEqual(formulas('With \\(a_1\\), $x^2$ and $n$.'), ['a_1', 'x^2', 'n']);
  assert.deepEqual(formulas('$$\nE = mc^2\n$$'), ['E = mc^2']);
  assert.deepEqual(formulas('It is $$E = mc^2$$ here.'), ['E = mc^2']);
  for (const price of ['It costs $5 and $6.', 'From $100/month or $1,000/year.', '($5) or (10$)', 'US$5 to US$7', '`$x^2$`', 'a \\\\(b\\\\)']) {
    assert.deepEqual(formulas(price), [], price);
  }
});

test('a text of any length and kind is read in a short time', () => {
  const kinds = ['x', 'word ', '*a_[(', '> ', '- ', '[', '<a ', '`', '$$ ', '\\(', '$a', '![a](', '~a ', 'a.b@', '\\', '- a *point*\n', '|a|b|\n'];
  for (const kind of kinds) {
    const text = kind.repeat(1_000_000 / kind.length);
    for (const growing of [true, false]) {
      const start = process.cpuUsage();
      const blocks = new Blocks().of(text, growing);
      const took = process.cpuUsage(start).user / 1000; // other tests run beside this one
      assert.ok(took < 1_500, `${JSON.stringify(kind)} took ${Math.round(took)} ms`);
      assert.equal(blocks.map((block) => block.raw).join('').length, text.length, `${JSON.stringify(kind)} is all there`);
    }
  }
});

test('long text is cut at ends of lines and words, and never within a character', () => {
  const text = 'some words\n'.repeat(5_000);
  const all = slices(text);
  assert.equal(all.join(''), text);
  assert.ok(all.length > 4 && all.slice(0, -1).every((slice) => slice.endsWith('\n')));
  const faces = `a${'😀'.repeat(20_000)}`;
  assert.equal(slices(faces).join(''), faces);
  assert.ok(slices(faces).every((slice) => !/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/.test(slice)));
});
