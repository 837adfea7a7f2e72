import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageAddress } from '../../src/widgets/images.js';

const PAGE = 'https://app.example/chat';
const shown = (/** @type {unknown} */ src, /** @type {string[] | null} */ domains = null) => imageAddress(src, domains, PAGE);

test('images of the page itself and of https are shown where no domains are named', () => {
  assert.equal(shown('/a.png'), 'https://app.example/a.png');
  assert.equal(shown('https://cdn.example/a.png'), 'https://cdn.example/a.png');
  assert.equal(shown('http://cdn.example/a.png'), null);
});

test('where domains are named, only they and what belongs to them', () => {
  const domains = ['cdn.example', '*.img.example', 'https://more.example/x'];
  const from = (/** @type {string} */ host) => shown(`https://${host}/a.png`, domains) !== null;
  assert.deepEqual(['cdn.example', 'a.cdn.example', 'b.img.example', 'more.example', 'evilcdn.example', 'cdn.example.evil.example', 'other.example'].map(from), [true, true, true, true, false, false, false]);
  assert.notEqual(shown('/ours.png', []), null);
  assert.equal(shown('https://cdn.example/a.png', ['']), null);
});

test('a picture inside an address is shown where the thread allows it, and never as SVG', () => {
  const png = 'data:image/png;base64,iVBORw0KGgo=';
  assert.equal(shown(png), null);
  assert.equal(shown(png, ['data:']), png);
  assert.equal(shown('data:image/svg+xml;base64,PHN2Zz4=', ['data:']), null);
  assert.equal(shown('data:text/html,<script>', ['data:']), null);
});

test('nothing else is an address of an image', () => {
  const others = ['javascript:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)', 'vbscript:x', 'file:///etc/passwd', 'blob:https://evil.example/1', 'https://user:pw@app.example/a', '', null, {}, 'https://'];
  assert.deepEqual(others.map((each) => shown(each)), others.map(() => null));
});
