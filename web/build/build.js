/**
 * From web/ to what the gateway serves: `node build/build.js [folder]`. The same source gives the same
 * bytes. Names are stable; the gateway puts a version in front of them (turnstream_gateway/ui).
 */

import { build } from 'esbuild';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LOCALES } from '../src/locales/negotiation.js';
import { builtIn, writeShards } from './icons.js';

const WEB = join(dirname(fileURLToPath(import.meta.url)), '..');
const SERVED = join(WEB, '../services/gateway/src/turnstream_gateway/ui/static');
const GUIDE = join(WEB, '../guide/src/turnstream_guide');
const DRAWINGS = join(WEB, 'src/icons/built-in.js');
const NOTICES = ['lit', 'lit-element', 'lit-html', '@lit/reactive-element', 'marked', 'remend', 'd3-shape', 'd3-path', 'katex', 'lucide-static'];

const folder = process.argv[2] ?? SERVED;

if (!existsSync(DRAWINGS) || readFileSync(DRAWINGS, 'utf8') !== builtIn()) writeFileSync(DRAWINGS, builtIn());

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const common = {
  absWorkingDir: WEB,
  outdir: folder,
  bundle: true,
  target: 'es2022',
  minify: true,
  legalComments: /** @type {const} */ ('none'),
  logLevel: /** @type {const} */ ('warning'),
  // Fields of a class are assigned, not defined: a defined one would hide Lit's accessor of its name.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  plugins: [ourSource(), builtElement()],
};
const modules = { ...common, format: /** @type {const} */ ('esm') };
await build({
  ...modules,
  entryPoints: ['src/turnstream-chat.js', 'src/resumable-fetch.js'],
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
});
await build({ ...modules, entryPoints: ['demo/demo.js', 'demo/demo.css', 'demo/gallery.js', 'demo/gallery.css'] });
await build({ ...modules, entryPoints: ['console/console.js', 'console/console.css'] });
await build({ ...common, entryPoints: ['src/loader.js'] });
cpSync(join(WEB, 'console/console.html'), join(folder, 'console.html'));
for (const page of ['index.html', 'gallery.html', 'gallery/picture.svg']) cpSync(join(WEB, 'demo', page), join(folder, page));
writeShards(join(folder, 'icons'));
writeLocales(join(folder, 'locales'));
writeDemoTexts(join(folder, 'demo'));
writeFileSync(join(folder, 'LICENSES.txt'), licences());

/** One module for each language but English, which is in the element's file. @param {string} home */
function writeLocales(home) {
  mkdirSync(home, { recursive: true });
  for (const name of LOCALES.filter((each) => each !== 'en')) {
    const texts = JSON.parse(readFileSync(join(WEB, `src/locales/${name}.json`), 'utf8'));
    writeFileSync(join(home, `${name}.js`), `export default ${JSON.stringify(texts)};\n`);
  }
}

/** The same for what the demo page says and what the guide can be asked. @param {string} home */
function writeDemoTexts(home) {
  mkdirSync(home, { recursive: true });
  for (const name of LOCALES.filter((each) => each !== 'en')) {
    const texts = JSON.parse(readFileSync(join(WEB, `demo/texts/${name}.json`), 'utf8'));
    const starters = JSON.parse(readFileSync(join(GUIDE, `starters/${name}.json`), 'utf8'));
    writeFileSync(join(home, `${name}.js`), `export default ${JSON.stringify({ ...texts, starters })};\n`);
  }
}

/**
 * Our files, with the styles in their templates made small, which a minifier of scripts does not do.
 * They are read as TypeScript, because only there the setting for fields counts.
 */
function ourSource() {
  return {
    name: 'our-source',
    /** @param {import('esbuild').PluginBuild} build */
    setup(build) {
      build.onLoad({ filter: /\.js$/ }, ({ path }) => {
        if (!/^(src|demo|console)[/\\]/.test(relative(WEB, path))) return undefined;
        const contents = readFileSync(path, 'utf8').replace(/\bcss`[^`]*`/g, (style) =>
          style.replace(/\/\*[^]*?\*\//g, '').replace(/\s+/g, ' ').replace(/\s*([{};,>])\s*/g, '$1'),
        );
        return { loader: 'ts', contents };
      });
    },
  };
}

/** Pages of ours use the element as it is built, and hold no copy of it. */
function builtElement() {
  return {
    name: 'built-element',
    /** @param {import('esbuild').PluginBuild} build */
    setup(build) {
      build.onResolve({ filter: /^\.\.\/src\/turnstream-chat\.js$/ }, () => ({ path: './turnstream-chat.js', external: true }));
    },
  };
}

function licences() {
  const texts = NOTICES.map((name) => {
    const home = join(WEB, 'node_modules', name);
    const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
    const file = readdirSync(home).find((each) => /^licen[cs]e/i.test(each));
    return `${name} ${version}\n\n${file ? readFileSync(join(home, file), 'utf8').trim() : ''}\n`;
  });
  return texts.join('\n----\n\n');
}
