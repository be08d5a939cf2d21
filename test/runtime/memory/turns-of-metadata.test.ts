import { describe, expect, it } from 'vitest';
import { HeldMemory } from '../../../src/archive/memory/held-memory';
import { MetadataInstances } from '../../../src/archive/store/from-metadata/metadata-instances';
import { StoreTransaction } from '../../../src/archive/store/store';
import { DEFAULT_DUPLICATES } from '../../../src/config';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { dicomXml } from '../../../src/dicom/xml/xml-writer';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN } from '../../support/clients/archive-client';
import { sliceMetadata } from '../../support/clients/metadata-request';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const ITEMS = 40_000;

/** A list of short items in a sequence that the index keeps, as far as it is short. */
const items = (): DicomJson => ({
  '00400275': {
    vr: 'SQ',
    Value: Array.from({ length: ITEMS }, (_, n) => ({ '00400009': { vr: 'SH', Value: [`P${n}`] } })),
  },
});

/** One attribute of many values. */
const values = (): DicomJson => ({
  '30060050': { vr: 'DS', Value: Array.from({ length: 4 * ITEMS }, (_, n) => n / 8) },
});

/** Timers that fired, one after the other, while the work ran: each is a turn that another request could have had. */
async function turnsDuring(work: () => Promise<void>): Promise<number> {
  let turns = 0;
  let over = false;
  const tick = () => {
    if (over) return;
    turns += 1;
    setTimeout(tick, 0);
  };
  setTimeout(tick, 0);
  await work();
  over = true;
  return turns;
}

async function turnsOf(text: string, representation: 'json' | 'xml'): Promise<[reading: number, storing: number]> {
  const memory = new HeldMemory();
  const open = openArchive(archive.prefix, archive.bindings);
  const settings = { ...DEFAULT_LIMITS, ...DEFAULT_DUPLICATES, searchAttributes: [] };
  const transaction = new StoreTransaction(open, settings, undefined, memory);
  const metadata = new MetadataInstances(open, DEFAULT_LIMITS, `${ORIGIN}/dicomweb/studies`, memory);
  const chunks: (Uint8Array | null)[] = [new TextEncoder().encode(text), null];
  const reading = await turnsDuring(() => metadata.add({ read: async () => chunks.shift() ?? null }, representation));
  const storing = await turnsDuring(async () => {
    await metadata.store(transaction, true);
  });
  const { results } = await transaction.commit(Date.now());
  expect(results.map(({ result }) => result)).toEqual(['stored']);
  return [reading, storing];
}

// A piece is 4096 attributes, items or values, or 128 KiB of JSON, or 32 KiB of XML. Reading a data set of 40,000 items
// of one attribute each is 19 pieces; writing its file looks at each attribute twice, and the file is read again.
describe('metadata as long as it may be lets other requests have their turn', () => {
  it('a sequence of 40,000 items as JSON', async () => {
    const [reading, storing] = await turnsOf(JSON.stringify([sliceMetadata({ more: items() })]), 'json');
    expect(reading).toBeGreaterThan(25);
    expect(storing).toBeGreaterThan(25);
  });

  it('as XML', async () => {
    const [reading, storing] = await turnsOf(dicomXml(sliceMetadata({ more: items() })), 'xml');
    expect(reading).toBeGreaterThan(80);
    expect(storing).toBeGreaterThan(25);
  });

  it('160,000 values of one attribute as JSON', async () => {
    const [reading, storing] = await turnsOf(JSON.stringify([sliceMetadata({ more: values() })]), 'json');
    expect(reading).toBeGreaterThan(25);
    expect(storing).toBeGreaterThan(40);
  });

  it('many short instances in one JSON text', async () => {
    const dataSets = Array.from({ length: 4000 }, (_, n) => sliceMetadata({ sop: `1.2.3.4.${n}` }));
    const memory = new HeldMemory();
    const open = openArchive(archive.prefix, archive.bindings);
    const metadata = new MetadataInstances(open, DEFAULT_LIMITS, `${ORIGIN}/dicomweb/studies`, memory);
    const chunks: (Uint8Array | null)[] = [new TextEncoder().encode(JSON.stringify(dataSets)), null];
    const reading = await turnsDuring(() => metadata.add({ read: async () => chunks.shift() ?? null }, 'json'));
    expect(reading).toBeGreaterThan(40);
    await metadata.discard();
  });
});
