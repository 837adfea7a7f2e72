// Reads {place: [language, code]} and prints {place: problem} for scripts that are none. It takes
// the parser of web/, where that is installed; Node alone reads no JSX and no TypeScript.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const web = new URL('../../../web/', import.meta.url);
const parse = existsSync(new URL('node_modules/esbuild', web)) ? withEsbuild() : withNode;

function withEsbuild() {
  const { transformSync } = createRequire(web)('esbuild');
  return (language, code) => transformSync(code, { loader: language, logLevel: 'silent' });
}

function withNode(language, code) {
  if (language === 'js') new Function(`return async () => {\n${code}\n}`);
}

const problems = {};
for (const [place, [language, code]] of Object.entries(JSON.parse(readFileSync(0, 'utf8')))) {
  try {
    parse(language, code);
  } catch (error) {
    problems[place] = String(error);
  }
}
console.log(JSON.stringify(problems));
