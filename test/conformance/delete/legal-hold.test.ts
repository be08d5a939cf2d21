import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { beginArchive } from '../../../src/archive/remove/archive-id';
import { openArchive } from '../../../src/storage/open-archive';
import { sweepAfter } from '../../support/archive/sweeps';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';

withArchive();

const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = `${STUDY}/series/1.2.3.4.0`;
const INSTANCE = `${SERIES}/instances/1.2.3.4.1`;
const YEAR = 365 * 86_400_000;
const json = (method: string, body: unknown): RequestInit => ({
  method,
  body: JSON.stringify(body),
  headers: { 'Content-Type': 'application/json' },
});
const hold = (client: ArchiveClient, reason = 'case 12/345') => client.fetch(`${STUDY}/hold`, json('PUT', { reason }));
const remove = async (client: ArchiveClient, path: string) => await client.fetch(path, { method: 'DELETE' });

it('a study under legal hold is not deleted, as a whole or in part, until the hold is lifted', async () => {
  const client = archiveClient();
  await client.store([slice({ sop: '1.2.3.4.1' }), slice({ sop: '1.2.3.4.2' })]);
  expect(await (await client.fetch(`${STUDY}/hold`)).json()).toEqual({ hold: null });
  expect((await hold(client)).status).toBe(204);
  const held = { hold: { reason: 'case 12/345', since: expect.any(String) } };
  expect(await (await client.fetch(`${STUDY}/hold`)).json()).toEqual(held);
  for (const path of [STUDY, SERIES, INSTANCE]) {
    const refused = await remove(client, path);
    expect([refused.status, await refused.json()]).toMatchObject([
      423,
      { code: 'locked', detail: expect.stringMatching(/under legal hold since \d{4}-\d\d-\d\d: case 12\/345/) },
    ]);
  }
  expect(await client.json(`${STUDY}/instances`)).toHaveLength(2);
  // It is read, stored to and labelled as before.
  expect((await client.store([slice({ sop: '1.2.3.4.3' })])).status).toBe(200);
  expect((await client.fetch(`${STUDY}/labels`, json('PUT', ['a']))).status).toBe(200);
  expect((await remove(client, `${STUDY}/hold`)).status).toBe(204);
  expect((await remove(client, `${STUDY}/hold`)).status).toBe(404);
  expect((await remove(client, STUDY)).status).toBe(204);
});

it('a refused restoration changes nothing: neither the instance nor how the study is described', async () => {
  const client = archiveClient({ DUPLICATES: 'replace' });
  const named = (name: string) => slice({ sop: '1.2.3.4.1', elements: [[0x00100010, 'PN', name]] });
  await client.store([named('First^Name')]);
  await client.store([named('Second^Name')]);
  expect((await hold(client)).status).toBe(204);
  const seen = async () => [
    await client.json('/dicomweb/studies?StudyInstanceUID=1.2.3.4'),
    await client.json('/dicomweb/studies?PatientName=Second^Name'),
    await client.json(`${STUDY}/metadata`),
  ];
  const before = await seen();
  expect(before[1]).toHaveLength(1);
  expect((await client.fetch(`${INSTANCE}/restore`, { method: 'POST' })).status).toBe(423);
  expect(await seen()).toEqual(before);
  expect((await remove(client, `${STUDY}/hold`)).status).toBe(204);
  expect((await client.fetch(`${INSTANCE}/restore`, { method: 'POST' })).status).toBe(204);
  expect(await client.json('/dicomweb/studies?PatientName=First^Name')).toHaveLength(1);
});

it('other content does not replace what is held, and the rest of its request is stored', async () => {
  const client = archiveClient({ DUPLICATES: 'replace' });
  await client.store([slice({ sop: '1.2.3.4.1' })]);
  const file = await client.bytes(INSTANCE, 'application/dicom; transfer-syntax=*');
  await hold(client);
  const answer = await client.store([
    slice({ sop: '1.2.3.4.1', seed: 9 }),
    slice({ sop: '1.2.3.4.2' }),
    slice({ study: '1.2.9', series: '1.2.9.1', sop: '1.2.9.1.1' }),
  ]);
  expect(answer.status).toBe(202);
  const text = await answer.text();
  expect(text).toContain('273');
  expect(await client.json(`${STUDY}/instances`)).toHaveLength(2);
  expect(await client.bytes(INSTANCE, 'application/dicom; transfer-syntax=*')).toEqual(file);
  expect(await client.json('/dicomweb/studies/1.2.9/instances')).toHaveLength(1);
  await remove(client, `${STUDY}/hold`);
  expect((await client.store([slice({ sop: '1.2.3.4.1', seed: 9 })])).status).toBe(200);
  expect(await client.bytes(INSTANCE, 'application/dicom; transfer-syntax=*')).not.toEqual(file);
});

it('what was deleted before the hold is not purged, can be restored while it lasts, and is purged after it', async () => {
  const client = archiveClient();
  const archive = openArchive(client.prefix, client.bindings);
  await beginArchive(archive, Date.now());
  await client.store([slice({ sop: '1.2.3.4.1' }), slice({ sop: '1.2.3.4.2' })]);
  await remove(client, INSTANCE);
  expect((await hold(client)).status).toBe(204);
  await env.DB.prepare('UPDATE removal SET purge_at = 1000').run();
  await sweepAfter(archive, YEAR);
  expect((await client.fetch(`${INSTANCE}/restore`, { method: 'POST' })).status).toBe(204);
  expect(await client.json(`${STUDY}/instances`)).toHaveLength(2);
  await remove(client, `${STUDY}/hold`);
  await remove(client, STUDY);
  expect((await hold(client)).status).toBe(204);
  await sweepAfter(archive, YEAR);
  expect((await client.fetch(STUDY)).status).toBe(410);
  await remove(client, `${STUDY}/hold`);
  await sweepAfter(archive, YEAR);
  expect((await client.fetch(STUDY)).status).toBe(404);
  expect((await archive.objects.list('instances/')).objects).toEqual([]);
});

it('an older version does not take the place of the one that counts', async () => {
  const client = archiveClient({ DUPLICATES: 'keep' });
  await client.store([slice({ sop: '1.2.3.4.1' })]);
  await client.store([slice({ sop: '1.2.3.4.1', seed: 9 })]);
  const file = await client.bytes(INSTANCE, 'application/dicom; transfer-syntax=*');
  await hold(client);
  expect((await client.fetch(`${INSTANCE}/restore`, { method: 'POST' })).status).toBe(423);
  expect(await client.bytes(INSTANCE, 'application/dicom; transfer-syntax=*')).toEqual(file);
});

it('a reason is a short text, and the study exists', async () => {
  const client = archiveClient();
  await client.store([slice({ sop: '1.2.3.4.1' })]);
  for (const wrong of [{}, { reason: '' }, { reason: 1 }, { reason: 'a\nb' }, { reason: 'a'.repeat(201) }, []]) {
    expect((await client.fetch(`${STUDY}/hold`, json('PUT', wrong))).status).toBe(400);
  }
  expect((await client.fetch('/dicomweb/studies/9.9/hold', json('PUT', { reason: 'a' }))).status).toBe(404);
  expect((await client.fetch('/dicomweb/studies/9.9/hold')).status).toBe(404);
});
