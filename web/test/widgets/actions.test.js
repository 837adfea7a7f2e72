import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAction, loadingOf, merged } from '../../src/widgets/actions.js';
import { valuesOf } from '../../src/widgets/fields.js';

test('a field whose name has dots goes into the depth of the payload', () => {
  const { payload } = merged({ id: 7, todo: { done: false } }, { 'todo.title': 'Milk', note: 'soon' });
  assert.deepEqual(payload, { id: 7, todo: { done: false, title: 'Milk' }, note: 'soon' });
});

test('what the payload already has stays, and the fields left out for it are named', () => {
  const { payload, conflicts } = merged({ id: 7, a: 'text' }, { id: '8', 'a.b': 'x', c: 'y' });
  assert.deepEqual([payload, conflicts], [{ id: 7, a: 'text', c: 'y' }, ['id', 'a.b']]);
});

test('the action of the widget is not changed by what is sent', () => {
  const given = { todo: {} };
  merged(given, { 'todo.title': 'Milk' });
  assert.deepEqual(given, { todo: {} });
});

test('a payload that is no object is sent as it is', () => {
  assert.deepEqual(merged([1], { a: 'x' }), { payload: [1], conflicts: ['a'] });
  assert.deepEqual(merged(undefined, {}), { payload: undefined, conflicts: [] });
  assert.deepEqual(merged(null, { a: 'x' }).payload, { a: 'x' });
});

test('no name of a field reaches what all objects share', () => {
  const { payload, conflicts } = merged({}, { '__proto__.polluted': 'yes', 'constructor.prototype.polluted': 'yes', 'a.__proto__.b': 'yes' });
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
  assert.equal(conflicts.length, 3);
  assert.deepEqual(payload, {});
});

test('an action shows that it runs as it says, or as is usual for its node', () => {
  assert.equal(loadingOf({ type: 'x' }, 'container'), 'container');
  assert.equal(loadingOf({ type: 'x', loadingBehavior: 'auto' }, 'self'), 'self');
  assert.equal(loadingOf({ type: 'x', loadingBehavior: 'none' }, 'self'), 'none');
  assert.equal(loadingOf({ type: 'x', loadingBehavior: 'container' }, 'none'), 'container');
});

test('only what has a type is an action', () => {
  assert.deepEqual([{ type: 'x' }, { type: 1 }, 'x', null].map(isAction), [true, false, false, false]);
});

test('a checkbox is true or false, a radio group its chosen value, and what is off is left out', () => {
  const field = (/** @type {any} */ given) => ({ disabled: false, checked: false, type: 'text', value: '', ...given });
  const values = valuesOf([
    field({ name: 'agree', type: 'checkbox', value: 'on', checked: true }),
    field({ name: 'seat', type: 'radio', value: 'a' }), field({ name: 'seat', type: 'radio', value: 'w', checked: true }),
    field({ name: 'off', disabled: true, value: 'x' }), field({ name: '', value: 'x' }), field({ name: 'two', value: '1' }), field({ name: 'two', value: '2' }),
  ]);
  assert.deepEqual(values, { agree: true, seat: 'w', two: ['1', '2'] });
});
