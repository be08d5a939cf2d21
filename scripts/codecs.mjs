/**
 * Makes the image codecs fit for the Worker: copies of the npm packages' WebAssembly with less memory than they declare
 * (50 MiB at once each, where an isolate has 128 MB for everything), and of their glue as modules that run anywhere.
 * Runs after `npm ci`; node_modules stays as it is.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fitMemory } from './codecs/memory-section.mjs';
import { ROOT } from './support/paths.mjs';

const TARGET = join(ROOT, 'src/imaging/codecs/wasm');

/** Of 64 KiB. A codec's data and stack take less than 6 MiB; the most leaves room for its frame outside of it. */
const PAGES = { initial: 6 * 16, maximum: 104 * 16 };

/** `declared` is what the glue calls itself. */
const CODECS = [
  { name: 'charls', pack: 'codec-charls', file: 'charlswasm', declared: 'CharLSWASM' },
  { name: 'libjpeg-turbo', pack: 'codec-libjpeg-turbo-8bit', file: 'libjpegturbowasm', declared: 'libjpegturbowasm' },
  { name: 'openjpeg', pack: 'codec-openjpeg', file: 'openjpegwasm', declared: 'OpenJPEGWASM' },
  { name: 'openjph', pack: 'codec-openjph', file: 'openjphjs', declared: 'Module' },
];

/** The glue asks which of these there are to tell where it runs: nowhere, so that it takes what it is given alone. */
const NOWHERE = ['process', 'require', 'window', 'document', 'WorkerGlobalScope', 'exports', 'module', 'define'];

/** Memory that is not needed yet is not taken: a fifth more each time would be 16 MiB of 100. */
const GROWTH = /1\+\.2\/cutDown/g;

/** Asked for by name where the glue copies results out, once more than is needed: they are left where they are. */
const GLOBALS = 'const globalThis = { Uint8ClampedArray: function (view) { return view; } };';

mkdirSync(TARGET, { recursive: true });
for (const { name, pack, file, declared } of CODECS) {
  const source = join(ROOT, 'node_modules/@cornerstonejs', pack, 'dist', file);
  writeFileSync(join(TARGET, `${name}.wasm`), fitMemory(readFileSync(`${source}.wasm`), PAGES));
  const glue = readFileSync(`${source}.js`, 'utf8');
  if (glue.match(GROWTH)?.length !== 1) throw new Error(`The glue of ${pack} grows its memory in another way.`);
  const head = `// @ts-nocheck\nconst ${NOWHERE.map((known) => `${known} = undefined`).join(', ')};\n${GLOBALS}\n`;
  const body = glue.replace(GROWTH, '1+.04/cutDown');
  writeFileSync(join(TARGET, `${name}.js`), `${head}${body}\nexport default ${declared};\n`);
}
