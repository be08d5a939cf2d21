import { expect, it } from 'vitest';
import type { Archive } from '../../../src/archive/ports';
import { beginArchive, separation } from '../../../src/archive/remove/archive-id';
import { rebuildStep } from '../../../src/archive/snapshot/rebuild';
import { beginRestoration } from '../../../src/archive/snapshot/restoration';
import { takeSnapshots } from '../../../src/archive/snapshot/take-snapshots';
import { newVerification, verifyStep } from '../../../src/archive/verification/verify-archive';
import { openArchive } from '../../../src/storage/open-archive';
import { archiveWithHistory, file, SETTINGS, STUDIES, seen, study } from '../../support/archive/archive-with-history';
import { sweepAfter } from '../../support/archive/sweeps';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import { allSnapshots, DATABASES, loseDatabase, rebuild } from '../../support/databases/rebuilding';
import { testBindings } from '../../support/platform/bindings';
import { failing } from '../../support/platform/failing';
import { replacing } from '../../support/platform/replacing';
import { pausedBefore } from '../../support/platform/steps';

withArchive();

it('after the database was lost, the archive answers as before: searches, metadata, files, tags, counts, 410 and restore', async () => {
  const { client, archive } = await archiveWithHistory();
  await allSnapshots(archive);
  const before = await seen(client);
  await loseDatabase();
  expect(await client.json('/dicomweb/studies')).toEqual([]);
  await rebuild(openArchive(client.prefix, client.bindings));

  const again = archiveClient({ DUPLICATES: 'keep' }, () => client.bindings, client.prefix);
  const after = await seen(again);
  for (const [path, answer] of Object.entries(before)) expect(after[path], path).toEqual(answer);
  // What was removed comes back as before.
  const restored = async (path: string) =>
    (await again.fetch(`/dicomweb/studies/${path}/restore`, { method: 'POST' })).status;
  expect(await restored(study(4))).toBe(204);
  expect(await again.json(`/dicomweb/studies/${study(4)}/instances`)).toHaveLength(6);
  expect(await restored(`${study(2)}/series/${study(2)}.0/instances/${study(2)}.9.2`)).toBe(204);
  expect(await restored(`${study(1)}/series/${study(1)}.1/instances/${study(1)}.9.1`)).toBe(204);
  // The rebuilt index agrees with the bucket.
  await archive.verification.keep(newVerification(Date.now(), true), 0);
  await verifyStep(archive, Date.now(), { pages: 1000, bytes: Number.POSITIVE_INFINITY });
  // Metadata that was merged is of no use, and no row names it: no fault.
  const findings = await archive.verification.findings(10);
  expect(findings.filter(({ kind }) => kind !== 'recent-unknown-object')).toEqual([]);
  // Stores are taken in, and counted.
  expect((await again.store([file(9, 7)])).status).toBe(200);
  expect(await again.json(`/dicomweb/studies/${study(9)}/instances`)).toHaveLength(7);
});

it('a rebuild names the damaged rows that it cannot read', async () => {
  const { client, archive } = await archiveWithHistory();
  await allSnapshots(archive);
  const [{ key } = { key: '' }] = (await archive.objects.list(`index/${study(2)}/`)).objects;
  await archive.objects.put(key, new Uint8Array(100));
  await loseDatabase();
  for (let status = 200; status === 200; ) {
    const response = await client.fetch('/rebuild', { method: 'POST' });
    ({ status } = response);
    if (status !== 200)
      expect(await response.json()).toMatchObject({ status: 409, detail: expect.stringContaining(key) });
  }
});

it('a rebuild that is cut at every call ends the same', async () => {
  const { client, archive } = await archiveWithHistory();
  await allSnapshots(archive);
  const before = await seen(client);
  await loseDatabase();
  let calls = 0;
  let last = 3;
  const cut = openArchive(
    client.prefix,
    failing(testBindings(), () => {
      calls += 1;
      return calls >= last ? { message: 'the isolate is gone', when: 'after' } : undefined;
    }),
  );
  let cuts = 0;
  for (let state = 'under way'; state !== 'finished'; ) {
    calls = 0;
    last = 3 + cuts * 5;
    await rebuildStep(cut, SETTINGS, Date.now()).then(
      ({ finishedAt }) => {
        if (finishedAt !== undefined) state = 'finished';
      },
      () => {
        cuts += 1;
      },
    );
  }
  expect(cuts).toBeGreaterThan(3);
  const again = archiveClient({ DUPLICATES: 'keep' }, () => client.bindings, client.prefix);
  const after = await seen(again);
  for (const [path, answer] of Object.entries(before)) expect(after[path], path).toEqual(answer);
});

it('files that were stored after the last snapshot are stored again', async () => {
  const { client, archive } = await archiveWithHistory();
  await allSnapshots(archive);
  await client.store([file(9, 7), file(9, 8)]);
  await client.store([file(20, 1), file(20, 4)]);
  const before = await client.json('/dicomweb/instances?limit=1000&orderby=SOPInstanceUID');
  const bytes = await client.bytes(
    `/dicomweb/studies/${study(20)}/series/${study(20)}.0/instances/${study(20)}.9.4`,
    'application/dicom; transfer-syntax=*',
  );
  await loseDatabase();
  await rebuild(openArchive(client.prefix, client.bindings));
  const again = archiveClient({}, () => client.bindings, client.prefix);
  const after = await again.json('/dicomweb/instances?limit=1000&orderby=SOPInstanceUID');
  const uids = (all: typeof after) => all.map((one) => one['00080018']?.Value?.[0]).sort();
  expect(uids(after)).toEqual(uids(before));
  expect(
    await again.bytes(
      `/dicomweb/studies/${study(20)}/series/${study(20)}.0/instances/${study(20)}.9.4`,
      'application/dicom; transfer-syntax=*',
    ),
  ).toEqual(bytes);
  expect(await again.json(`/dicomweb/studies/${study(20)}/metadata`)).toHaveLength(2);
});

it('only an empty index is rebuilt, by an administrator, and it then belongs to the bucket', async () => {
  const { client, archive } = await archiveWithHistory();
  await allSnapshots(archive);
  const post = () => client.fetch('/rebuild', { method: 'POST' });
  expect((await post()).status).toBe(409);
  await loseDatabase();
  let answer: { rebuild: { finishedAt: string | null; studies: number } };
  do answer = await (await post()).json();
  while (answer.rebuild.finishedAt === null);
  expect(answer.rebuild.studies).toBe(STUDIES);
  expect(await (await client.fetch('/rebuild')).json()).toEqual(answer);
  expect(await archive.sweeps.identity()).toMatchObject({ confirmed: true });
  expect(await (await post()).json()).toEqual(answer);
});

it('a study is copied again when it has changed, and older copies are reclaimed; one of which nothing is left leaves an empty one', async () => {
  const client = archiveClient();
  const archive = openArchive(client.prefix, client.bindings);
  await beginArchive(archive, Date.now());
  await client.store([file(1, 1)]);
  const keys = async () => (await archive.objects.list('index/')).objects.map(({ key }) => key);
  await allSnapshots(archive, 1000);
  const first = await keys();
  expect(first).toHaveLength(1);
  await allSnapshots(archive, 2000);
  expect(await keys()).toEqual(first);
  await client.store([file(1, 2)]);
  expect(await archive.snapshots.countChanged(10)).toBe(1);
  await allSnapshots(archive, 3000);
  expect(await keys()).toHaveLength(2);
  await client.fetch(`/dicomweb/studies/${study(1)}`, { method: 'DELETE' });
  await allSnapshots(archive, Date.now());
  expect(await keys()).toHaveLength(3);
  await sweepAfter(archive, 40 * 86_400_000);
  await sweepAfter(archive, 80 * 86_400_000);
  await allSnapshots(archive, Date.now() + 81 * 86_400_000);
  await sweepAfter(archive, 120 * 86_400_000);
  expect(await keys()).toHaveLength(1);
  await loseDatabase();
  await rebuild(openArchive(client.prefix, client.bindings));
  expect((await client.fetch(`/dicomweb/studies/${study(1)}`)).status).toBe(404);
});

it('a study that changes while it is copied is copied again', async () => {
  const client = archiveClient();
  const archive = openArchive(client.prefix, client.bindings);
  await beginArchive(archive, Date.now());
  await client.store([file(1, 1)]);
  const meanwhile: Archive = {
    ...archive,
    snapshots: {
      ...archive.snapshots,
      page: async (...of) => {
        const page = await archive.snapshots.page(...of);
        await client.store([file(1, 2)]);
        return page;
      },
    },
  };
  await takeSnapshots(meanwhile, Date.now());
  expect(await archive.snapshots.countChanged(10)).toBe(1);
  await allSnapshots(archive, Date.now() + 1);
  await loseDatabase();
  await rebuild(openArchive(client.prefix, client.bindings));
  expect(await client.json(`/dicomweb/studies/${study(1)}/instances`)).toHaveLength(2);
});

it('ids that another study has by now are replaced', async () => {
  const client = archiveClient();
  const archive = openArchive(client.prefix, client.bindings);
  await beginArchive(archive, Date.now());
  await client.store([file(1, 1), file(1, 2)]);
  await allSnapshots(archive, 1000);
  // The snapshot of a deletion is lost with the database; another study got the row numbers of the first.
  for (const database of DATABASES) {
    for (const table of ['instance', 'request_attribute', 'metadata_segment', 'series', 'study', 'changed_study']) {
      await database.prepare(`DELETE FROM ${table}`).run();
    }
  }
  await client.store([file(2, 1), file(2, 2), file(2, 3)]);
  await allSnapshots(archive, 2000);
  await loseDatabase();
  await rebuild(openArchive(client.prefix, client.bindings));
  expect(await client.json(`/dicomweb/studies/${study(1)}/metadata`)).toHaveLength(2);
  expect(await client.json(`/dicomweb/studies/${study(2)}/metadata`)).toHaveLength(3);
});

it('a file that is damaged is left out, and does not stop the rebuild', async () => {
  const { client, archive } = await archiveWithHistory();
  await allSnapshots(archive);
  await client.store([file(20, 1), file(20, 3)]);
  await client.store([file(21, 1)]);
  const keys = (await archive.objects.list(`instances/${study(20)}/`)).objects.map(({ key }) => key);
  await loseDatabase();
  const bindings = testBindings();
  const broken = (key: string, options?: R2GetOptions) => {
    const range = options?.range as { suffix?: number; offset?: number } | undefined;
    if (key.endsWith(keys[0]!) && range?.suffix !== undefined) {
      throw new Error('get: The requested range is not satisfiable (10039)');
    }
    // The other one breaks off, however often it is read.
    if (key.endsWith(keys[1]!) && range?.offset !== undefined) throw new Error('get: the body broke off');
    return bindings.bucket.get(key, options as never);
  };
  const damaged = openArchive(client.prefix, {
    ...bindings,
    bucket: replacing(bindings.bucket, { get: async (key: string, options?: R2GetOptions) => broken(key, options) }),
  });
  let failures = 0;
  for (let isFinished = false; !isFinished; ) {
    await rebuildStep(damaged, SETTINGS, Date.now()).then(
      ({ finishedAt, refused, refusedFiles }) => {
        isFinished = finishedAt !== undefined;
        if (!isFinished) return;
        expect(refused).toBe(2);
        const named = keys.map((key) => ({ key, reason: 'unreadable' }));
        expect(refusedFiles).toEqual(expect.arrayContaining(named));
      },
      () => {
        failures += 1;
        expect(failures).toBeLessThan(3);
      },
    );
  }
  expect(failures).toBe(1);
  expect(await client.json(`/dicomweb/studies/${study(21)}/instances`)).toHaveLength(1);
  expect((await client.fetch(`/dicomweb/studies/${study(20)}`)).status).toBe(404);
});

const BACKED_UP = '5c7c3c69-0ac0-4d43-a1bb-6d1c3e1d0f52';
/** The archive has not begun, and was never restored. */
async function forgetIDs(): Promise<void> {
  await testBindings().bucket.delete('archive-id');
  for (const database of DATABASES) await database.exec('DELETE FROM archive_identity; DELETE FROM rebuild');
}

const restore = async (archive: Archive) => {
  await beginRestoration(archive, BACKED_UP, Date.now());
  await rebuild(archive);
};

const open = () => openArchive('', testBindings());

it('a restoration ends with one id, however it takes turns with the first look of an isolate', async () => {
  const look = (archive: Archive) => separation(archive, Date.now());
  const writesID = /^(sweeps\.(give|confirm|take|forget)Identity|objects\.(create|put))$/;
  for (const one of [look, restore]) {
    const other = one === look ? restore : look;
    for (let ofOne = 1, more = true; more; ofOne += 1) {
      for (let ofOther = 1, further = true; further; ofOther += 1) {
        await forgetIDs();
        const first = await pausedBefore(open(), ofOne, writesID, one);
        const second = await pausedBefore(open(), ofOther, writesID, other);
        for (const run of [first, second]) await run.end().catch(() => restore(open()));
        expect(await separation(open(), Date.now()), `${one.name} ${ofOne}, ${other.name} ${ofOther}`).toBeUndefined();
        expect(await open().sweeps.identity()).toMatchObject({ archiveID: BACKED_UP, confirmed: true });
        [more, further] = [first.isPaused, second.isPaused];
      }
    }
  }
});

it('a restoration goes on where its rebuild was cut', async () => {
  expect(await beginRestoration(open(), BACKED_UP, 1)).toBe(false);
  await rebuildStep(open(), SETTINGS, 2);
  expect(await beginRestoration(open(), BACKED_UP, 3)).toBe(true);
  await rebuild(open());
  await expect(beginRestoration(open(), BACKED_UP, 4)).rejects.toThrow();
});
