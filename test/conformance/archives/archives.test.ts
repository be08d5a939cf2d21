import { describe, expect, it } from 'vitest';
import { SERVICES } from '../../../src/dicomweb/routes';
import { withArchive } from '../../support/archive/with-archive';
import { multipart } from '../../support/clients/archive-client';
import { digestOf } from '../../support/files/encapsulated';
import { slice } from '../../support/files/samples';
import { type Fetch, migrateNorth, twoArchives } from '../../support/platform/two-archives';

const UIDS = { study: '1.2.3.4', series: '1.2.3.4.0', instance: '1.2.3.4.1', frames: '1', path: '7FE00010' };
const NORTH = '/archives/north';
const LABELS = '/dicomweb/studies/1.2.3.4/labels';
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** The same UIDs in both archives, with other patients and other pixels. */
const OWN = slice({ seed: 1, elements: [[0x00100010, 'PN', 'Own^Patient']] });
const OTHER = slice({ seed: 2, elements: [[0x00100010, 'PN', 'Other^Patient']] });

/** Every resource that can be read, as a path within an archive. */
const READS = SERVICES.flatMap(({ base, routes }) =>
  // Uploads and commitments belong to one principal, and are tested apart: test/conformance/uploads/resumable-upload.test.ts.
  routes
    .filter(([method, path]) => method === 'GET' && !/upload|commitment/.test(path))
    .map(([, path]) => base + path.replace(/\{\+?(\w+)\}/g, named)),
).map((path) =>
  path === '/wado' ? `${path}?requestType=WADO&studyUID=1.2.3.4&seriesUID=1.2.3.4.0&objectUID=1.2.3.4.1` : path,
);

/** What these answer is the same in both archives. */
const WITHOUT_ETAG = /\/(search-attributes|labels)$/;

function named(_: string, name: string): string {
  return UIDS[name as keyof typeof UIDS];
}

async function store(fetch: Fetch, archive: string, file: Uint8Array, key?: string): Promise<Response> {
  const { headers, body } = multipart([file]);
  const sent = key === undefined ? headers : { ...headers, 'Idempotency-Key': key };
  return await fetch(`${archive}/dicomweb/studies`, { method: 'POST', headers: sent, body });
}

const AS_MADE = ['content-type', 'etag', 'content-disposition', 'warning', 'x-total-count'];

/** What an answer says, whatever the boundaries of its parts are called. */
async function said(response: Response) {
  const boundary = /boundary="?([^";]+)/.exec(response.headers.get('Content-Type') ?? '')?.[1];
  const body = new Uint8Array(await response.arrayBuffer());
  const text = new TextDecoder('latin1').decode(body);
  const plain = (value: string) => (boundary === undefined ? value : value.replaceAll(boundary, 'BOUNDARY'));
  return {
    status: response.status,
    headers: AS_MADE.map((name) => plain(response.headers.get(name) ?? '')),
    body: await digestOf(new TextEncoder().encode(plain(text))),
    text: plain(text),
  };
}

withArchive(migrateNorth);

describe('two archives of a deployment with the same UIDs', () => {
  it('answer each resource from their own content, whatever the isolate has read before', async () => {
    const warm = twoArchives();
    expect((await store(warm, '', OWN)).status).toBe(200);
    expect((await store(warm, NORTH, OTHER)).status).toBe(200);
    const labels = (archive: string, label: string) =>
      warm(`${archive}${LABELS}`, { method: 'PUT', headers: JSON_TYPE, body: JSON.stringify([label]) });
    expect([(await labels('', 'own')).status, (await labels(NORTH, 'other')).status]).toEqual([200, 200]);
    for (const path of READS) {
      const own = [await said(await warm(path)), await said(await twoArchives()(path))];
      const other = [await said(await warm(NORTH + path)), await said(await twoArchives()(NORTH + path))];
      expect(own[0]!.status, path).toBe(200);
      expect(own[0]!.body, path).toBe(own[1]!.body);
      expect(other[0]!.status, path).toBe(200);
      expect(other[0]!.body, path).toBe(other[1]!.body);
      expect(own[0]!.text, path).not.toMatch(/Other|archives/);
      expect(other[0]!.text, path).not.toMatch(/Own/);
      if (path === LABELS) expect([own[0]!.text, other[0]!.text]).toEqual(['["own"]', '["other"]']);
      // Both say the same: no attributes are added, and nothing is held.
      else if (!/\/(search-attributes|hold)$/.test(path))
        expect(own[0]!.headers.join(), path).not.toBe(other[0]!.headers.join());
    }
  });

  it('keep their validators, idempotency keys and paging marks apart', async () => {
    const fetch = twoArchives();
    await store(fetch, '', OWN, 'key');
    const north = await store(fetch, NORTH, OTHER, 'key');
    expect([north.status, north.headers.get('Idempotent-Replayed')]).toEqual([200, null]);
    for (const path of READS.filter((each) => !WITHOUT_ETAG.test(each))) {
      const etag = (await fetch(path)).headers.get('ETag');
      if (etag === null) continue;
      expect((await fetch(path, { headers: { 'If-None-Match': etag } })).status, path).toBe(304);
      expect((await fetch(NORTH + path, { headers: { 'If-None-Match': etag } })).status, path).toBe(200);
    }
  });

  it('are changed separately', async () => {
    const fetch = twoArchives();
    await store(fetch, '', OWN);
    await store(fetch, NORTH, OTHER);
    const study = '/dicomweb/studies/1.2.3.4';
    for (const path of READS) await fetch(path);
    expect((await fetch(NORTH + study, { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(`${NORTH}${study}/metadata`)).status).toBe(410);
    expect((await fetch(`${study}/metadata`)).status).toBe(200);
    expect((await fetch(`${study}/restore`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${NORTH}${study}/restore`, { method: 'POST' })).status).toBe(204);
  });

  it('have their own addresses in answers, their own settings, reports and capabilities', async () => {
    const fetch = twoArchives({ ARCHIVES: { north: { DUPLICATES: 'replace' } } });
    const stored = (await (await store(fetch, NORTH, OTHER)).json()) as Record<string, { Value: string[] }>;
    expect(stored['00081190']!.Value[0]).toBe('http://archive.test/archives/north/dicomweb/studies/1.2.3.4');
    await store(fetch, '', OWN);
    expect((await store(fetch, NORTH, OWN)).status).toBe(200);
    expect((await store(fetch, '', OTHER)).status).toBe(409);
    const described = await (await fetch(`${NORTH}/dicomweb`, { method: 'OPTIONS' })).text();
    expect(described).toContain('http://archive.test/archives/north/dicomweb');
    const statistics = await fetch(`${NORTH}/statistics`);
    expect(await statistics.json()).toMatchObject({ instances: 1 });
    expect((await fetch(`${NORTH}/health`)).status).toBe(200);
  });
});

describe('an archive that does not exist', () => {
  it('answers 404 for every resource', async () => {
    const fetch = twoArchives();
    await store(fetch, '', OWN);
    for (const archive of [
      '/archives/south',
      '/archives/NORTH',
      '/archives/default2',
      '/archives/..%2fnorth',
      '/archives',
    ]) {
      for (const path of [...READS, '/health', '/statistics']) {
        expect((await fetch(archive + path)).status, archive + path).toBe(404);
      }
      expect((await store(fetch, archive, OTHER)).status).toBe(404);
    }
  });
});

describe('ARCHIVES', () => {
  it.each([
    [{ ARCHIVES: { North: {} } }, 'ARCHIVES'],
    [{ ARCHIVES: { default: {} } }, 'ARCHIVES'],
    [{ ARCHIVES: { south: {} } }, 'DB_SOUTH'],
    [{ ARCHIVES: { north: { DUPLICATES: 'x' } } }, 'ARCHIVES.north: DUPLICATES'],
    [{ ARCHIVES: { north: { AUDIT_DAYS: 'x' } } }, 'AUDIT_DAYS'],
    [{ ARCHIVES: { north: { ROLES: {} } } }, 'ROLES'],
    [{ ARCHIVES: { north: { MAX_PART: 1 } } }, 'MAX_PART'],
    [{ ARCHIVES: 'north' }, 'ARCHIVES'],
  ])('%j stops the deployment, and names the setting', async (variables, setting) => {
    const answer = await twoArchives(variables)('/dicomweb/studies');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'misconfigured', detail: expect.stringContaining(setting) });
  });
});
