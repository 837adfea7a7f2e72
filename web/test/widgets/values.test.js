import assert from 'node:assert/strict';
import { test } from 'node:test';
import { border, box, dimensions } from '../../src/widgets/boxes.js';
import { lineColor, surfaceColor, textColor } from '../../src/widgets/colors.js';
import { css, length, sides, space, whole } from '../../src/widgets/css-values.js';
import { day } from '../../src/widgets/day.js';

test('a number of a distance is steps, a number of a length is pixels, and a text is CSS', () => {
  assert.deepEqual([space(3), space(0), space('10%'), space(undefined)], ['calc(var(--ts-unit) * 3)', '0px', '10%', undefined]);
  assert.deepEqual([length(40), length('40'), length('5rem'), length({})], ['40px', '40px', '5rem', undefined]);
});

test('a CSS value that could load, end the declaration or hide either is left out', () => {
  const harmful = [
    'url(https://evil.example/x)', 'URL ("x")', 'red; background: url(x)', 'u\\72l(x)', 'image-set("x" 1x)', 'cross-fade(url(a), red)',
    '-webkit-image-set("x" 1x)', 'element(#a)', 'attr(title)', 'red/**/', '}', '<b>', '@import "x"', 'x'.repeat(201), 'src("x")', 'paint(x)',
  ];
  assert.deepEqual(harmful.map(css), harmful.map(() => undefined));
  assert.equal(css('linear-gradient(90deg, red, blue)'), 'linear-gradient(90deg, red, blue)');
});

test('what a colour is called depends on where it is used', () => {
  assert.equal(textColor('secondary'), 'var(--ts-muted)');
  assert.equal(surfaceColor('surface-secondary'), 'var(--ts-soft)');
  assert.equal(lineColor('default'), 'var(--ts-line)');
  assert.equal(textColor('rebeccapurple'), 'rebeccapurple');
});

test('a pair of colours is one for the light and one for the dark', () => {
  assert.equal(textColor({ light: '#000', dark: 'danger' }), 'light-dark(#000, var(--ts-danger))');
  assert.equal(textColor({ light: 'url(x)', dark: '#fff' }), '#fff');
  assert.equal(textColor({ light: { light: 'red' } }), undefined);
});

test('steps of the palette are mirrored in the dark, and may be see-through', () => {
  assert.match(textColor('blue-500') ?? '', /^light-dark\(oklch\(0\.62\d? [\d.]+ 256\), oklch\(0\.62/);
  assert.match(textColor('alpha-20') ?? '', /^color-mix\(in oklab, var\(--ts-foreground\) 20%, transparent\)$/);
  assert.match(textColor('red-alpha-20') ?? '', /^color-mix\(in oklab, oklch/);
  for (let at = 0; at <= 1000; at += 50) assert.doesNotMatch(surfaceColor(`gray-${at}`) ?? '', /NaN|-0\.|undefined/);
});

test('names that every object has are no colours and no sizes', () => {
  assert.equal(textColor('toString'), 'toString'); // CSS does not take it
  assert.equal(box({ radius: 'constructor', align: '__proto__' }, 'col')['border-radius'], undefined);
});

test('padding by sides prefers a side to its axis, and follows the direction of reading', () => {
  assert.deepEqual(sides('padding', { x: 2, left: 4 }), {
    'padding-block-start': undefined, 'padding-inline-end': 'calc(var(--ts-unit) * 2)',
    'padding-block-end': undefined, 'padding-inline-start': 'calc(var(--ts-unit) * 4)',
  });
});

test('a border is a thickness, a line, or lines by sides', () => {
  assert.deepEqual(border(1), { border: '1px solid var(--ts-line)' });
  assert.deepEqual(border({ size: 2, style: 'dashed', color: 'red' }), { border: '2px dashed red' });
  assert.equal(border({ size: 2, style: 'url(x)', color: 'a;b' }).border, '2px solid var(--ts-line)');
  assert.equal(border({ y: 3 })['border-block-end'], '3px solid var(--ts-line)');
  assert.deepEqual(border({ size: 'much' }), { border: undefined });
});

test('size is both width and height, and gives way to each', () => {
  const { width, height } = dimensions({ size: 40, width: 80 });
  assert.deepEqual([width, height], ['80px', '40px']);
});

test('whole numbers keep within their limits', () => {
  assert.deepEqual([whole(2.6, 1, 9), whole(1e9, 1, 9), whole('3', 1, 9), whole('x', 1, 9), whole(NaN, 1, 9)], [3, 9, 3, undefined, undefined]);
});

test('a day is the day that is written, whatever the time zone', () => {
  assert.deepEqual(['2026-12-24', '2026-12-24T23:30:00-11:00', '2026-12-24 10:00', '24.12.2026', 7].map(day), ['2026-12-24', '2026-12-24', '2026-12-24', undefined, undefined]);
});
