import { describe, expect, it } from 'vitest';
import { HeldMemory } from '../../../src/archive/memory/held-memory';
import { uploadBytes } from '../../../src/archive/memory/upload-memory';
import { StoreTransaction } from '../../../src/archive/store/store';
import { DEFAULT_DUPLICATES } from '../../../src/config';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, multipart } from '../../support/clients/archive-client';
import { deflateBomb, item, longHeader, nested } from '../../support/files/hostile';
import { ascii, joined } from '../../support/files/part10';
import { slice } from '../../support/files/samples';

const MB = 1024 * 1024;
const GOOD = slice({ sop: '1.2.3.4.99' });

let client: ArchiveClient;
withArchive(() => {
  client = archiveClient();
});

/** A slice without pixels that ends with these bytes. */
const ending = (bytes: Uint8Array) => joined([slice({ pixels: false }), bytes]);

/** Files that are stored beside a good instance: 202 whether the archive keeps them with a warning or refuses them. */
const FILES: Record<string, () => Uint8Array> = {
  'a missing value of 4 GB': () => ending(longHeader(0x00420011, 'OB', 0xfffffffe)),
  'a missing text of 4 GB': () => ending(longHeader(0x0040a160, 'UT', 0xfffffff0)),
  'a missing sequence of 4 GB': () => ending(longHeader(0x00400275, 'SQ', 0xfffffffe)),
  'a missing item of 4 GB': () => ending(joined([longHeader(0x00400275, 'SQ', 0xffffffff), item(0xfffffffe)])),
  'a missing fragment of 4 GB': () =>
    joined([
      slice({ pixels: false, transferSyntaxUID: '1.2.840.10008.1.2.4.50' }),
      longHeader(0x7fe00010, 'OB', 0xffffffff),
      item(0),
      item(0xfffffffe),
    ]),
  'group 0002 of 4 GB': () => {
    const file = slice();
    file.set([0xff, 0xff, 0xff, 0xff], 140);
    return file;
  },
  '10,000 nested sequences of undefined length': () => ending(nested(10_000, true)),
  '10,000 nested sequences of defined lengths': () => ending(nested(10_000, false)),
  '10,000 sequences without an end': () => ending(nested(10_000, true).subarray(0, 200_000)),
  'a million empty items': () => ending(joined([longHeader(0x00400275, 'SQ', 8_000_000), repeat(item(0), 1_000_000)])),
  'a million empty elements': () => ending(repeat(ascii('\x54\x00\x10\x00LO\x00\x00'), 1_000_000)),
  'a million private elements': () => ending(numbered(1_000_000)),
  'a million fragments': () =>
    joined([
      slice({ pixels: false, transferSyntaxUID: '1.2.840.10008.1.2.4.50' }),
      longHeader(0x7fe00010, 'OB', 0xffffffff),
      repeat(item(0), 1_000_000),
    ]),
  'a value of a million backslashes': () =>
    ending(joined([longHeader(0x00420010, 'UC', 2_000_000), repeat(ascii('\\'), 2_000_000)])),
  'text of 20 MB': () => ending(joined([longHeader(0x0040a160, 'UT', 20 * MB), repeat(ascii('"\\'), 10 * MB)])),
  '40 MB of deflated pixels': () => deflateBomb('1.2.3.4.1', longHeader(0x7fe00010, 'OW', 40 * MB), 40 * MB),
  '40 MB of deflated text': () => deflateBomb('1.2.3.4.1', longHeader(0x0040a160, 'UT', 40 * MB), 40 * MB),
  '40 MB of deflated empty elements': () => deflateBomb('1.2.3.4.1', new Uint8Array(), 40 * MB),
};

describe('files that are made to be expensive', () => {
  for (const [title, file] of Object.entries(FILES)) {
    it(`${title}: memory is bounded, the file is refused with 4xx or stored with a warning, and the good file beside it is kept`, async () => {
      const bytes = file();
      expect(await peakOf(bytes)).toBeLessThan(BOUND);
      const answer = await client.fetch('/dicomweb/studies', { method: 'POST', ...multipart([bytes, GOOD]) });
      const dataSet = (await answer.json()) as Record<string, { Value?: Record<string, { Value?: unknown[] }>[] }>;
      const stored = (dataSet['00081199']?.Value ?? []).map((one) => one['00081155']?.Value?.[0]);
      expect(stored).toContain('1.2.3.4.99');
      expect([200, 202]).toContain(answer.status);
      expect(await client.json('/dicomweb/instances')).toHaveLength(stored.length);
      // One object for each instance, its inflated data set or its frames beside it, and one object of metadata.
      const { objects } = await client.bindings.bucket.list({ prefix: `${client.prefix}/instances/` });
      expect(objects.filter(({ key }) => key.endsWith('.dcm'))).toHaveLength(stored.length);
      for (const sop of stored) {
        const path = `/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/${sop}`;
        expect((await client.fetch(`${path}/metadata`)).status).toBe(200);
        if (sop === '1.2.3.4.1' && bytes.length < 40 * MB) {
          expect((await client.bytes(path, 'application/dicom; transfer-syntax=*')).length).toBe(bytes.length);
        }
      }
    });
  }

  it('each of them alone is refused with a reason or is stored: never 5xx', async () => {
    for (const [title, file] of Object.entries(FILES).filter(([of]) => !of.includes('MB'))) {
      const answer = await archiveClient().store([file()]);
      expect([200, 202, 400, 409, 413], title).toContain(answer.status);
    }
  });
});

/**
 * Bytes that the ledger gives a request of unknown length, and an inflated copy of two upload parts and a piece: 34 MiB, less
 * than the deflated files have.
 */
const BOUND = uploadBytes(DEFAULT_LIMITS, undefined, false) + 2 * DEFAULT_LIMITS.uploadPartBytes + 4 * MB;

/** The most bytes that are held while the file is stored in pieces of 256 KiB. */
async function peakOf(file: Uint8Array): Promise<number> {
  const memory = new HeldMemory();
  const archive = openArchive(archiveClient().prefix, client.bindings);
  const transaction = new StoreTransaction(archive, { ...DEFAULT_LIMITS, ...DEFAULT_DUPLICATES }, undefined, memory);
  let at = 0;
  await transaction.add({
    read: async () => {
      const chunk = file.subarray(at, at + 256 * 1024);
      at += chunk.length;
      return chunk.length === 0 ? null : chunk;
    },
  });
  await transaction.abandon();
  expect(memory.held).toBe(0);
  return memory.peak;
}

function repeat(piece: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(piece.length * times);
  for (let at = 0; at < times; at += 1) all.set(piece, at * piece.length);
  return all;
}

/** Empty private elements, each with another tag. */
function numbered(count: number): Uint8Array {
  const all = new Uint8Array(count * 8);
  const view = new DataView(all.buffer);
  for (let n = 0; n < count; n += 1) {
    view.setUint16(n * 8, 0x0055 + 2 * Math.floor(n / 0xf000), true);
    view.setUint16(n * 8 + 2, 0x1000 + (n % 0xf000), true);
    all.set([0x4c, 0x4f], n * 8 + 4);
  }
  return all;
}
