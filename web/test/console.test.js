/** What the console's pages stand on: where the page is, and how things are said. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { searchOf } from '../console/parts/api.js';
import { short, size, span, whose } from '../console/parts/format.js';
import { hashOf, routeOf } from '../console/parts/route.js';

test('an address leads back to where it came from', () => {
  for (const [path, query] of /** @type {[string[], Record<string, string>][]} */ ([
    [[], {}],
    [['turns'], { state: 'failed', user: 'a&b=c #?/é' }],
    [['turns', 'turn_1/../x'], {}],
  ])) {
    assert.deepEqual(routeOf(hashOf(path, query)), { path, query });
  }
});

test('an address that nobody made is still a place', () => {
  assert.deepEqual(routeOf('#/turns/%E0%A4%A'), { path: ['turns', '%E0%A4%A'], query: {} });
  assert.deepEqual(routeOf(''), { path: [], query: {} });
});

test('what is not asked for is not in the query', () => {
  assert.equal(searchOf({ state: 'failed', user: '', tenant: undefined, by: ['day', 'user'] }), '?state=failed&by=day&by=user');
  assert.equal(searchOf({ user: null }), '');
});

test('times and sizes are short', () => {
  assert.deepEqual([0.0123, 4.26, 75, 600, 7200, 300_000, null].map(span), ['12 ms', '4.3 s', '75 s', '10 min', '2 h', '3 d', '–']);
  assert.deepEqual([999, 1500, 2_500_000].map(size), ['999 B', '1.5 kB', '2.5 MB']);
});

test('an id shows what tells it from others, and a user their tenant', () => {
  assert.equal(short('turn_01a228c5d8df7a45866294b28b20f8ee'), 'turn_…8b20f8ee');
  assert.equal(short('key_1'), 'key_1');
  assert.equal(whose('default', 'ann'), 'ann');
  assert.equal(whose('acme', 'ann'), 'acme / ann');
});
