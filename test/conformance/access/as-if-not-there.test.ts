import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALL_SERVICES } from '../../../src/services';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, multipart } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { type Operations, reset } from '../../support/platform/counting';

/** The four UIDs have the same length. */
const SEEN = '1.2.3.4';
const HIDDEN = '1.2.3.6';
const DELETED = '1.2.3.7';
const ABSENT = '1.2.3.9';

const PART = ['store', 'search', 'retrieve', 'delete', 'restore', 'share'];
const ROLES = JSON.stringify({
  part: { permissions: PART, studies: { AccessionNumber: ['SEEN*'] } },
  other: { permissions: PART, studies: { AccessionNumber: ['SEEN*'] } },
});

let whole: ArchiveClient;
let keys: { part: string; other: string };

const fileOf = (study: string, more = {}) =>
  slice({
    study,
    series: `${study}.0`,
    sop: `${study}.1`,
    elements: [[0x00080050, 'SH', study === SEEN ? 'SEEN-1' : 'OTHER']],
    ...more,
  });

// What an isolate knows does not grow old during a test, so that the costs of requests can be compared.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

withArchive(async () => {
  whole = archiveClient({ ROLES });
  await whole.store([fileOf(SEEN), fileOf(HIDDEN), fileOf(DELETED)]);
  await whole.fetch(`/dicomweb/studies/${DELETED}`, { method: 'DELETE' });
  const key = async (role: string) => {
    const body = JSON.stringify({ name: role, roles: [role] });
    const headers = { 'Content-Type': 'application/json' };
    return ((await (await whole.fetch('/keys', { method: 'POST', headers, body })).json()) as { key: string }).key;
  };
  keys = { part: await key('part'), other: await key('other') };
});

/** Another isolate, which the client uses with its key. */
async function isolate(variables: Record<string, string> = {}) {
  const archive = archiveClient({ ALLOW_ANONYMOUS: '', ROLES, ...variables }, undefined, whole.prefix);
  // It knows the keys from now on.
  for (const key of Object.values(keys)) await said(archive, SEEN, '/dicomweb/studies', {}, key);
  return archive;
}

interface Said {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  /** What the request cost. */
  readonly operations: Operations;
}

/** All of an answer, and what it cost, with one name for the study. */
async function said(archive: ArchiveClient, study: string, path: string, init: RequestInit = {}, key = keys.part) {
  reset(archive.operations);
  const headers = { ...(init.headers as Record<string, string>), Authorization: `Bearer ${key}` };
  const response = await archive.fetch(path.replaceAll('STUDY', study), { ...init, headers });
  const text = Array.from(new Uint8Array(await response.arrayBuffer()), (byte) => String.fromCharCode(byte)).join('');
  const plain = (value: string) => value.replaceAll(study, 'STUDY');
  return {
    status: response.status,
    headers: [...response.headers]
      .filter(([name]) => name !== 'x-request-id')
      .map(([name, value]) => [name, plain(value)]),
    body: plain(text).replace(/"(instance|requestId)":"[^"]*"/g, ''),
    operations: JSON.parse(plain(JSON.stringify(archive.operations))) as Operations,
  } as Said;
}

const NAMED: Record<string, string> = {
  study: 'STUDY',
  series: 'STUDY.0',
  instance: 'STUDY.1',
  frames: '1',
  path: '7FE00010',
};

/** Every resource of a study, with its methods but for labels, whose permission is for whole archives. */
const RESOURCES = ALL_SERVICES.flatMap(({ base, routes }) =>
  routes
    .filter(([, path, , access]) => (path.includes('{study}') || path === '/wado') && access !== 'administer')
    .map(([method, path, name]) => ({
      method,
      name,
      path: `${base}${path.replace(/\{\+?(\w+)\}/g, (_, of: string) => NAMED[of]!)}${path === '/wado' ? WADO_QUERY() : ''}`,
    })),
);

function WADO_QUERY(): string {
  return '?requestType=WADO&studyUID=STUDY&seriesUID=STUDY.0&objectUID=STUDY.1';
}

type Request = readonly [path: string, init?: RequestInit];

/** Requests for a resource as clients vary them. */
async function requestsFor({ method, path, name }: (typeof RESOURCES)[number]): Promise<Request[]> {
  if (method !== 'GET') {
    const headers = { 'Content-Type': 'application/json' };
    // Store requests are in store-unseen.test.ts, and below.
    return name.startsWith('Store') ? [] : [[path, method === 'DELETE' ? { method } : { method, headers, body: '{}' }]];
  }
  const real = await whole.fetch(path.replaceAll('STUDY', HIDDEN));
  expect(real.status, path).toBe(200);
  const etag = real.headers.get('ETag') ?? '"none"';
  const joint = path.includes('?') ? '&' : '?';
  const conditions: Record<string, string>[] = [
    { 'If-None-Match': etag },
    { 'If-Match': etag, Range: 'bytes=0-9' },
    { Accept: 'application/zip' },
    { Accept: 'text/x-nothing' },
  ];
  const parameters = path.includes('/wado')
    ? ['contentType=application/dicom', 'anonymize=yes', 'frameNumber=1']
    : ['limit=1'];
  return [
    [path],
    ...conditions.map((headers): Request => [path, { headers }]),
    [path, { method: 'HEAD', headers: { 'If-None-Match': etag } }],
    ...parameters.map((parameter): Request => [`${path}${joint}${parameter}`]),
  ];
}

async function refusedAlike(archive: ArchiveClient, request: Request): Promise<number> {
  const [path, init] = request;
  const absent = await said(archive, ABSENT, path, init);
  const hidden = await said(archive, HIDDEN, path, init);
  const note = JSON.stringify(request);
  expect(hidden, note).toEqual(absent);
  // 410 is for those who could see it.
  if (init?.headers === undefined) expect(await said(archive, DELETED, path, init), note).toEqual(absent);
  return absent.status;
}

describe('a study that its principal cannot see', () => {
  it('is answered as one that does not exist: status, headers, body, queries and reads of each resource', async () => {
    const archive = await isolate();
    await said(archive, SEEN, '/dicomweb/studies/STUDY/metadata');
    let count = 0;
    for (const resource of RESOURCES) {
      for (const request of await requestsFor(resource)) {
        const status = await refusedAlike(archive, request);
        count += 1;
        if (!resource.name.startsWith('Search')) expect([400, 404, 406], resource.path).toContain(status);
      }
    }
    console.info(`${count} requests, each to a hidden and an absent study`);
    expect((await whole.fetch(`/dicomweb/studies/${HIDDEN}`)).status).toBe(200);
  });

  it('is refused in the same way when another principal of the isolate has just read it', async () => {
    const archive = archiveClient({ ALLOW_ANONYMOUS: 'true', ROLES }, undefined, whole.prefix);
    await said(archive, SEEN, '/dicomweb/studies');
    for (const { method, path } of RESOURCES.filter(({ method }) => method === 'GET')) {
      expect((await archive.fetch(path.replaceAll('STUDY', HIDDEN), { method })).status, path).toBe(200);
      await refusedAlike(archive, [path]);
    }
  });

  it('is found by no search, count or paging mark', async () => {
    const archive = await isolate();
    for (const query of [
      'StudyInstanceUID=STUDY',
      'StudyInstanceUID=STUDY&count=true',
      'SOPInstanceUID=STUDY.1&count=true&limit=1',
      'AccessionNumber=OTHER&count=true',
      'PatientName=*&count=true&limit=1',
    ]) {
      for (const level of ['studies', 'series', 'instances'])
        await refusedAlike(archive, [`/dicomweb/${level}?${query}`]);
    }
    const all = await said(archive, SEEN, '/dicomweb/studies?count=true&limit=1');
    expect(all.body).toContain('STUDY');
    expect(JSON.stringify(all.headers)).toContain('["x-total-count","1"]');
  });

  it('says nothing of itself where the whole archive is reported: that needs a permission that is never confined', async () => {
    const archive = await isolate();
    for (const path of ['/statistics', '/metrics', '/audit?study=STUDY', '/keys', '/dicomweb/studies/STUDY/labels']) {
      expect(await refusedAlike(archive, [path]), path).toBe(403);
    }
  });
});

describe.each(['reject', 'keep', 'replace'])('a store into it, with DUPLICATES=%s', (DUPLICATES) => {
  const send = async (archive: ArchiveClient, study: string, more: object, key?: string) => {
    const { headers, body } = multipart([fileOf(study, more)]);
    return await said(archive, study, '/dicomweb/studies/STUDY', {
      method: 'POST',
      headers: key === undefined ? headers : { ...headers, 'Idempotency-Key': key },
      body,
    });
  };
  /** Object keys hold random names. */
  const told = ({ operations, ...rest }: Said) => ({
    ...rest,
    operations: { ...operations, r2Writes: operations.r2Writes.length, r2Reads: operations.r2Reads.length },
  });

  it('is answered as one into a study that does not exist, repeated with its Idempotency-Key or not', async () => {
    const archive = await isolate({ DUPLICATES });
    for (const [more, key] of [
      [{}, 'one'],
      [{}, 'one'],
      [{}, 'two'],
      [{ seed: 2 }, 'one'],
      [{ seed: 2 }, 'three'],
      [{ sop: '9.9' }, undefined],
    ] as const) {
      const own = (study: string) => ('sop' in more ? { ...more, sop: `${study}.5` } : more);
      const absent = told(await send(archive, ABSENT, own(ABSENT), key));
      const hidden = told(await send(archive, HIDDEN, own(HIDDEN), key));
      expect({ ...hidden, operations: undefined }).toEqual({ ...absent, operations: undefined });
      // What the queue is asked for afterwards differs: nothing is made ready for a study that nobody can see.
      expect(hidden.operations.d1).toBe(absent.operations.d1);
      expect(hidden.operations.r2Writes).toBe(absent.operations.r2Writes);
    }
  });

  it('fills the quota as another store does', async () => {
    // Three instances are there, one of them deleted. What is put aside takes room too.
    const statuses = async (study: string, MAX_ARCHIVE_INSTANCES: string) => {
      const archive = await isolate({ DUPLICATES, MAX_ARCHIVE_INSTANCES });
      const found = [];
      for (const sop of [2, 3, 4]) found.push((await send(archive, study, { sop: `${study}.${sop}` })).status);
      return found;
    };
    expect(await statuses(HIDDEN, '5')).toEqual([200, 200, 507]);
    expect(await statuses(ABSENT, '7')).toEqual([200, 200, 507]);
  });
});

describe('an answer that was kept for an Idempotency-Key', () => {
  let archive: ArchiveClient;
  beforeEach(async () => {
    archive = await isolate();
  });
  const send = async (key: string) => {
    const { headers, body } = multipart([fileOf(ABSENT)]);
    const init = { method: 'POST', headers: { ...headers, 'Idempotency-Key': 'the same' }, body };
    const { headers: answered } = await said(archive, ABSENT, '/dicomweb/studies', init, key);
    return answered.some(([name]) => name === 'idempotent-replayed');
  };

  it('is repeated to its own principal alone', async () => {
    expect(await send(keys.part)).toBe(false);
    expect(await send(keys.part)).toBe(true);
    expect(await send(keys.other)).toBe(false);
  });
});

describe('a share of a study', () => {
  it('is seen and revoked by those who see the study, and by who made it', async () => {
    const json = { 'Content-Type': 'application/json' };
    const share = async (study: string) => {
      const made = await whole.fetch(`/dicomweb/studies/${study}/shares`, {
        method: 'POST',
        headers: json,
        body: '{}',
      });
      return ((await made.json()) as { id: string }).id;
    };
    const [seen, hidden] = [await share(SEEN), await share(HIDDEN)];
    const archive = await isolate();
    const listed = await said(archive, SEEN, '/shares');
    expect((JSON.parse(listed.body) as { shares: { id: string }[] }).shares.map(({ id }) => id)).toEqual([seen]);
    for (const method of ['GET', 'DELETE']) {
      const none = await said(archive, '0123456789abcdef', '/shares/STUDY', { method });
      expect(none.status).toBe(404);
      expect(await said(archive, hidden, '/shares/STUDY', { method })).toEqual(none);
    }
    const [left] = (
      (await (await whole.fetch('/shares')).json()) as { shares: { id: string; revoked?: string }[] }
    ).shares.filter(({ id }) => id === hidden);
    expect(left!.revoked).toBeUndefined();
    expect((await said(archive, seen, '/shares/STUDY', { method: 'DELETE' })).status).toBe(204);
  });
});
