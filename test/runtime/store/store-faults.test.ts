import { afterEach, describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { emptyArchive, withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, multipart, partsOf } from '../../support/clients/archive-client';
import { bulkPart, jsonPart, related, sliceMetadata } from '../../support/clients/metadata-request';
import { DEFLATED, type Element, type Item } from '../../support/files/part10';
import { comments, pixels, type SliceOptions, slice as shortSlice } from '../../support/files/samples';
import { testBindings } from '../../support/platform/bindings';
import { type Failure, failing, type Operation } from '../../support/platform/failing';
import { sampledPoints } from '../../support/sampled-points';

/** Metadata that is too long for the index, so that it is also an object. */
const slice = (options: SliceOptions = {}) =>
  shortSlice({ ...options, elements: [...(options.elements ?? []), comments(6000)] });

/**
 * Every call that a Store request makes to R2 and D1 fails in turn; with large instances, some of each kind. Whichever call fails: the response is exact, every
 * instance that it reports as stored is complete, nothing else is visible, and the same request sent again does the
 * rest.
 */

const SERIES: Readonly<Record<string, string>> = { '1.2.3.4.2': '1.2.3.4.9', '1.2.3.4.4': '1.2.3.4.8' };
const FILES: Readonly<Record<string, Uint8Array>> = {
  '1.2.3.4.1': slice({ sop: '1.2.3.4.1' }),
  '1.2.3.4.2': slice({
    sop: '1.2.3.4.2',
    series: '1.2.3.4.9',
    transferSyntaxUID: '1.2.840.10008.1.2.4.50',
    fragments: [1, 2, 3].map((at) => Uint8Array.of(0xff, 0xd8, at, 0, 0xff, 0xd9)),
    elements: [[0x00280008, 'IS', '3']],
  }),
  '1.2.3.4.3': slice({ sop: '1.2.3.4.3', transferSyntaxUID: DEFLATED }),
  '1.2.3.4.4': slice({ sop: '1.2.3.4.4', series: '1.2.3.4.8', elements: [incompressible(5_600_000)] }),
};

/** Metadata values that take about this many bytes when they are compressed. */
function incompressible(bytes: number): Element {
  const values = Array.from(
    { length: Math.ceil(bytes / 4000) },
    (_, at): Item => [[0x54001010, 'OB', Uint8Array.from(pixels(4000, at + 1))]],
  );
  return [0x54000100, 'SQ', values];
}

/** The instances that are written as one object. */
const SMALL = ['1.2.3.4.1', '1.2.3.4.2', '1.2.3.4.3'];
/** One of these is uploaded in parts, and so is its metadata. */
const LARGE = ['1.2.3.4.1', '1.2.3.4.4'];
const FILE_TYPE = 'multipart/related; type="application/dicom"; transfer-syntax=*';

type Plan = (at: number, operation: Operation) => Failure | undefined;

/** once: the call succeeds when it is tried again. from then on: no call succeeds, or no call of its kind. */
const KINDS: Readonly<Record<string, (at: number) => Plan>> = {
  'once, and only its response was lost': (at) => (now) => (now === at ? failure('after') : undefined),
  'from then on': (at) => (now) => (now >= at ? failure('before') : undefined),
  'from then on, of its kind': (at) => {
    let kind: Operation | undefined;
    return (now, operation) => {
      if (now === at) kind = operation;
      return operation === kind ? failure('before') : undefined;
    };
  },
};

/** A message that the archive does not know: it says neither that the failure is temporary, nor that it is lasting. */
function failure(when: Failure['when']): Failure {
  return { message: 'something went wrong', when };
}

let plan: Plan;
/** Kinds of calls that have failed. */
let failed: Set<Operation>;
let calls: Operation[];
let client: ArchiveClient;
const unhandled: unknown[] = [];
addEventListener('unhandledrejection', (event) => unhandled.push(event.reason));

const begin = async () => {
  plan = () => undefined;
  calls = [];
  failed = new Set();
  client = archiveClient({}, (real) =>
    failing(real, (operation) => {
      calls.push(operation);
      const failure = plan(calls.length, operation);
      if (failure !== undefined) failed.add(operation);
      return failure;
    }),
  );
  // The isolate's first request makes calls that do not belong to the Store request.
  await client.json('/dicomweb/studies');
  calls = [];
};
afterEach(() => expect(unhandled).toEqual([]));
withArchive(begin);

const sopsOf = (dataSet: DicomJson, tag: string) =>
  ((dataSet[tag]?.Value ?? []) as DicomJson[]).map((item) => String(item['00081155']?.Value?.[0])).sort();

/** The instances that an archive without failures shows. */
async function visible(): Promise<string[]> {
  const found = await client.json('/dicomweb/instances');
  const sops = found.map((instance) => String(instance['00080018']?.Value?.[0])).sort();
  const [study] = await client.json('/dicomweb/studies');
  expect(study?.['00201208']?.Value?.[0] ?? 0).toBe(sops.length);
  return sops;
}

/** Checks that everything of these instances can be retrieved: the file byte for byte, and the metadata. */
async function expectWhole(sops: readonly string[]): Promise<void> {
  for (const sop of sops) {
    const path = `/dicomweb/studies/1.2.3.4/series/${SERIES[sop] ?? '1.2.3.4.0'}/instances/${sop}`;
    const [part] = await partsOf(await client.fetch(path, { headers: { Accept: FILE_TYPE } }));
    expect(await digest(part!.body)).toBe(DIGESTS.get(sop));
    const [metadata] = await client.json(`${path}/metadata`);
    expect(metadata?.['00080018']?.Value).toEqual([sop]);
  }
}

async function digest(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).join();
}

const DIGESTS = new Map(
  await Promise.all(Object.entries(FILES).map(async ([sop, file]) => [sop, await digest(file)] as const)),
);

const keys = async () => (await testBindings().bucket.list({ prefix: `${client.prefix}/` })).objects;

/**
 * Sends the request without a fault, and then makes the calls fail in turn.
 * @param pointsOf the numbers of the calls that fail: all, unless a round takes long
 * @returns the number of calls of a request in which nothing fails
 */
async function forEachCall(
  kind: (at: number) => Plan,
  send: () => Promise<Response>,
  check: (response: Response) => Promise<void>,
  pointsOf: (kinds: readonly Operation[]) => readonly number[] = (kinds) => kinds.map((_, at) => at + 1),
): Promise<number> {
  const whole = await send();
  const needed = calls;
  calls = [];
  await check(whole);
  for (const at of pointsOf(needed)) {
    await emptyArchive();
    await begin();
    plan = kind(at);
    const response = await send();
    expect(calls.length).toBeGreaterThanOrEqual(at);
    plan = () => undefined;
    await check(response);
  }
  return needed.length;
}

describe.each(Object.entries(KINDS))('a call of R2 or D1 fails %s', (name, kind) => {
  // Large instances take long, so they are tried in one way only.
  const requests: [sops: string[], objects: number][] = [[SMALL, 7]];
  if (name.endsWith('of its kind')) requests.push([LARGE, 4]);

  it.each(requests)(
    'in a request of %j',
    async (sops, objects) => {
      const all = () => client.store(sops.map((sop) => FILES[sop]!));
      const statuses = new Set<number>();
      const needed = await forEachCall(
        kind,
        all,
        async (response) => {
          statuses.add(response.status);
          const answer: DicomJson = await response.json();
          const found = await visible();
          if ('00081199' in answer || '00081198' in answer) {
            const stored = sopsOf(answer, '00081199');
            expect([...stored, ...sopsOf(answer, '00081198')].sort()).toEqual(sops);
            expect(found).toEqual(stored);
            expect(response.status).toBe(stored.length === sops.length ? 200 : stored.length > 0 ? 202 : 503);
          } else {
            // It is not known whether the commit was carried out: all instances are there, or none. The result of a
            // failure of R2 is always known.
            expect([...failed]).toContain('batch');
            expect(response.status).toBe(503);
            expect([0, sops.length]).toContain(found.length);
          }
          if (response.status === 503) expect(response.headers.get('Retry-After')).toBe('10');
          await expectWhole(found);
          // Objects that stay because R2 deletes nothing have names that the sweeper looks through.
          for (const { key } of await keys()) expect(key).toMatch(/^archive-\d+\/(instances|metadata|unfiled)\//);
          if (response.status === 200) expect(await keys()).toHaveLength(objects);
          expect((await all()).status).toBe(200);
          expect(await visible()).toEqual(sops);
          await expectWhole(sops);
        },
        sops === LARGE ? sampledPoints : undefined,
      );
      expect(needed).toBeGreaterThan(6);
      expect(statuses).toContain(200);
      expect(statuses).toContain(name.startsWith('once') ? 202 : 503);
    },
    240_000,
  );

  it('in a request of metadata and bulk data', async () => {
    const short = Uint8Array.from({ length: 512 }, (_, at) => (at * 7) % 251);
    // Too long to be held in memory: it waits in R2 for its instance.
    const long = Uint8Array.from({ length: 100_000 }, (_, at) => at % 251);
    const withBulk = (sop: string, location: string) =>
      sliceMetadata({ sop, more: { '7FE00010': { vr: 'OW', BulkDataURI: location } } });
    const parts = [
      jsonPart([withBulk('1.2.3.4.1', 'one'), withBulk('1.2.3.4.2', 'two'), withBulk('1.2.3.4.3', 'two')]),
      bulkPart('one', short),
      bulkPart('two', long),
    ];
    const all = () =>
      client.fetch('/dicomweb/studies', { method: 'POST', ...related(parts, 'application/dicom+json') });
    const expected = ['1.2.3.4.1', '1.2.3.4.2', '1.2.3.4.3'];
    await forEachCall(kind, all, async (response) => {
      const answer: DicomJson = await response.json();
      const found = await visible();
      if ('00081199' in answer || '00081198' in answer) {
        expect([...sopsOf(answer, '00081199'), ...sopsOf(answer, '00081198')].sort()).toEqual(expected);
        expect(found).toEqual(sopsOf(answer, '00081199'));
      } else {
        expect([...failed]).toContain('batch');
        expect(response.status).toBe(503);
        expect([0, 3]).toContain(found.length);
      }
      for (const sop of found) {
        const path = `/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/${sop}/bulkdata/7FE00010`;
        const bytes = await client.bytes(path, 'application/octet-stream');
        expect(await digest(bytes)).toBe(await digest(sop === '1.2.3.4.1' ? short : long));
      }
      expect([200, 202]).toContain((await all()).status);
      expect(await visible()).toEqual(expected);
    });
  });
});

it('a request whose instances are refused or incomplete leaves nothing behind', async () => {
  const { headers, body } = multipart(Object.values(FILES));
  const response = await client.fetch('/dicomweb/studies/9.9', { method: 'POST', headers, body });
  expect(response.status).toBe(409);
  expect(await keys()).toEqual([]);
});
