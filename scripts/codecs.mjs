/**
 * Makes the image codecs and SHA-256 fit for the Worker: copies of the npm packages' WebAssembly that declare less memory (each
 * declares 50 MiB, and an isolate has 128 MB for everything), and copies of their glue code as short modules that run
 * anywhere. hash-wasm keeps its WebAssembly as a text, which a Worker must not compile. Runs after `npm ci`;
 * node_modules stays unchanged.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { fitMemory } from './codecs/memory-section.mjs';
import { ROOT } from './support/paths.mjs';

const TARGET = join(ROOT, 'src/imaging/codecs/wasm');

/**
 * Pages of 64 KiB. A codec's data and stack take less than 6 MiB; the maximum leaves room for its frame outside of the
 * codec.
 */
const PAGES = { initial: 6 * 16, maximum: 104 * 16 };

/** `declared` is the name that the glue code gives itself. */
const CODECS = [
  { name: 'charls', pack: 'codec-charls', file: 'charlswasm', declared: 'CharLSWASM' },
  { name: 'libjpeg-turbo', pack: 'codec-libjpeg-turbo-8bit', file: 'libjpegturbowasm', declared: 'libjpegturbowasm' },
  { name: 'openjpeg', pack: 'codec-openjpeg', file: 'openjpegwasm', declared: 'OpenJPEGWASM' },
  { name: 'openjph', pack: 'codec-openjph', file: 'openjphjs', declared: 'Module' },
];

/**
 * The glue code looks for these names to find out where it runs. All of them are undefined here, so it uses only what
 * it is given.
 */
const NOWHERE = ['process', 'require', 'window', 'document', 'WorkerGlobalScope', 'exports', 'module', 'define'];

/**
 * The glue code takes a fifth more memory than it needs at each growth, which would be 16 MiB of 100. The copies take
 * only what is needed.
 */
const GROWTH = /1\+\.2\/cutDown/g;

/** The glue code uses this name to copy results out, once more than needed. Here the results stay where they are. */
const GLOBALS = 'const globalThis = { Uint8ClampedArray: function (view) { return view; } };';

mkdirSync(TARGET, { recursive: true });
for (const { name, pack, file, declared } of CODECS) {
  const source = join(ROOT, 'node_modules/@cornerstonejs', pack, 'dist', file);
  writeFileSync(join(TARGET, `${name}.wasm`), fitMemory(readFileSync(`${source}.wasm`), PAGES));
  const glue = readFileSync(`${source}.js`, 'utf8');
  if (glue.match(GROWTH)?.length !== 1) throw new Error(`The glue of ${pack} grows its memory in another way.`);
  const head = `const ${NOWHERE.map((known) => `${known} = undefined`).join(', ')};\n${GLOBALS}\n`;
  const body = glue.replace(GROWTH, '1+.04/cutDown');
  const { code } = transformSync(`${head}${body}\nexport default ${declared};\n`, {
    minify: true,
    format: 'esm',
    target: 'es2022',
  });
  writeFileSync(join(TARGET, `${name}.js`), `// @ts-nocheck\n${code}`);
}

const DIGEST_TARGET = join(ROOT, 'src/archive/upload/wasm');
const DIGEST = /var name\$\w+ = "sha256";\s*var data\$\w+ = "([A-Za-z0-9+/=]+)"/;

mkdirSync(DIGEST_TARGET, { recursive: true });
const [, digest] = DIGEST.exec(readFileSync(join(ROOT, 'node_modules/hash-wasm/dist/index.esm.js'), 'utf8')) ?? [];
if (digest === undefined) throw new Error('hash-wasm keeps its SHA-256 in another way.');
writeFileSync(join(DIGEST_TARGET, 'sha256.wasm'), Buffer.from(digest, 'base64'));
