import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';

/** Bundles that were made before. */
const CACHE = join(ROOT, '.cache', 'bundles');

/** What a bundle is made with beside its own inputs: the versions of all packages, and what says how they are read. */
const SURROUNDINGS = ['node_modules/.package-lock.json', 'package.json', 'tsconfig.json'];

/**
 * @typedef {object} Bundle
 * @property {string} text
 * @property {string[]} inputs the paths of the files in it, relative to the project's folder
 */

/**
 * Bundles a script with esbuild. It takes the bundle of an earlier run if all that it was made from has the same content now.
 * @param {string} name of the bundle in the cache
 * @param {import('esbuild').BuildOptions} options
 * @returns {Promise<Bundle>}
 */
export async function bundle(name, options) {
  const file = join(CACHE, `${name}.json`);
  const kept = readKept(file);
  if (kept !== undefined && kept.key === keyOf(options, kept)) return kept;
  // Loaded only here: most runs do not need it.
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    ...options,
    absWorkingDir: ROOT,
    bundle: true,
    metafile: true,
    write: false,
  });
  const inputs = Object.keys(metafile.inputs).filter((input) => !/^[(<]/.test(input));
  const made = { text: outputFiles[0]?.text ?? '', inputs };
  keep(file, { key: keyOf(options, made), ...made });
  return made;
}

/** @param {string} file @returns {{ key: string } & Bundle | undefined} */
function readKept(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Changes with the contents of everything that goes into a bundle, and of the bundle. @param {import('esbuild').BuildOptions} options @param {Bundle} bundle */
function keyOf(options, { text, inputs }) {
  const hash = createHash('sha256').update(`${ROOT}\n${JSON.stringify(options)}\n${text}\n`);
  for (const path of [...SURROUNDINGS, ...inputs]) hash.update(`\n${path}\n`).update(contentOf(path));
  return hash.digest('hex');
}

/** @param {string} path */
function contentOf(path) {
  try {
    return createHash('sha256')
      .update(readFileSync(join(ROOT, path)))
      .digest('hex');
  } catch {
    return 'absent';
  }
}

/** Renamed into its place, so that a partly written one is never read. @param {string} file @param {{ key: string } & Bundle} made */
function keep(file, made) {
  try {
    mkdirSync(CACHE, { recursive: true });
    const fresh = `${file}.${process.pid}`;
    writeFileSync(fresh, JSON.stringify(made));
    renameSync(fresh, file);
  } catch {
    // Where nothing can be kept, each run bundles again.
  }
}
