import { describe, expect, it } from 'vitest';
import { type ArchiveClient, archiveClient, partsOf } from '../support/archive-client';
import { testBindings } from '../support/bindings';
import { type Failure, failing, type Operation } from '../support/failing';
import { ascii, DEFLATED } from '../support/part10';
import { asInvocation, Invocation } from '../support/production-limits';
import { forgetClaims, ingestOnce, KEY, receivedUpload, resultsOf } from '../support/received-upload';
import { comments, pixels, slice } from '../support/samples';
import { withArchive } from '../support/with-archive';
import { type ZipFile, zipOf } from '../support/zip-writer';

/** Files that were received and become instances: src/archive/upload/ingest.ts. */

let client: ArchiveClient;
withArchive(() => {
  client = archiveClient();
});

const JPEG = '1.2.840.10008.1.2.4.50';
const FRAMES = [1, 2, 3].map((at) => Uint8Array.of(0xff, 0xd8, at, 0, 0xff, 0xd9));
const SOPS = ['1.2.3.4.1', '1.2.3.4.2', '1.2.3.4.3'];

/** A file with long metadata, one with a table of frames, and one with an inflated data set. */
const filesOf = (study: string) => [
  slice({ study, sop: SOPS[0]!, elements: [comments(6000)] }),
  slice({
    study,
    sop: SOPS[1]!,
    series: '1.2.3.4.9',
    transferSyntaxUID: JPEG,
    fragments: FRAMES,
    elements: [[0x00280008, 'IS', '3']],
  }),
  slice({ study, sop: SOPS[2]!, transferSyntaxUID: DEFLATED }),
];
const FILES = filesOf('1.2.3.4');

const FILE_TYPE = 'multipart/related; type="application/dicom"; transfer-syntax=*';

async function digest(bytes: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Every instance of a study, or of the archive, that can be retrieved: the SHA-256 of its file. */
async function stored(within?: string): Promise<string[]> {
  const found = await client.json(
    within === undefined ? '/dicomweb/instances' : `/dicomweb/studies/${within}/instances`,
  );
  const digests: string[] = [];
  for (const instance of found) {
    const [study, series, sop] = ['0020000D', '0020000E', '00080018'].map((tag) => instance[tag]?.Value?.[0]);
    const path = `/dicomweb/studies/${study}/series/${series}/instances/${sop}`;
    const [part] = await partsOf(await client.fetch(path, { headers: { Accept: FILE_TYPE } }));
    digests.push(await digest(part!.body));
  }
  return digests.sort();
}

const digestsOf = async (files: readonly Uint8Array[]) => (await Promise.all(files.map(digest))).sort();

const found = async (id: string) =>
  (await resultsOf(client, id)).map(({ result, detail, instance, name }) => ({
    result,
    ...(detail === undefined ? {} : { detail }),
    ...(instance.sopInstanceUID === undefined ? {} : { sop: instance.sopInstanceUID }),
    ...(name === undefined ? {} : { name }),
  }));

/** Instances that the record says were stored. */
const storedCount = async (study = '1.2.3.4') => {
  const { results } = await client.bindings.database
    .prepare("SELECT sum(instances) AS count FROM audit_event WHERE action = 'store' AND study_instance_uid = ?")
    .bind(study)
    .all<{ count: number | null }>();
  return results[0]?.count ?? 0;
};

describe('a received Part 10 file', () => {
  it('becomes an instance where it lies', async () => {
    for (const [at, file] of FILES.entries()) {
      const id = await receivedUpload(client, file);
      expect(await ingestOnce(client, id)).toBe('done');
      expect(await found(id)).toEqual([{ result: 'stored', sop: SOPS[at]! }]);
    }
    expect(await stored()).toEqual(await digestsOf(FILES));
    const { objects } = await client.bindings.bucket.list();
    const dcm = objects.map(({ key }) => key).filter((key) => key.endsWith('.dcm'));
    expect(dcm).toHaveLength(3);
    expect(dcm.every((key) => key.includes('/unfiled/'))).toBe(true);
    // Frames and inflated data sets are read as those of a stored instance.
    const frames = await client.fetch(`/dicomweb/studies/1.2.3.4/series/1.2.3.4.9/instances/${SOPS[1]}/frames/2`, {
      headers: { Accept: 'multipart/related; type="image/jpeg"; transfer-syntax=*' },
    });
    expect((await partsOf(frames))[0]!.body).toEqual(FRAMES[1]);
    const inflated = await client.bytes(
      `/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/${SOPS[2]}/frames/1`,
      'application/octet-stream',
    );
    expect(inflated.length).toBe(512);
    expect(await storedCount()).toBe(3);
  });

  it('has the results of a Store request', async () => {
    const one = slice();
    const other = slice({ seed: 2 });
    const cut = one.subarray(0, 200);
    const cases: [Uint8Array, object][] = [
      [one, { result: 'stored', sop: '1.2.3.4.1' }],
      [one, { result: 'identical', sop: '1.2.3.4.1' }],
      [other, { result: 'conflict', sop: '1.2.3.4.1' }],
      [cut, { result: 'truncated' }],
      [ascii('a text'), { result: 'not-part10' }],
      [slice({ without: [0x0020000e] }), { result: 'missing-identity' }],
    ];
    for (const [bytes, expected] of cases) {
      const id = await receivedUpload(client, bytes);
      expect(await ingestOnce(client, id)).toBe('done');
      expect(await found(id)).toMatchObject([expected]);
    }
    expect(await stored()).toEqual(await digestsOf([one]));
    const kept = await receivedUpload(client, other);
    await ingestOnce(client, kept, { settings: { duplicates: 'keep' } });
    expect(await found(kept)).toEqual([{ result: 'kept', sop: '1.2.3.4.1' }]);
    const full = await receivedUpload(client, slice({ sop: '1.2.3.4.5' }));
    await ingestOnce(client, full, { settings: { archiveInstances: 1 } });
    expect(await found(full)).toEqual([{ result: 'out-of-space', sop: '1.2.3.4.5' }]);
    const long = await receivedUpload(client, slice({ sop: '1.2.3.4.6' }));
    await ingestOnce(client, long, { settings: { instanceBytes: 600 } });
    expect(await found(long)).toMatchObject([{ result: 'too-large' }]);
  });

  it('is stored as its sender may store', async () => {
    const other = archiveClient({}, undefined, client.prefix);
    await other.store([slice({ sop: '1.2.3.4.7' })]);
    const sender = { ...KEY, visibility: [{ storedBy: KEY.principal }], labels: ['trial'] };
    const aside = await receivedUpload(client, FILES[0]!, sender);
    const own = await receivedUpload(client, slice({ study: '1.2.9', series: '1.2.9.1', sop: '1.2.9.2' }), sender);
    await ingestOnce(client, aside);
    await ingestOnce(client, own);
    expect(await found(aside)).toEqual([{ result: 'aside', sop: SOPS[0]! }]);
    expect(await found(own)).toEqual([{ result: 'stored', sop: '1.2.9.2' }]);
    expect(await (await client.fetch('/dicomweb/studies/1.2.9/labels')).json()).toEqual(['trial']);
  });

  it('is lost without its object, and says so', async () => {
    const id = await receivedUpload(client, FILES[0]!);
    const { objects } = await client.bindings.bucket.list();
    await client.bindings.bucket.delete(objects.map(({ key }) => key));
    expect(await ingestOnce(client, id)).toBe('done');
    expect(await found(id)).toEqual([{ result: 'storage', detail: 'lost' }]);
  });

  it('is ingested by one run at a time', async () => {
    const id = await receivedUpload(client, FILES[0]!);
    const runs = await Promise.all([1, 2, 3].map(() => ingestOnce(client, id)));
    expect(runs.sort()).toEqual(['done', 'other', 'other']);
    expect(await ingestOnce(client, id)).toBe('other');
  });
});

const named = (files: readonly Uint8Array[], stored = false): ZipFile[] =>
  files.map((bytes, at) => ({ name: `DICOM/IM${at}`, bytes, stored }));

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
    expect(await found(id)).toEqual([
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
    expect(await stored()).toEqual(await digestsOf(FILES));
    expect(await storedCount()).toBe(3);
  });

  it('goes on where it was when there is no time left', async () => {
    const many = Array.from({ length: 6 }, (_, at) => slice({ sop: `1.2.3.4.${at + 1}`, seed: at }));
    const id = await receivedUpload(client, zipOf(named(many)));
    let runs = 0;
    // Without time, a run stores one file.
    while ((await ingestOnce(client, id, { deadline: 0 })) === 'more') runs += 1;
    expect(runs).toBeGreaterThan(3);
    expect((await found(id)).map(({ result }) => result)).toEqual(many.map(() => 'stored'));
    expect(await stored()).toEqual(await digestsOf(many));
    expect(await storedCount()).toBe(6);
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
      expect(await found(id)).toEqual([{ result, detail }]);
    }
    expect(await stored()).toEqual([]);
  });

  it('refuses a bomb, and keeps what stands around it', async () => {
    const bytes = zipOf([
      { name: 'IM1', bytes: FILES[0]! },
      { name: 'bomb', bytes: FILES[1]!, length: 0xfffffff0 },
      { name: 'IM3', bytes: FILES[2]! },
    ]);
    const id = await receivedUpload(client, bytes);
    expect(await ingestOnce(client, id)).toBe('done');
    expect(await found(id)).toEqual([
      { result: 'stored', sop: SOPS[0], name: 'IM1' },
      { result: 'too-large', detail: 'bomb', name: 'bomb' },
      { result: 'stored', sop: SOPS[2], name: 'IM3' },
    ]);
  });

  it('stops where its members are too long together, and keeps what came before', async () => {
    // Broken files, of which nothing but the first bytes is read, and which say that they have 256 MiB.
    const broken = Uint8Array.from([...new Uint8Array(128), ...ascii('DICM'), ...new Uint8Array(400).fill(0xff)]);
    const members = Array.from({ length: 6 }, (_, at) => ({ name: `IM${at}`, bytes: broken, length: 256 * 1024 ** 2 }));
    const id = await receivedUpload(client, zipOf([{ name: 'IM', bytes: FILES[0]! }, ...members]));
    expect(await ingestOnce(client, id)).toBe('done');
    const results = await found(id);
    expect(results[0]).toEqual({ result: 'stored', sop: SOPS[0], name: 'IM' });
    expect(results.slice(1, 5).map(({ result }) => result)).toEqual(Array(4).fill('malformed'));
    expect(results.slice(5)).toEqual([{ result: 'too-large', detail: 'bomb' }]);
  });
});

/** Every call that an ingest makes to R2 and D1 fails in turn, and from then on all of them: the run is lost there. */
describe('an ingest that is cut anywhere', () => {
  const CASES: [string, (files: readonly Uint8Array[]) => Uint8Array, readonly number[]][] = [
    ['of a file', (files) => files[1]!, [1]],
    ['of a deflated file', (files) => files[2]!, [2]],
    ['of a ZIP archive', (files) => zipOf([...named(files), { name: 'text', bytes: ascii('text') }]), [0, 1, 2]],
  ];
  const unhandled: unknown[] = [];
  addEventListener('unhandledrejection', (event) => unhandled.push(event.reason));

  it.each(CASES)('%s stores each instance once, and says so', async (_, bytes, places) => {
    const lost = places.length > 1 ? ['left-out'] : [];
    let studies = 0;
    for (const when of ['before', 'after'] as const) {
      for (let at = 1, wasCut = true; wasCut; at += 1) {
        studies += 1;
        const study = `1.2.3.${studies}`;
        const files = filesOf(study);
        let calls = 0;
        const cut = (_operation: Operation): Failure | undefined => {
          calls += 1;
          return calls < at ? undefined : { message: 'cut', when: calls === at ? when : 'before' };
        };
        const id = await receivedUpload(client, bytes(files));
        await ingestOnce(client, id, { bindings: failing(testBindings(), cut) }).catch(() => undefined);
        wasCut = calls >= at;
        await forgetClaims(client);
        await ingestOnce(client, id);
        const results = (await found(id)).map(({ result }) => result);
        expect([when, at, ...results]).toEqual([when, at, ...places.map(() => 'stored'), ...lost]);
        expect(await stored(study)).toEqual(await digestsOf(places.map((place) => files[place]!)));
        expect([when, at, await storedCount(study)]).toEqual([when, at, places.length]);
      }
    }
    expect(studies).toBeGreaterThan(10);
    expect(unhandled).toEqual([]);
  });
});
