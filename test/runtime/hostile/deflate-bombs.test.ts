import { expect, it } from 'vitest';
import { HeldMemory } from '../../../src/archive/memory/held-memory';
import { CallMeter } from '../../../src/archive/store/call-meter';
import { StoreTransaction } from '../../../src/archive/store/store';
import { DEFAULT_DUPLICATES } from '../../../src/config';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { deflatedFile, longHeader } from '../../support/files/hostile';

const MB = 1024 * 1024;
/** Beyond what a file of any length may inflate to, and 100 times its length. */
const TOO_MANY = 310 * MB;

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

/** Stores a file in chunks that are overwritten by the next one, as those of a request are. */
async function stored(file: Uint8Array): Promise<{ results: string[]; calls: number }> {
  const settings = { ...DEFAULT_LIMITS, ...DEFAULT_DUPLICATES };
  const memory = new HeldMemory();
  const open = openArchive(archive.prefix, archive.bindings);
  const calls = new CallMeter(DEFAULT_LIMITS.callsPerRequest);
  const transaction = new StoreTransaction(open, settings, undefined, memory, calls);
  const buffer = new Uint8Array(64 * 1024);
  let at = 0;
  const read = async () => {
    if (at === file.length) return null;
    const chunk = file.subarray(at, at + buffer.length);
    buffer.set(chunk);
    at += chunk.length;
    return buffer.subarray(0, chunk.length);
  };
  await transaction.add({ read });
  const { results } = await transaction.commit(Date.now());
  expect(memory.held).toBe(0);
  return { results: results.map(({ result }) => result), calls: calls.made };
}

it('a file of 300 KB that inflates to more than it may is refused before its inflated copy is written', async () => {
  const bomb = await deflatedFile(longHeader(0x7fe00010, 'OW', TOO_MANY), TOO_MANY);
  expect(bomb.length).toBeLessThan(400_000);
  const { results, calls } = await stored(bomb);
  expect(results).toEqual(['too-large']);
  // Each call writes 5 MiB: the whole would be 60 calls.
  expect(calls).toBeLessThan(12);
});

it('a file that inflates as well, and to no more than it may, is stored with all of its bytes', async () => {
  const length = 40 * MB;
  const file = await deflatedFile(longHeader(0x7fe00010, 'OW', length), length);
  expect(file.length).toBeLessThan(100_000);
  expect((await stored(file)).results).toEqual(['stored']);
  const instance = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';
  expect(await archive.bytes(instance, 'application/dicom; transfer-syntax=*')).toEqual(file);
  const pixels = await archive.bytes(`${instance}/bulkdata/7FE00010`, 'application/octet-stream');
  expect(pixels).toEqual(new Uint8Array(length));
});
