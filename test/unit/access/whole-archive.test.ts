import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const SRC = 'src/';
const SOURCES = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(SRC + name, 'utf8') }));

/** The files, outside of the gate's own folder, that contain a text. */
function holders(pattern: RegExp): string[] {
  return SOURCES.filter(({ name, text }) => pattern.test(text) && !name.startsWith('auth/'))
    .map(({ name }) => name)
    .sort();
}

it('handlers get the archive as the gate has confined it', () => {
  expect(holders(/\bwholeArchive\b/)).toEqual([
    // Set it, and check that the archive's bucket and database belong together.
    'app/check-archive.ts',
    'app/find-archive.ts',
    // Which copies of the index are recent enough.
    'app/pass-bookmark-on.ts',
    // Its type.
    'dicomweb/context.ts',
    // The copies again: they catch up when an object is missing.
    'dicomweb/resource/with-instance.ts',
    // The room that is left.
    'dicomweb/stow/stow-rs.ts',
    // An upload is stored as its sender is seen when it is stored.
    'dicomweb/uploads/ingest-upload.ts',
    'observability/audit/record-requests.ts',
    'observability/health.ts',
  ]);
  expect(holders(/get\('home'\)/)).toEqual([]);
});

it('only the gate, the de-identification and the services of a whole archive change what handlers get', () => {
  const setters = SOURCES.filter(({ text }) => /c\.set\('archive'/.test(text)).map(({ name }) => name);
  expect(setters.sort()).toEqual(['app/serve.ts', 'auth/gate.ts', 'dicomweb/wado/wado-uri-anonymized.ts']);
  expect(holders(/\bconfinedTo\(/).filter((name) => !name.startsWith('storage/'))).toEqual([
    'archive/ports.ts',
    // An upload is stored as its sender was seen when the upload began.
    'archive/upload/ingest/arriving-file.ts',
    'archive/upload/ingest/ingest.ts',
    'archive/upload/ingest/store-arriving.ts',
  ]);
});

it('only the entry of the Worker opens an archive', () => {
  const openers = holders(/from '.*storage\/open-archive'/);
  expect(openers).toEqual(['index.ts']);
});
