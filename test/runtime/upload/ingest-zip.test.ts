import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { ingestOnce, receivedUpload, resultsOf } from '../../support/clients/received-upload';
import { digestsOf, FILES, found, named, SOPS, stored, storedCount } from '../../support/files/ingested-files';
import { ascii } from '../../support/files/part10';
import { pixels, slice } from '../../support/files/samples';
import { zipOf } from '../../support/files/zip-writer';
import { asInvocation, Invocation } from '../../support/platform/production-limits';

/** Files that were received and become instances: src/archive/upload/ingest/ingest.ts. */

let client: ArchiveClient;
withArchive(() => {
  client = archiveClient();
});

/** File Meta Information of a DICOMDIR (PS3.10 7.1), and no more of it. */
const DICOMDIR = Uint8Array.from([
  ...new Uint8Array(128),
  ...ascii('DICM'),
  ...[2, 0, 0, 0, ...ascii('UL'), 4, 0, 28, 0, 0, 0],
  ...[2, 0, 2, 0, ...ascii('UI'), 20, 0, ...ascii('1.2.840.10008.1.3.10')],
]);

describe('a received ZIP archive', () => {
  it('has a result for each of its files', async () => {
    const bytes = zipOf([
      { name: 'DICOM/', bytes: new Uint8Array(0), stored: true },
      { name: 'README.TXT', bytes: ascii('This is a CD.') },
      { name: 'DICOMDIR', bytes: DICOMDIR },
      { name: '../IM1', bytes: FILES[0]! },
      { name: 'IM2', bytes: FILES[1]!, stored: true },
      { name: 'IM3', bytes: FILES[2]!, descriptor: true },
      { name: 'IM1 again', bytes: FILES[0]! },
      { name: 'other IM1', bytes: slice({ sop: SOPS[0]!, seed: 9 }) },
      { name: 'cut', bytes: FILES[0]!.subarray(0, 300), stored: true },
      { name: 'changed', bytes: slice({ sop: '1.2.3.4.8' }), crc: 1 },
      { name: 'secret', bytes: FILES[0]!, flags: 1 },
      { name: 'inner.zip', bytes: zipOf(named(FILES)) },
      { name: 'viewer.exe', bytes: Uint8Array.from(pixels(100_000, 3)) },
      { name: 'empty', bytes: new Uint8Array(0), stored: true },
    ]);
    const id = await receivedUpload(client, bytes);
    expect(await ingestOnce(client, id)).toBe('done');
    expect(await found(client, id)).toEqual([
      { result: 'left-out', detail: 'not-dicom', name: 'README.TXT' },
      { result: 'left-out', detail: 'dicomdir', name: 'DICOMDIR' },
      { result: 'stored', sop: SOPS[0], name: '../IM1' },
      { result: 'stored', sop: SOPS[1], name: 'IM2' },
      { result: 'stored', sop: SOPS[2], name: 'IM3' },
      { result: 'identical', sop: SOPS[0], name: 'IM1 again' },
      { result: 'conflict', sop: SOPS[0], name: 'other IM1' },
      { result: 'truncated', sop: SOPS[0], name: 'cut' },
      { result: 'malformed', detail: 'checksum', sop: '1.2.3.4.8', name: 'changed' },
      { result: 'malformed', detail: 'encrypted', name: 'secret' },
      { result: 'malformed', detail: 'nested-zip', name: 'inner.zip' },
      { result: 'left-out', detail: 'not-dicom', name: 'viewer.exe' },
      { result: 'left-out', detail: 'not-dicom', name: 'empty' },
    ]);
    expect(await stored(client)).toEqual(await digestsOf(FILES));
    expect(await storedCount(client)).toBe(3);
  });

  it('goes on where it was when there is no time left', async () => {
    const many = Array.from({ length: 6 }, (_, at) => slice({ sop: `1.2.3.4.${at + 1}`, seed: at }));
    const id = await receivedUpload(client, zipOf(named(many)));
    let runs = 0;
    // Without time, a run stores one file.
    while ((await ingestOnce(client, id, { deadline: 0 })) === 'more') runs += 1;
    expect(runs).toBeGreaterThan(3);
    expect((await found(client, id)).map(({ result }) => result)).toEqual(many.map(() => 'stored'));
    expect(await stored(client)).toEqual(await digestsOf(many));
    expect(await storedCount(client)).toBe(6);
  });

  it('of many files stays within what an invocation may ask of R2 and D1', async () => {
    const files = Array.from({ length: 1100 }, (_, at) =>
      slice({ study: `1.2.${at % 7}`, series: `1.2.${at % 7}.${at}`, sop: `1.2.3.4.${at}`, rows: 4, columns: 4 }),
    );
    const id = await receivedUpload(client, zipOf(named(files)));
    const invocation = new Invocation();
    expect(await asInvocation(() => ingestOnce(client, id), invocation)).toBe('done');
    expect((await resultsOf(client, id)).filter(({ result }) => result === 'stored')).toHaveLength(1100);
    // Three groups of ten: a run of ten groups fits.
    expect(invocation.queries).toBeLessThan(300);
    expect(invocation.subrequests).toBeLessThan(3000);
  });

  it('is refused as a whole when it cannot be read', async () => {
    const whole = zipOf(named(FILES));
    const cases: [Uint8Array, string, string][] = [
      [whole.subarray(0, -30), 'truncated', 'no-directory'],
      [zipOf([{ name: 'a', bytes: ascii('PK') }]).subarray(0, 40), 'truncated', 'no-directory'],
    ];
    for (const [bytes, result, detail] of cases) {
      const id = await receivedUpload(client, bytes);
      expect(await ingestOnce(client, id)).toBe('done');
      expect(await found(client, id)).toEqual([{ result, detail }]);
    }
    expect(await stored(client)).toEqual([]);
  });

  it('refuses a bomb, and keeps what stands around it', async () => {
    const bytes = zipOf([
      { name: 'IM1', bytes: FILES[0]! },
      { name: 'bomb', bytes: FILES[1]!, length: 0xfffffff0 },
      { name: 'IM3', bytes: FILES[2]! },
    ]);
    const id = await receivedUpload(client, bytes);
    expect(await ingestOnce(client, id)).toBe('done');
    expect(await found(client, id)).toEqual([
      { result: 'stored', sop: SOPS[0], name: 'IM1' },
      { result: 'too-large', detail: 'bomb', name: 'bomb' },
      { result: 'stored', sop: SOPS[2], name: 'IM3' },
    ]);
  });

  it('stops where its members lie over each other, and keeps what came before', async () => {
    const members = named(FILES).map((file) => ({ ...file, stored: true }));
    const over = { offset: 0, packed: FILES[0]!.length };
    for (const [more, result] of [
      [{}, 'identical'],
      [{ crc: 1 }, 'malformed'],
    ] as const) {
      const again = { ...members[0]!, body: new Uint8Array(0), over, ...more };
      const id = await receivedUpload(client, zipOf([...members, ...Array.from({ length: 2000 }, () => again)]));
      expect(await ingestOnce(client, id)).toBe('done');
      const results = await found(client, id);
      expect(results[3]).toMatchObject({ result });
      expect(results.at(-1)).toEqual({ result: 'too-large', detail: 'bomb' });
      expect(results.length).toBeLessThan(50);
    }
    expect(await stored(client)).toEqual(await digestsOf(FILES));
  });

  it('stops where its members are too long together, and keeps what came before', async () => {
    // Broken files, of which nothing but the first bytes is read, and which say that they have 256 MiB.
    const broken = Uint8Array.from([...new Uint8Array(128), ...ascii('DICM'), ...new Uint8Array(400).fill(0xff)]);
    const members = Array.from({ length: 6 }, (_, at) => ({ name: `IM${at}`, bytes: broken, length: 256 * 1024 ** 2 }));
    const id = await receivedUpload(client, zipOf([{ name: 'IM', bytes: FILES[0]! }, ...members]));
    expect(await ingestOnce(client, id)).toBe('done');
    const results = await found(client, id);
    expect(results[0]).toEqual({ result: 'stored', sop: SOPS[0], name: 'IM' });
    expect(results.slice(1, 5).map(({ result }) => result)).toEqual(Array(4).fill('malformed'));
    expect(results.slice(5)).toEqual([{ result: 'too-large', detail: 'bomb' }]);
  });
});
