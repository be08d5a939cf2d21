import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import type { Archive } from '../../../src/archive/ports';
import { beginArchive } from '../../../src/archive/remove/archive-id';
import { sweep } from '../../../src/archive/remove/sweep';
import { type RebuildOptions, rebuildStep } from '../../../src/archive/snapshot/rebuild';
import { takeSnapshots } from '../../../src/archive/snapshot/take-snapshots';
import { newVerification, verifyStep } from '../../../src/archive/verification/verify-archive';
import { DEFAULT_DUPLICATES } from '../../../src/config';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { putBack, remember } from '../../support/databases/put-back';
import { slice } from '../../support/files/samples';
import { testBindings } from '../../support/platform/bindings';
import { failing } from '../../support/platform/failing';

withArchive();

const SETTINGS = { ...DEFAULT_LIMITS, ...DEFAULT_DUPLICATES };
const STUDIES = 9;
const study = (n: number) => `1.2.3.${n}`;
const file = (n: number, sop: number, seed = 1) =>
  slice({
    study: study(n),
    series: `${study(n)}.${sop % 2}`,
    sop: `${study(n)}.9.${sop}`,
    instanceNumber: sop,
    seed,
    elements: [[0x00100010, 'PN', `Name${n}^Given`]],
  });

async function archiveOf(client: ArchiveClient): Promise<Archive> {
  const archive = openArchive(client.prefix, client.bindings);
  await beginArchive(archive, Date.now());
  return archive;
}

async function snapshots(archive: Archive): Promise<void> {
  while ((await takeSnapshots(archive, Date.now())).more);
}

const instance = (n: number, sop: number) => `${study(n)}/series/${study(n)}.${sop % 2}/instances/${study(n)}.9.${sop}`;

async function act(client: ArchiveClient, path: string, method: string, body?: unknown): Promise<void> {
  const response = await client.fetch(`/dicomweb/studies/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });
  expect(response.ok, `${method} ${path}`).toBe(true);
}

/** What clients see: status, tag, count and body. */
async function seen(client: ArchiveClient): Promise<Record<string, unknown>> {
  const paths = ['studies?limit=500&includefield=all', 'series?limit=500', 'instances?limit=500&includefield=all'];
  for (let n = 1; n <= STUDIES + 1; n += 1) {
    paths.push(`studies/${study(n)}/metadata`, `studies/${study(n)}/labels`, `studies/${study(n)}/hold`);
    for (const sop of [1, 2, 3]) paths.push(`studies/${instance(n, sop)}`);
  }
  const headers = { Accept: 'application/dicom+json, multipart/related; type="application/dicom"; transfer-syntax=*' };
  const answers: Record<string, unknown> = {};
  for (const path of paths) {
    const response = await client.fetch(`/dicomweb/${path}`, { headers });
    const text = new TextDecoder('latin1').decode(await response.arrayBuffer()).replace(/--[\w-]{20,}/g, '--boundary');
    answers[path] = [response.status, response.headers.get('ETag'), response.headers.get('X-Total-Count'), text];
  }
  const statistics = await (await client.fetch('/statistics')).json<Record<string, unknown>>();
  // Other rows than those of studies differ, so the sizes of databases do.
  const { lastSweep: _, databases: __, ...totals } = statistics;
  return { ...answers, totals };
}

/** Changes of every kind, all acknowledged. */
async function changeAll(client: ArchiveClient): Promise<void> {
  const replacing = archiveClient({ DUPLICATES: 'replace' }, () => client.bindings, client.prefix);
  expect((await client.store([file(1, 3), file(STUDIES + 1, 1)])).status).toBe(200);
  await act(client, study(2), 'DELETE');
  await act(client, instance(3, 1), 'DELETE');
  expect((await replacing.store([file(4, 1, 5)])).status).toBe(200);
  expect((await client.store([file(5, 1, 6)])).status).toBe(202);
  await act(client, `${study(6)}/labels`, 'PUT', ['trial']);
  await act(client, `${study(7)}/restore`, 'POST');
  await act(client, `${study(8)}/hold`, 'PUT', { reason: 'a trial' });
}

async function beforeChanges() {
  const client = archiveClient({ DUPLICATES: 'keep' });
  const archive = await archiveOf(client);
  for (let n = 1; n <= STUDIES; n += 1) expect((await client.store([file(n, 1), file(n, 2)])).status).toBe(200);
  await act(client, study(7), 'DELETE');
  await snapshots(archive);
  return { client, archive };
}

async function rebuild(archive: Archive, options: RebuildOptions = {}): Promise<void> {
  for (
    let steps = 0;
    (await rebuildStep(archive, SETTINGS, Date.now(), options)).finishedAt === undefined;
    steps += 1
  ) {
    expect(steps).toBeLessThan(1000);
  }
}

/** Another isolate, which has not seen the archive before. */
const isolate = (client: ArchiveClient, variables = {}) =>
  archiveClient({ DUPLICATES: 'keep', ...variables }, () => client.bindings, client.prefix);

it('an index that was put back catches up: all that was stored, deleted, replaced, kept, labelled, restored and held since is as before', async () => {
  const { client, archive } = await beforeChanges();
  const moment = await remember(env.DB);
  await changeAll(client);
  await snapshots(archive);
  const before = await seen(client);
  await putBack(env.DB, moment);
  // It says so, and does nothing that would make it worse.
  expect(await beginArchive(archive, Date.now())).toBe('index-put-back');
  expect((await sweep(archive, Date.now(), 0)).stopped).toBe('index-put-back');
  expect(await takeSnapshots(archive, Date.now())).toEqual({ taken: 0, more: false });

  await rebuild(openArchive(client.prefix, client.bindings));
  const after = await seen(isolate(client));
  for (const [path, answer] of Object.entries(before)) expect(after[path], path).toEqual(answer);
  expect(await beginArchive(archive, Date.now())).toBeUndefined();
  await archive.verification.keep(newVerification(Date.now(), true), 0);
  await verifyStep(archive, Date.now(), { pages: 1000, bytes: Number.POSITIVE_INFINITY });
  expect(await archive.verification.findings(10)).toEqual([]);
  await act(isolate(client), `${study(2)}/restore`, 'POST');
});

it('a catch-up that is cut at every call ends the same', async () => {
  const { client, archive } = await beforeChanges();
  const moment = await remember(env.DB);
  await changeAll(client);
  await snapshots(archive);
  const before = await seen(client);
  await putBack(env.DB, moment);
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
  for (let isFinished = false; !isFinished; ) {
    calls = 0;
    last = 3 + cuts * 9;
    await rebuildStep(cut, SETTINGS, Date.now()).then(
      ({ finishedAt }) => {
        isFinished = finishedAt !== undefined;
      },
      () => {
        cuts += 1;
      },
    );
  }
  expect(cuts).toBeGreaterThan(3);
  const after = await seen(isolate(client));
  for (const [path, answer] of Object.entries(before)) expect(after[path], path).toEqual(answer);
});

it('what was stored and not copied into the bucket yet comes back by its files', async () => {
  const { client, archive } = await beforeChanges();
  const moment = await remember(env.DB);
  expect((await client.store([file(1, 3), file(STUDIES + 1, 1)])).status).toBe(200);
  const before = await client.bytes(`/dicomweb/studies/${instance(1, 3)}`, 'application/dicom; transfer-syntax=*');
  await putBack(env.DB, moment);
  // Nothing in the bucket says that the index was put back.
  expect(await beginArchive(archive, Date.now())).toBeUndefined();
  await rebuild(archive, { catchUp: true });
  const again = isolate(client);
  expect(await again.json(`/dicomweb/studies/${study(1)}/instances`)).toHaveLength(3);
  expect(await again.json(`/dicomweb/studies/${study(STUDIES + 1)}/instances`)).toHaveLength(1);
  const bytes = await again.bytes(`/dicomweb/studies/${instance(1, 3)}`, 'application/dicom; transfer-syntax=*');
  expect(bytes).toEqual(before);
});

it('where the operator wants the earlier state, it stays, what was stored since comes back, and the bucket tells of it from then on', async () => {
  const { client, archive } = await beforeChanges();
  const moment = await remember(env.DB);
  await changeAll(client);
  await snapshots(archive);
  await putBack(env.DB, moment);
  await rebuild(archive, { keepIndex: true });
  const again = isolate(client);
  // The deletion that was not wanted is undone, and nothing that was stored is lost.
  expect(await again.json(`/dicomweb/studies/${study(2)}/instances`)).toHaveLength(2);
  expect(await again.json(`/dicomweb/studies/${study(STUDIES + 1)}/instances`)).toHaveLength(1);
  expect(await archive.snapshots.countChanged(100)).toBeGreaterThan(5);
  await snapshots(archive);
  expect(await beginArchive(archive, Date.now())).toBeUndefined();
});

it('a change that the index knows and its newest snapshot does not stays', async () => {
  const { client, archive } = await beforeChanges();
  await act(client, study(2), 'DELETE');
  const moment = await remember(env.DB);
  // Another study is copied; the deletion is not yet.
  await env.DB.prepare('DELETE FROM changed_study').run();
  await client.store([file(1, 3)]);
  await snapshots(archive);
  await putBack(env.DB, moment);
  await env.DB.prepare('UPDATE index_moment SET moment = 1').run();
  await rebuild(archive);
  const again = isolate(client);
  expect((await again.fetch(`/dicomweb/studies/${study(2)}`)).status).toBe(410);
  expect(await again.json(`/dicomweb/studies/${study(1)}/instances`)).toHaveLength(3);
});
