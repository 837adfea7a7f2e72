/** Icon drawings from Lucide: those built in as source, all others as small files to load when used. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BUILT_IN, LUCIDE } from '../src/icons/names.js';

const HOME = join(dirname(createRequire(import.meta.url).resolve('lucide-static/package.json')), 'icons');

/** Every icon, also by the names that Lucide used before. */
const NODES = Object.fromEntries(
  readdirSync(HOME).filter((file) => file.endsWith('.svg')).sort().map((file) => [file.slice(0, -'.svg'.length), nodes(file)]),
);

/** The lines of a drawing: `[tag, attributes]` each. @param {string} file */
function nodes(file) {
  const text = readFileSync(join(HOME, file), 'utf8');
  const drawing = text.slice(text.indexOf('>', text.indexOf('<svg')) + 1);
  return [...drawing.matchAll(/<([a-z]+)\s([^>]*?)\/>/g)].map(([, tag, attributes]) => [
    tag,
    Object.fromEntries([...attributes.matchAll(/([a-z-]+[0-9]?)="([^"]*)"/g)].map(([, key, value]) => [key, value])),
  ]);
}

for (const name of [...Object.values(LUCIDE), ...BUILT_IN]) {
  if (!NODES[name]) throw new Error(`Lucide has no icon ${name}`);
}

/** The source of src/icons/built-in.js. */
export function builtIn() {
  const drawings = Object.fromEntries(BUILT_IN.map((name) => [name, NODES[name]]));
  const lines = Object.entries(drawings).map(([name, nodes]) => `  '${name}': ${JSON.stringify(nodes)},`);
  return `/** Written by build/icons.js from Lucide (ISC licence). */

/** @typedef {readonly (readonly [string, Readonly<Record<string, string>>])[]} Drawing */

/** @type {Record<string, any>} */
export const DRAWINGS = {\n${lines.join('\n')}\n};\n`;
}

/**
 * One module for each first letter: a few kilobytes, and its names tell nothing that is not public.
 * @param {string} folder
 */
export function writeShards(folder) {
  mkdirSync(folder, { recursive: true });
  for (const letter of 'abcdefghijklmnopqrstuvwxyz') {
    const names = Object.keys(NODES).filter((name) => name.startsWith(letter)).sort();
    const shard = Object.fromEntries(names.map((name) => [name, NODES[name]]));
    writeFileSync(`${folder}/${letter}.js`, `export default ${JSON.stringify(shard)};\n`);
  }
}
