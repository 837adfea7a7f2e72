import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newKey } from '../src/protocol/pending.js';

test('a key is new each time, and needs no secure page', (t) => {
  t.mock.method(crypto, 'randomUUID', () => assert.fail('a page from http has none'));
  const keys = new Set(Array.from({ length: 100 }, newKey));
  assert.equal(keys.size, 100);
  for (const key of keys) assert.match(key, /^[0-9a-f]{32}$/);
});
