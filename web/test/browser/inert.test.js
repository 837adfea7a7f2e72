/** Needs a Chromium (`CHROMIUM=`, or on PATH); `npm run test:browser`. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';

const POLICY =
  "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; require-trusted-types-for 'script'";

test('no text of a widget comes alive, whatever it says and wherever it stands', { timeout: 120_000 }, async () => {
  const { outputFiles } = await build({
    entryPoints: ['test/browser/inert-page.js'], bundle: true, write: false, format: 'esm', target: 'es2022', logLevel: 'warning',
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } }, loader: { '.js': 'ts' },
  });
  const verdict = await seenIn(outputFiles[0].text);
  assert.deepEqual(verdict.found, []);
  assert.ok(verdict.payloads >= 60 && verdict.drawn > 10_000, JSON.stringify(verdict));
});

/** What the page tells after it ran in a browser. @param {string} script @returns {Promise<any>} */
async function seenIn(script) {
  const profile = mkdtempSync(join(tmpdir(), 'inert-'));
  /** @type {(verdict: any) => void} */
  let resolve = () => {};
  const promise = new Promise((done) => (resolve = done));
  const server = createServer((request, response) => {
    response.setHeader('Content-Security-Policy', POLICY);
    if (request.url === '/verdict') {
      let body = '';
      request.on('data', (part) => (body += part)).on('end', () => resolve(JSON.parse(body)));
      return response.end();
    }
    if (request.url !== '/' && request.url !== '/page.js') return response.writeHead(404).end();
    response.setHeader('Content-Type', request.url === '/' ? 'text/html' : 'text/javascript');
    return response.end(request.url === '/' ? '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>' : script);
  }).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const browser = spawn(process.env.CHROMIUM ?? 'chromium', [
    '--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`, '--no-first-run', `http://127.0.0.1:${port}/`,
  ], { stdio: 'ignore' });
  try {
    return await promise;
  } finally {
    browser.kill();
    await new Promise((done) => browser.once('exit', done));
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
