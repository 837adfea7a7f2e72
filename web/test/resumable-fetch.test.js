import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resumableFetch } from '../src/resumable-fetch.js';
import { StockReader } from './stock-reader.js';

const BASE = 'https://chat.example/';
const SEND = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"type":"threads.create","params":{}}' };

/** @param {string} id @param {object} event */
const entry = (id, event) => `id: ${id}\ndata: ${JSON.stringify(event)}\n\n`;
const END = 'id: 9-0\nevent: end\ndata: {"status":"completed"}\n\n';
const ADDED = entry('1-1', { type: 'thread.item.added', item: { id: 'msg', type: 'assistant_message', content: [{ text: '' }] } });
/** @param {string} id @param {string} delta */
const delta = (id, delta) =>
  entry(id, { type: 'thread.item.updated', item_id: 'msg', update: { type: 'assistant_message.content_part.text_delta', content_index: 0, delta } });

/** A stream that breaks behind its text, as a connection does, or ends. @param {string} text @param {boolean} [breaks] */
function stream(text, breaks = false) {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
    pull: (controller) => (breaks ? controller.error(new TypeError('network error')) : controller.close()),
  });
  return new Response(body, { headers: { 'Turn-Id': 'turn_1' } });
}

/** A gateway that gives these answers in turn, and what it was asked. @param {(Response | Error)[]} answers */
function gateway(...answers) {
  /** @type {Request[]} */
  const asked = [];
  /** @type {typeof fetch} */
  const ask = async (input, init) => {
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    asked.push(request);
    const answer = answers.shift() ?? new Response('{}');
    if (answer instanceof Error) throw answer;
    return new Response(answer.body?.pipeThrough(new TransformStream(), { signal: request.signal }), answer);
  };
  return { asked, fetch: resumableFetch(BASE, ask), seen: () => asked.map(({ method, url }) => `${method} ${url.slice(BASE.length)}`) };
}

/** @param {typeof fetch} send */
const read = async (send) => new StockReader().read(await send(`${BASE}chatkit`, SEND));

test('an answer that breaks goes on behind its position, and its reader sees one stream', async () => {
  const { fetch, asked, seen } = gateway(stream(ADDED + delta('1-2', 'one '), true), stream(': attempt 1\nid: 1-3\n\n'), stream(delta('1-4', 'two') + END));
  assert.equal((await read(fetch)).said, 'one two');
  assert.deepEqual(seen(), ['POST chatkit', 'GET turns/turn_1/events', 'GET turns/turn_1/events']);
  assert.deepEqual(asked.map(({ headers }) => headers.get('Last-Event-ID')), [null, '1-2', '1-3']);
  assert.ok(asked.every(({ headers }) => headers.get('Turnstream-Client') === 'resumable'));
});

test('what came of a turn is taken back before the turn is told anew', async () => {
  const restart = 'event: restart\ndata: {}\n\n';
  const { fetch } = gateway(stream(ADDED + delta('1-2', 'lost'), true), stream(restart + ADDED + delta('1-2', 'whole') + END));
  const reader = await read(fetch);
  assert.equal(reader.said, 'whole');
  assert.equal(reader.counts['thread.item.removed'], 1);
});

test('a request that nobody answers is repeated under its key, so that it counts once', async () => {
  const { fetch, asked } = gateway(new TypeError('refused'), new Response('{}', { status: 503 }), stream(ADDED + delta('1-2', 'here') + END));
  assert.equal((await read(fetch)).said, 'here');
  const keys = new Set(asked.map(({ headers }) => headers.get('Idempotency-Key')));
  assert.equal(keys.size, 1);
  assert.deepEqual(await Promise.all(asked.map((each) => each.text())), [SEND.body, SEND.body, SEND.body]);
});

test('a refusal is the page\'s to read', async () => {
  const { fetch } = gateway(new Response('{"code":"thread_closed"}', { status: 409 }));
  const refusal = await fetch(`${BASE}chatkit`, SEND);
  assert.equal(refusal.status, 409);
  assert.deepEqual(await refusal.json(), { code: 'thread_closed' });
});

test('a turn that is gone fails the answer', async () => {
  const { fetch } = gateway(stream(ADDED, true), new Response('{}', { status: 404 }));
  await assert.rejects(read(fetch), { name: 'RequestFailed', status: 404 });
});

test('a Stop cancels the turn, however it is told', async () => {
  const stop = new AbortController();
  const first = gateway(stream(ADDED + delta('1-2', 'a')));
  await first.fetch(`${BASE}chatkit`, { ...SEND, signal: stop.signal });
  stop.abort();
  const second = gateway(stream(ADDED + delta('1-2', 'a')));
  await (await second.fetch(`${BASE}chatkit`, SEND)).body?.cancel();
  for (const { seen } of [first, second]) assert.equal(seen().at(-1), 'POST turns/turn_1/cancel');
});

test('a Stop before the first answer finds the turn by its key', async () => {
  const stop = new AbortController();
  const { fetch, asked, seen } = gateway(new TypeError('lost'), stream(ADDED));
  const answer = fetch(`${BASE}chatkit`, { ...SEND, signal: stop.signal });
  while (!asked.length) await new Promise(setImmediate);
  stop.abort();
  await assert.rejects(answer, { name: 'AbortError' });
  while (asked.length < 3) await new Promise(setImmediate);
  assert.deepEqual(seen(), ['POST chatkit', 'POST chatkit', 'POST turns/turn_1/cancel']);
  assert.equal(new Set(asked.map(({ headers }) => headers.get('Idempotency-Key'))).size, 1);
});

test('a server without turns is read to its end', async () => {
  const { fetch } = gateway(new Response(ADDED + delta('', 'all')));
  assert.equal((await read(fetch)).said, 'all');
});

test('requests that are not answered with a stream pass as they are', async () => {
  const { fetch, asked } = gateway();
  await fetch(`${BASE}chatkit`, { ...SEND, body: '{"type":"threads.list","params":{}}' });
  const form = new FormData();
  form.append('file', new Blob(['x']));
  await fetch(`${BASE}attachments`, { method: 'POST', body: form });
  assert.deepEqual(asked.map(({ headers }) => headers.get('Turnstream-Client')), [null, null]);
});
