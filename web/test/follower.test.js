import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followTurn, sendAndFollow } from '../src/protocol/follower.js';
import { RequestFailed, unreachable } from '../src/protocol/problem.js';

const never = new AbortController().signal;
const request = { type: 'threads.create', params: {} };
const event = (/** @type {string} */ id, /** @type {string} */ data) => `id: ${id}\ndata: ${data}\n\n`;
const SILENT = Symbol('silent');
const END = 'event: end\ndata: {"status":"completed"}\n\n';

/**
 * A stream of these frames, which then ends, or breaks.
 * @param {string} text
 * @param {{turn?: string, breaks?: boolean}} [how]
 */
function streamed(text, { turn, breaks = false } = {}) {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      if (!breaks) controller.close();
    },
    pull(controller) {
      if (breaks) controller.error(new TypeError('network error'));
    },
  });
  return new Response(body, { headers: turn ? { 'Turn-Id': turn } : {} });
}

/**
 * A server that answers with these, one after the other, and remembers what it was asked for. Where it is
 * `SILENT`, nothing comes until the reader gives up.
 * @param {...(Response | Error | typeof SILENT)} answers
 */
function server(...answers) {
  /** @type {string[]} */
  const asked = [];
  const next = (/** @type {string} */ what, signal = never) => {
    asked.push(what);
    const answer = answers.shift();
    if (answer === SILENT) return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    if (answer instanceof Response) return Promise.resolve(answer);
    return Promise.reject(answer ?? new Error('nothing left to answer'));
  };
  const api = {
    stream: () => next('send'),
    route: (/** @type {string} */ path, /** @type {any} */ { headers = {}, signal } = {}) => next(`${path} ${headers['Last-Event-ID'] ?? ''}`.trim(), signal),
  };
  return { api: /** @type {any} */ (api), asked };
}

/** @param {AsyncIterable<any>} told */
async function kinds(told) {
  const all = [];
  for await (const each of told) all.push(each.kind === 'event' ? each.event.n : each.kind);
  return all;
}

test('an answer that is cut off goes on behind its position, and the request is sent once', async () => {
  const { api, asked } = server(
    streamed(event('1-1', '{"n":1}'), { turn: 't', breaks: true }),
    streamed(event('1-2', '{"n":2}') + END),
  );
  assert.deepEqual(await kinds(sendAndFollow(api, request, 'k', never)), ['turn', 1, 'waiting', 'connected', 2, 'end']);
  assert.deepEqual(asked, ['send', 'turns/t/events 1-1']);
});

test('a request that nobody answers is sent again until somebody does', async () => {
  const { api, asked } = server(unreachable('x'), unreachable('x'), streamed(END, { turn: 't' }));
  const told = await kinds(sendAndFollow(api, request, 'k', never));
  assert.deepEqual(told, ['waiting', 'waiting', 'turn', 'connected', 'end']);
  assert.deepEqual(asked, ['send', 'send', 'send']);
});

test('a frame that cannot be read is passed over, and is not asked for again', async () => {
  const { api } = server(streamed(event('1-1', '{broken') + event('1-2', '{"n":2}') + END));
  assert.deepEqual(await kinds(followTurn(api, 't', never)), ['turn', 2, 'end']);
});

test('a server without turns is not asked to do it all again when its answer breaks', async () => {
  const { api, asked } = server(streamed(event('1-1', '{"n":1}'), { breaks: true }));
  await assert.rejects(kinds(sendAndFollow(api, request, 'k', never)), /cut off/);
  assert.deepEqual(asked, ['send']);
});

test('the answer of a server without turns ends where its stream ends', async () => {
  const { api } = server(streamed('data: {"n":1}\n\n'));
  assert.deepEqual(await kinds(sendAndFollow(api, request, 'k', never)), [1, 'end']);
});

test('a refusal for good is thrown at once', async () => {
  const { api, asked } = server(new RequestFailed('no', { status: 422, code: 'unprocessable' }));
  await assert.rejects(kinds(sendAndFollow(api, request, 'k', never)), /no/);
  assert.equal(asked.length, 1);
});

test('who goes on for a while waits as short as the first time', async () => {
  const cut = (/** @type {number} */ n) => streamed(event(`1-${n}`, `{"n":${n}}`), { breaks: true });
  const { api } = server(cut(1), cut(2), cut(3), cut(4), streamed(END));
  const waits = [];
  for await (const each of followTurn(api, 't', never)) if (each.kind === 'waiting') waits.push(each.attempt);
  assert.deepEqual(waits, [0, 0, 0, 0]);
});

test('a reader who comes back tries again soon on each connection that died while the machine slept', async () => {
  const cut = streamed(event('1-1', '{"n":1}'), { breaks: true });
  const { api, asked } = server(cut, SILENT, SILENT, streamed(event('1-2', '{"n":2}') + END));
  const began = Date.now();
  assert.deepEqual(await kinds(followTurn(api, 't', never)), ['turn', 1, 'waiting', 'waiting', 'waiting', 'connected', 2, 'end']);
  assert.deepEqual(asked.slice(1), Array(3).fill('turns/t/events 1-1'));
  assert.ok(Date.now() - began < 20_000, 'as long as for a connection that was good');
});
