import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, partsOf } from '../../support/clients/archive-client';
import { forgetClaims, ingestOnce, KEY, receivedUpload } from '../../support/clients/received-upload';
import {
  digestsOf,
  FILES,
  FRAMES,
  filesOf,
  found,
  named,
  SOPS,
  stored,
  storedCount,
} from '../../support/files/ingested-files';
import { ascii } from '../../support/files/part10';
import { slice } from '../../support/files/samples';
import { zipOf } from '../../support/files/zip-writer';
import { testBindings } from '../../support/platform/bindings';
import { type Failure, failing, type Operation } from '../../support/platform/failing';

/** Files that were received and become instances: src/archive/upload/ingest/ingest.ts. */

let client: ArchiveClient;
withArchive(() => {
  client = archiveClient();
});

describe('a received Part 10 file', () => {
  it('becomes an instance where it lies', async () => {
    for (const [at, file] of FILES.entries()) {
      const id = await receivedUpload(client, file);
      expect(await ingestOnce(client, id)).toBe('done');
      expect(await found(client, id)).toEqual([{ result: 'stored', sop: SOPS[at]! }]);
    }
    expect(await stored(client)).toEqual(await digestsOf(FILES));
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
    expect(await storedCount(client)).toBe(3);
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
      expect(await found(client, id)).toMatchObject([expected]);
    }
    expect(await stored(client)).toEqual(await digestsOf([one]));
    const kept = await receivedUpload(client, other);
    await ingestOnce(client, kept, { settings: { duplicates: 'keep' } });
    expect(await found(client, kept)).toEqual([{ result: 'kept', sop: '1.2.3.4.1' }]);
    const full = await receivedUpload(client, slice({ sop: '1.2.3.4.5' }));
    await ingestOnce(client, full, { settings: { archiveInstances: 1 } });
    expect(await found(client, full)).toEqual([{ result: 'out-of-space', sop: '1.2.3.4.5' }]);
    const long = await receivedUpload(client, slice({ sop: '1.2.3.4.6' }));
    await ingestOnce(client, long, { settings: { instanceBytes: 600 } });
    expect(await found(client, long)).toMatchObject([{ result: 'too-large' }]);
  });

  it('is stored as its sender may store', async () => {
    const other = archiveClient({}, undefined, client.prefix);
    await other.store([slice({ sop: '1.2.3.4.7' })]);
    const sender = { ...KEY, visibility: [{ storedBy: KEY.principal }], labels: ['trial'] };
    const aside = await receivedUpload(client, FILES[0]!, sender);
    const own = await receivedUpload(client, slice({ study: '1.2.9', series: '1.2.9.1', sop: '1.2.9.2' }), sender);
    await ingestOnce(client, aside);
    await ingestOnce(client, own);
    expect(await found(client, aside)).toEqual([{ result: 'aside', sop: SOPS[0]! }]);
    expect(await found(client, own)).toEqual([{ result: 'stored', sop: '1.2.9.2' }]);
    expect(await (await client.fetch('/dicomweb/studies/1.2.9/labels')).json()).toEqual(['trial']);
  });

  it('is lost without its object, and says so', async () => {
    const id = await receivedUpload(client, FILES[0]!);
    const { objects } = await client.bindings.bucket.list();
    await client.bindings.bucket.delete(objects.map(({ key }) => key));
    expect(await ingestOnce(client, id)).toBe('done');
    expect(await found(client, id)).toEqual([{ result: 'storage', detail: 'lost' }]);
  });

  it('is ingested by one run at a time', async () => {
    const id = await receivedUpload(client, FILES[0]!);
    const runs = await Promise.all([1, 2, 3].map(() => ingestOnce(client, id)));
    expect(runs.sort()).toEqual(['done', 'other', 'other']);
    expect(await ingestOnce(client, id)).toBe('other');
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
        const results = (await found(client, id)).map(({ result }) => result);
        expect([when, at, ...results]).toEqual([when, at, ...places.map(() => 'stored'), ...lost]);
        expect(await stored(client, study)).toEqual(await digestsOf(places.map((place) => files[place]!)));
        expect([when, at, await storedCount(client, study)]).toEqual([when, at, places.length]);
      }
    }
    expect(studies).toBeGreaterThan(10);
    expect(unhandled).toEqual([]);
  });
});
