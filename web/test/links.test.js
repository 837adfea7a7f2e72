import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safeImage, safeLink } from '../src/markdown/links.js';

const PAGE = 'https://app.example/chat';
const shown = (/** @type {unknown} */ src, /** @type {string[] | null} */ domains = null, page = PAGE) => safeImage(src, domains, page);

test('images of the page itself and of https are shown where no domains are named', () => {
  assert.equal(shown('/a.png'), 'https://app.example/a.png');
  assert.equal(shown('https://cdn.example/a.png'), 'https://cdn.example/a.png');
  assert.equal(shown('http://cdn.example/a.png'), null);
});

test('a page that came over http shows what comes so too', () => {
  assert.equal(shown('http://127.0.0.1:8000/a.png', null, 'http://localhost:5173/'), 'http://127.0.0.1:8000/a.png');
  assert.equal(shown('http://other.example/a.png', ['cdn.example'], 'http://localhost:5173/'), null);
});

test('where domains are named, only they and what belongs to them', () => {
  const domains = ['cdn.example', '*.img.example', 'https://more.example/x'];
  const from = (/** @type {string} */ host) => shown(`https://${host}/a.png`, domains) !== null;
  assert.deepEqual(['cdn.example', 'a.cdn.example', 'b.img.example', 'more.example', 'evilcdn.example', 'cdn.example.evil.example', 'other.example'].map(from), [true, true, true, true, false, false, false]);
  assert.notEqual(shown('/ours.png', []), null);
  assert.equal(shown('https://cdn.example/a.png', ['']), null);
});

test('a picture inside an address is shown wherever it is, and never as SVG', () => {
  const png = 'data:image/png;base64,iVBORw0KGgo=';
  assert.equal(shown(png), png);
  assert.equal(shown(png, []), png);
  assert.equal(shown('data:image/svg+xml;base64,PHN2Zz4='), null);
  assert.equal(shown('data:text/html,<script>'), null);
});

test('nothing else is an address of an image', () => {
  const others = ['javascript:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)', 'vbscript:x', 'file:///etc/passwd', 'blob:https://evil.example/1', 'https://user:pw@app.example/a', '', null, {}, 'https://'];
  assert.deepEqual(others.map((each) => shown(each)), others.map(() => null));
});

test('a link leads to a page, a mail, a phone or into the host, and nowhere else', () => {
  const links = ['https://a.example/', 'http://a.example/', 'mailto:a@a.example', 'tel:+1', 'chatkit-link://open?id=1'];
  assert.deepEqual(links.map((each) => safeLink(each)), links);
  const others = ['javascript:alert(1)', ' java\tscript:alert(1)', 'data:text/html,x', 'vbscript:x', 'blob:https://a.example/1', 'file:///etc/passwd', '', null, 7];
  assert.deepEqual(others.map((each) => safeLink(each)), others.map(() => null));
});
