import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { ArchiveBindings } from '../../../src/storage/open-archive';
import { type ArchiveClient, archiveClient, multipart } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { failing } from '../../support/platform/failing';
import '../../support/time/short-pauses';
import { withArchive } from '../../support/archive/with-archive';
import { upload, uploadAtOnce } from '../../support/clients/upload-client';

/* What a key or a role says about stores: the labels of studies, and a quota. */

const LENGTH = slice().length;
const ROLES = {
  officer: { permissions: ['administer', 'audit'] },
  uploader: { permissions: ['store'], labels: ['clinic'] },
  bounded: { permissions: ['store'], quota: { instances: 2 } },
  north: { permissions: ['search', 'retrieve'], studies: { labels: ['north'] } },
};

interface Key {
  readonly id: string;
  readonly key: string;
  readonly [member: string]: unknown;
}

let archive: ArchiveClient;
let officer: string;
withArchive(async () => {
  const open = archiveClient({ ROLES: JSON.stringify(ROLES) });
  archive = archiveClient({ ALLOW_ANONYMOUS: '', ROLES: JSON.stringify(ROLES) }, undefined, open.prefix);
  const body = JSON.stringify({ name: 'Officer', roles: ['officer'] });
  const made = await open.fetch('/keys', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  officer = ((await made.json()) as Key).key;
});

const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
const administer = async (method: string, path: string, body: unknown) =>
  await archive.fetch(path, {
    method,
    headers: { ...bearer(officer), 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

async function made(roles: string[], more: object = {}): Promise<Key> {
  const answer = await administer('POST', '/keys', { name: 'A key', roles, ...more });
  expect(answer.status).toBe(201);
  return await answer.json();
}

/** The same deployment for the holder of a key. */
const holding = (key: Key) => ({
  fetch: (path: string, init: RequestInit = {}) =>
    archive.fetch(path, { ...init, headers: { ...bearer(key.key), ...init.headers } }),
});

const file = (number: number, more = {}) => slice({ sop: `1.2.3.4.${number}`, ...more });

/** What became of each instance: its Failure Reason, or nothing. */
async function store(key: Key, files: readonly Uint8Array[]) {
  const { body, headers } = multipart(files);
  const answer = await holding(key).fetch('/dicomweb/studies', { method: 'POST', body, headers });
  if (answer.status === 507) return { status: 507, ...((await answer.json()) as { code: string; detail: string }) };
  const response = (await answer.json()) as Record<string, { Value: Record<string, { Value: unknown[] }>[] }>;
  return {
    status: answer.status,
    stored: response['00081199']?.Value.length ?? 0,
    refused: (response['00081198']?.Value ?? []).map((item) => item['00081197']?.Value[0]),
  };
}

describe('labels that a key gives', () => {
  it('are those of a study whose first instance it stores, with those of its roles; others see the study by them', async () => {
    const key = await made(['uploader'], { labels: ['north', 'trial-7'] });
    expect(key.labels).toEqual(['north', 'trial-7']);
    expect((await store(key, [file(1)])).status).toBe(200);
    const plain = await made(['uploader']);
    await store(plain, [slice({ study: '1.2.5', series: '1.2.5.0', sop: '1.2.5.1' })]);
    // A later store does not change the labels.
    await store(plain, [file(2)]);
    const { results } = await env.DB.prepare('SELECT study_instance_uid AS uid, labels FROM study').all();
    expect(results).toEqual([
      { uid: '1.2.3.4', labels: '["clinic","north","trial-7"]' },
      { uid: '1.2.5', labels: '["clinic"]' },
    ]);
    const north = await made(['north']);
    const found = await holding(north).fetch('/dicomweb/studies');
    expect(await found.json()).toHaveLength(1);
  });

  it('can be changed by an administrator, and the record has what they became', async () => {
    const key = await made(['uploader'], { labels: ['north'], quota: { bytes: 1 } });
    const changed = await administer('PATCH', `/keys/${key.id}`, { labels: ['south'], quota: null });
    expect([changed.status, await changed.json()]).toMatchObject([200, { labels: ['south'] }]);
    expect((await store(key, [file(1)])).status).toBe(200);
    const { results } = await env.DB.prepare(
      "SELECT subject FROM audit_event WHERE action = 'administer' AND subject LIKE '%Key %' ORDER BY id",
    ).all<{ subject: string }>();
    expect(results.map(({ subject }) => subject).filter((subject) => subject.includes(key.id))).toEqual([
      `CreateKey ${key.id} (uploader, 1 bytes, labels north)`,
      `ChangeKey ${key.id} (uploader, labels south)`,
    ]);
    expect(await env.DB.prepare('SELECT labels FROM study').first('labels')).toBe('["clinic","south"]');
  });

  it('are refused when they are none', async () => {
    for (const labels of ['north', [''], ['a b'], [1], Array.from({ length: 21 }, (_, at) => `l${at}`)]) {
      expect((await administer('POST', '/keys', { name: 'A', roles: ['uploader'], labels })).status).toBe(400);
    }
    const key = await made(['uploader']);
    for (const body of [{}, { labels: null }, { quota: {} }, { roles: ['officer'] }]) {
      expect((await administer('PATCH', `/keys/${key.id}`, body)).status, JSON.stringify(body)).toBe(400);
    }
    expect((await administer('PATCH', '/keys/0123456789abcdef', { labels: [] })).status).toBe(404);
  });
});

describe('a quota', () => {
  it('of a key refuses each instance beyond it with A700H, then each request with 507; others go on', async () => {
    const key = await made(['uploader'], { quota: { bytes: 2 * LENGTH + 100 } });
    expect(await store(key, [file(1)])).toEqual({ status: 200, stored: 1, refused: [] });
    expect(await store(key, [file(2), file(3)])).toEqual({ status: 202, stored: 1, refused: [0xa700] });
    expect(await store(key, [file(4)])).toEqual({ status: 409, stored: 0, refused: [0xa700] });
    await administer('PATCH', `/keys/${key.id}`, { quota: { bytes: 2 * LENGTH } });
    expect(await store(key, [file(4)])).toMatchObject({
      status: 507,
      code: 'out-of-space',
      detail: expect.stringContaining('quota of this sender'),
    });
    await administer('PATCH', `/keys/${key.id}`, { quota: { bytes: 3 * LENGTH } });
    expect(await store(key, [file(4)])).toEqual({ status: 200, stored: 1, refused: [] });
    expect(await store(await made(['uploader']), [file(5)])).toMatchObject({ status: 200 });
  });

  it('of a role is one for each principal; the one of its key counts when it is smaller', async () => {
    const [one, other] = [await made(['bounded']), await made(['bounded'])];
    const smaller = await made(['bounded'], { quota: { instances: 1 } });
    expect(await store(one, [file(1), file(2), file(3)])).toEqual({ status: 202, stored: 2, refused: [0xa700] });
    expect(await store(other, [file(4), file(5), file(6)])).toEqual({ status: 202, stored: 2, refused: [0xa700] });
    expect(await store(smaller, [file(7), file(8)])).toEqual({ status: 202, stored: 1, refused: [0xa700] });
    // A role without a quota gives more.
    expect(
      await store(
        await made(['bounded', 'uploader']),
        [7, 8, 9].map((at) => file(at + 10)),
      ),
    ).toMatchObject({
      stored: 3,
    });
  });

  it('counts what was taken in, once: the same bytes again and what was refused do not count', async () => {
    const key = await made(['uploader'], { quota: { instances: 3 } });
    const before = file(1);
    for (let times = 0; times < 3; times += 1) expect(await store(key, [before])).toMatchObject({ status: 200 });
    expect(await store(key, [file(1, { seed: 9 })])).toEqual({ status: 409, stored: 0, refused: [0x0111] });
    const total = await env.DB.prepare('SELECT instances, byte_length FROM sender_total').first();
    expect(total).toEqual({ instances: 1, byte_length: before.length });
    expect(await store(key, [file(2), file(3), file(4)])).toEqual({ status: 202, stored: 2, refused: [0xa700] });
  });

  it('counts once when answers of the index are lost, and counts what is put aside', async () => {
    const whole = archiveClient({}, undefined, archive.prefix);
    await whole.store([file(1)]);
    let isLost = false;
    const losing = (real: ArchiveBindings) =>
      failing(real, (operation) => {
        if (operation !== 'batch' || !isLost) return undefined;
        isLost = false;
        return { message: 'D1_ERROR: Network connection lost.', when: 'after' };
      });
    const viewpoint = { principal: 'key:1', visibility: [{ storedBy: 'key:1' }], labels: [], quota: { instances: 3 } };
    const sender = archiveClient({}, losing, archive.prefix, viewpoint);
    const own = (number: number) => slice({ study: '1.2.5', series: '1.2.5.0', sop: `1.2.5.${number}` });
    // The first goes into a study that the sender cannot see.
    for (const each of [file(7), own(1), own(1), own(2)]) {
      isLost = true;
      expect((await sender.store([each])).status).toBe(200);
      expect(isLost).toBe(false);
    }
    const total = await env.DB.prepare('SELECT instances, byte_length FROM sender_total').first();
    expect(total).toEqual({ instances: 3, byte_length: file(7).length + own(1).length + own(2).length });
    expect((await sender.store([own(3)])).status).toBe(507);
  });

  it('bounds resumable uploads too, when they are made and when they are stored', async () => {
    const key = await made(['uploader'], { quota: { bytes: 2 * LENGTH } });
    const sender = holding(key);
    const large = file(9, { rows: 64, columns: 64 });
    const refused = await uploadAtOnce(sender, large);
    expect([refused.status, await refused.json()]).toMatchObject([507, { detail: expect.stringContaining('sender') }]);
    const paths = [await upload(sender, file(1), { chunk: 300 })];
    expect((await store(key, [file(3)])).status).toBe(200);
    // What is under way counts.
    const third = await uploadAtOnce(sender, file(4));
    expect(third.status).toBe(507);
    const shown = await sender.fetch(paths[0]!);
    expect(await shown.json()).toMatchObject({ state: 'done', results: [{ result: 'stored' }] });
  });
});
