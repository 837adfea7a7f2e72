import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameParser } from '../src/protocol/sse.js';

/** @param {string[]} pieces */
const parsed = (...pieces) => {
  const parser = new FrameParser();
  return pieces.flatMap((piece) => [...parser.push(piece)]);
};

test('a frame has its data, its name and its position', () => {
  assert.deepEqual(parsed('id: 1-2\nevent: end\ndata: {"a":1}\n\n'), [{ id: '1-2', event: 'end', data: '{"a":1}' }]);
});

test('a frame may arrive in any pieces', () => {
  const text = ': attempt 1\nid: 1-0\n\nid: 1-1\r\ndata: a\r\ndata: b\r\n\r\ndata: c\n\n';
  const whole = parsed(text);
  for (let at = 1; at < text.length; at++) assert.deepEqual(parsed(text.slice(0, at), text.slice(at)), whole);
  assert.deepEqual(whole.map(({ id, data }) => [id, data]), [['1-0', null], ['1-1', 'a\nb'], [null, 'c']]);
});

test('a comment is nothing, and a frame that is cut off is dropped', () => {
  assert.deepEqual(parsed(': keep-alive\n\n', 'data: lost'), []);
});
