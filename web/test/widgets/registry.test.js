import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nothing } from 'lit';
import { drawNode, listOf, MOST_NODES, register, sizeOf } from '../../src/widgets/registry.js';
import { textOf } from '../../src/widgets/text-of.js';
import { labelled } from '../../src/widgets/fields.js';

register('Leaf', (node, { path, loading }) => `${node.value}@${path}${loading ? '!' : ''}`);
register('Tree', (node, { drawAll }) => flat(drawAll(node.children)));

const given = (/** @type {any} */ more = {}) => ({ env: {}, domains: null, labels: new Set(), fresh: false, busy: null, act: () => {}, left: { nodes: MOST_NODES }, ...more });
/** What a list of children is drawn as: `repeat` keeps items and the function for each. @param {any} drawn @returns {any} */
const flat = (drawn) => (Array.isArray(drawn?.values) ? drawn.values[0].map((/** @type {any} */ item, /** @type {number} */ at) => drawn.values[2](item, at)) : drawn);
const leaf = (/** @type {string} */ value) => ({ type: 'Leaf', value });

test('a node of an unknown type is drawn as its children', () => {
  assert.deepEqual(flat(drawNode({ type: 'Carousel', children: [leaf('a'), leaf('b')] }, given())), ['a@0.0', 'b@0.1']);
  assert.deepEqual(flat(drawNode({ type: 'Frame', children: leaf('one') }, given())), ['one@0.0']);
  assert.deepEqual(flat(drawNode({ type: 'Hologram' }, given())), []);
});

test('what is no node is not drawn', () => {
  for (const node of [null, undefined, 'text', 7, [leaf('a')]]) assert.equal(drawNode(node, given()), nothing);
  assert.deepEqual(flat(drawNode({ type: 'Tree', children: 'text' }, given())), [nothing]);
});

test('a tree without an end is drawn as deep as a designer would go', () => {
  /** @type {any} */
  const endless = { type: 'Tree' };
  endless.children = [endless];
  assert.doesNotThrow(() => drawNode(endless, given()));
});

test('no more nodes are drawn than a page can bear, and it is known that some are not', () => {
  const many = { type: 'Tree', children: Array.from({ length: MOST_NODES + 10 }, () => leaf('x')) };
  const drawn = /** @type {any[]} */ (drawNode(many, given()));
  assert.equal(drawn.filter((each) => each !== nothing).length, MOST_NODES - 1);
  assert.deepEqual([sizeOf(many) > MOST_NODES, sizeOf({ type: 'Tree', children: leaf('x') })], [true, 2]);
});

test('only the node whose action runs is loading', () => {
  assert.deepEqual(drawNode({ type: 'Tree', children: [leaf('a'), leaf('b')] }, given({ busy: '0.1' })), ['a@0.0', 'b@0.1!']);
});

test('of two children with one key the second one loses it', () => {
  const keys = listOf([{ key: 'a' }, { key: 'a' }, { id: 'b' }, {}]).map((each, at) => each.key ?? each.id ?? at);
  assert.equal(new Set(keys).size, 4);
});

test('what a tree says is its texts, labels and descriptions of images, in order', () => {
  assert.equal(textOf({ children: [{ type: 'Title', value: ' A ' }, { children: { type: 'Image', alt: 'Hills', src: 'x' } }, { type: 'Badge', label: 'New' }] }), 'A Hills New');
});

test('fields that have a label anywhere in the tree are known', () => {
  assert.deepEqual([...labelled({ children: [{ type: 'Row', children: { type: 'Label', fieldName: 'a.b' } }, { type: 'Input', name: 'c' }] })], ['a.b']);
});
