import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, multipart } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';

withArchive();

const ROLES = JSON.stringify({
  officer: { permissions: ['administer', 'search', 'retrieve'] },
  clinic: { permissions: ['store', 'search', 'retrieve'], studies: { labels: ['trial'] }, labels: ['clinic'] },
  uploader: { permissions: ['store'], studies: { own: true } },
  ward: { permissions: ['search', 'retrieve'], studies: { labels: ['ward'] } },
});
const STUDY = '/dicomweb/studies/1.2.3.4';
const FRAME = `${STUDY}/series/1.2.3.4.0/instances/1.2.3.4.1/frames/1`;

/** One isolate of a deployment, with a key for each role. */
async function deployment() {
  const open = archiveClient({ ROLES });
  const archive: ArchiveClient = archiveClient({ ALLOW_ANONYMOUS: '', ROLES }, undefined, open.prefix);
  const keys = new Map<string, string>();
  for (const role of ['officer', 'clinic', 'uploader', 'ward']) {
    const body = JSON.stringify({ name: role, roles: [role] });
    const made = await open.fetch('/keys', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    keys.set(role, ((await made.json()) as { key: string }).key);
  }
  return (role: string, path: string, init: RequestInit = {}) =>
    archive.fetch(path, { ...init, headers: { Authorization: `Bearer ${keys.get(role)}`, ...init.headers } });
}

const put = (labels: unknown): RequestInit => ({
  method: 'PUT',
  body: JSON.stringify(labels),
  headers: { 'Content-Type': 'application/json' },
});
const post = (file: Uint8Array, headers: Record<string, string> = {}): RequestInit => {
  const { body, headers: own } = multipart([file]);
  return { method: 'POST', body, headers: { ...own, ...headers } };
};

describe('the labels of a study', () => {
  it('are those of the role that stored it, until an administrator replaces them', async () => {
    const as = await deployment();
    expect((await as('clinic', '/dicomweb/studies', post(slice()))).status).toBe(200);
    const shown = await as('officer', `${STUDY}/labels`);
    expect([shown.status, await shown.json()]).toEqual([200, ['clinic']]);
    const replaced = await as('officer', `${STUDY}/labels`, put(['ward', 'b.2', 'ward']));
    expect([replaced.status, await replaced.json()]).toEqual([200, ['b.2', 'ward']]);
    expect(await (await as('officer', `${STUDY}/labels`)).json()).toEqual(['b.2', 'ward']);
    expect(await (await as('ward', '/dicomweb/studies?count=true')).json()).toHaveLength(1);
  });

  it('decide at once, also where an isolate has kept what it read of a series', async () => {
    const as = await deployment();
    await as('clinic', '/dicomweb/studies', post(slice()));
    for (const [labels, ward, clinic] of [
      [['ward'], 200, 404],
      [['trial'], 404, 200],
      [[], 404, 404],
      [['ward', 'trial'], 200, 200],
    ] as const) {
      await as('officer', `${STUDY}/labels`, put(labels));
      for (let again = 0; again < 2; again += 1) {
        expect((await as('officer', FRAME)).status).toBe(200);
        expect((await as('ward', FRAME)).status).toBe(ward);
        expect((await as('clinic', FRAME)).status).toBe(clinic);
      }
    }
  });

  it('need the permission, and are a short list of words', async () => {
    const as = await deployment();
    await as('clinic', '/dicomweb/studies', post(slice()));
    expect((await as('clinic', `${STUDY}/labels`)).status).toBe(403);
    expect((await as('clinic', `${STUDY}/labels`, put(['trial']))).status).toBe(403);
    for (const wrong of ['trial', { a: 1 }, ['a b'], [''], [1], Array.from({ length: 51 }, (_, at) => `l${at}`)]) {
      expect((await as('officer', `${STUDY}/labels`, put(wrong))).status).toBe(400);
    }
    expect((await as('officer', '/dicomweb/studies/9.9/labels')).status).toBe(404);
    expect((await as('officer', '/dicomweb/studies/9.9/labels', put(['a']))).status).toBe(404);
    expect(await (await as('officer', `${STUDY}/labels`)).json()).toEqual(['clinic']);
  });
});

describe('in one isolate', () => {
  it('an answer kept for an Idempotency-Key is that of its principal alone', async () => {
    const as = await deployment();
    const file = slice();
    const headers = { 'Idempotency-Key': 'one' };
    expect((await as('clinic', '/dicomweb/studies', post(file, headers))).headers.has('Idempotent-Replayed')).toBe(
      false,
    );
    expect((await as('clinic', '/dicomweb/studies', post(file, headers))).headers.get('Idempotent-Replayed')).toBe(
      'true',
    );
    const other = await as('uploader', '/dicomweb/studies', post(file, headers));
    expect([other.status, other.headers.has('Idempotent-Replayed')]).toEqual([200, false]);
  });

  it('a tag, a picture and a thumbnail that one principal has got do not answer another', async () => {
    const as = await deployment();
    await as('clinic', '/dicomweb/studies', post(slice()));
    await as('officer', `${STUDY}/labels`, put(['ward']));
    const instance = `${STUDY}/series/1.2.3.4.0/instances/1.2.3.4.1`;
    const paths = [
      FRAME,
      instance,
      `${instance}/metadata`,
      `${STUDY}/thumbnail`,
      `${instance}/rendered`,
      `${FRAME}/rendered`,
    ];
    for (const path of paths) {
      const seen = await as('ward', path);
      expect(seen.status, path).toBe(200);
      const tag = seen.headers.get('ETag') ?? '*';
      expect((await as('ward', path, { headers: { 'If-None-Match': tag } })).status, path).toBe(304);
      const nothing = await as('clinic', path.replaceAll('1.2.3.4', '9.9.9.9'));
      for (const headers of [{}, { 'If-None-Match': tag }, { Range: 'bytes=0-1' }] as Record<string, string>[]) {
        const hidden = await as('clinic', path, { headers });
        expect(hidden.status, path).toBe(404);
        expect([...hidden.headers]).toEqual([...nothing.headers]);
        expect(await hidden.clone().text()).toBe(await nothing.clone().text());
      }
    }
  });
});
