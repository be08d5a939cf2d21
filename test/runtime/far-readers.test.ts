import { describe, expect, it } from 'vitest';
import { BEHIND_MS } from '../../src/storage/statements/d1-client';
import { bearer, create, sent } from '../support/access/key-deployment';
import { withArchive } from '../support/archive/with-archive';
import { multipart } from '../support/clients/archive-client';
import { type FarAway, type FarIsolate, farAway } from '../support/databases/far-away';
import { slice } from '../support/files/samples';
import { skipTime } from '../support/time/skipped-time';

/*
 * An index with a read replica that lags: what a client sees in an isolate that the replica answers. PS3.18 says nothing of
 * copies, so every answer has to be one that a single database could have given.
 */

const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = `${STUDY}/series/1.2.3.4.0`;
const INSTANCE = `${SERIES}/instances/1.2.3.4.1`;
const STUDIES = '/dicomweb/studies';

let deployment: FarAway;
/** Where the archive is written. */
let near: FarIsolate;
/** A key that can only read. */
let reader: { readonly headers: Record<string, string> };

withArchive(async () => {
  deployment = await farAway('');
  near = deployment.isolate();
  reader = bearer((await create(near, { name: 'Viewer', roles: ['reader'] })).key);
});

const study = (n: number, more = {}) =>
  slice({ study: `1.2.9.${n}`, series: `1.2.9.${n}.1`, sop: `1.2.9.${n}.1.1`, ...more });
const storeStudies = async (...numbers: number[]) => {
  for (const n of numbers) expect((await near.store([study(n)])).status).toBe(200);
};

/** An isolate that reads from the replica as it is now. */
async function warm(): Promise<FarIsolate> {
  await deployment.replica.catchUp();
  const far = deployment.locked();
  expect((await far.fetch(`${STUDIES}?PatientID=nobody`, reader)).status).toBe(200);
  // The key's last use is noted, too.
  await deployment.replica.catchUp();
  Object.assign(far.trips, { primary: 0, replica: 0, record: 0 });
  return far;
}

async function uids(far: FarIsolate, path: string, init: RequestInit): Promise<string[]> {
  const answer = await far.fetch(path, init);
  expect([200, 204]).toContain(answer.status);
  const text = await answer.text();
  const found = text === '' ? [] : (JSON.parse(text) as Record<string, { Value: string[] }>[]);
  return found.map((each) => each['0020000D']!.Value[0]!).sort();
}

it('is read from the replica while nothing is missing there', async () => {
  await storeStudies(1, 2);
  const far = await warm();
  expect(await uids(far, STUDIES, reader)).toEqual(['1.2.9.1', '1.2.9.2']);
  expect((await far.fetch(`${STUDIES}/1.2.9.1/metadata`, reader)).status).toBe(200);
  expect(far.trips).toMatchObject({ primary: 0, replica: 2 });
});

it('is read from the primary when the replica does not answer', async () => {
  await storeStudies(1);
  const far = await warm();
  deployment.replica.isBroken = true;
  expect(await uids(far, STUDIES, reader)).toEqual(['1.2.9.1']);
  expect(far.trips).toMatchObject({ primary: 1, replica: 1 });
});

describe('a client that has changed something', () => {
  it('sees it in another isolate: by the bookmark, which it sends as a header or as a cookie', async () => {
    await storeStudies(1);
    for (const [n, carried] of [
      [2, (answer: Response) => ({ 'Archive-Bookmark': answer.headers.get('Archive-Bookmark')! })],
      [3, (answer: Response) => ({ Cookie: answer.headers.getSetCookie()[0]!.split(';')[0]! })],
    ] as const) {
      const far = await warm();
      const answer = await near.store([study(n)]);
      expect(await uids(far, STUDIES, reader)).not.toContain(`1.2.9.${n}`);
      const headers = { ...reader.headers, ...carried(answer) };
      expect(await uids(far, STUDIES, { headers })).toContain(`1.2.9.${n}`);
      // This isolate has seen that state now, and shows no earlier one to anybody.
      Object.assign(far.trips, { primary: 0, replica: 0, record: 0 });
      expect(await uids(far, STUDIES, { headers })).toContain(`1.2.9.${n}`);
      expect(await uids(far, STUDIES, reader)).toContain(`1.2.9.${n}`);
      expect(far.trips.primary).toBe(0);
    }
  });

  it('sees it without a bookmark, if its key may change something', async () => {
    const modality = bearer((await create(near, { name: 'Modality', roles: ['uploader', 'reader'] })).key);
    const far = await warm();
    const { headers, body } = multipart([study(5)]);
    await near.fetch(STUDIES, { method: 'POST', body, headers: { ...headers, ...modality.headers } });
    expect(await uids(far, STUDIES, modality)).toEqual(['1.2.9.5']);
    expect((await far.fetch(`${STUDIES}/1.2.9.5/metadata`, modality)).status).toBe(200);
  });

  it('only takes a longer way with a bookmark that it made up', async () => {
    await storeStudies(1);
    const far = await warm();
    const headers = { ...reader.headers, 'Archive-Bookmark': 'zzzzzzzz' };
    expect(await uids(far, STUDIES, { headers })).toEqual(['1.2.9.1']);
    expect(far.trips).toMatchObject({ primary: 1, replica: 0 });
    expect(await uids(far, STUDIES, reader)).toEqual(['1.2.9.1']);
    expect(far.trips).toMatchObject({ primary: 1, replica: 1 });
  });
});

describe('what the replica does not have yet', () => {
  const paths = [
    INSTANCE,
    `${INSTANCE}/metadata`,
    `${INSTANCE}/frames/1`,
    `${INSTANCE}/rendered`,
    `${STUDY}/metadata`,
    `${SERIES}/metadata`,
    `${STUDY}/thumbnail`,
    `${SERIES}/instances`,
    `${STUDY}/series`,
    `${STUDIES}?StudyInstanceUID=1.2.3.4`,
  ];

  it('is read from the primary: nothing that exists is said not to', async () => {
    const isolates = [];
    for (const path of paths) isolates.push([path, await warm()] as const);
    expect((await near.store([slice()])).status).toBe(200);
    for (const [path, far] of isolates) {
      const answer = await far.fetch(path, reader);
      expect([answer.status, path]).toEqual([200, path]);
      expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(2);
    }
  });

  it('is looked for when some of several UIDs are missing', async () => {
    await storeStudies(1);
    const far = await warm();
    await storeStudies(2);
    expect(await uids(far, `${STUDIES}?StudyInstanceUID=1.2.9.1,1.2.9.2`, reader)).toEqual(['1.2.9.1', '1.2.9.2']);
  });

  it('is not there when the primary says so too', async () => {
    const far = await warm();
    expect((await far.fetch(`${INSTANCE}/metadata`, reader)).status).toBe(404);
    expect(far.trips.primary).toBeGreaterThan(0);
  });

  it('is found by its neighbours too: an instance of a series that the replica has in part', async () => {
    await near.store([slice({ sop: '1.2.3.4.2' })]);
    const far = await warm();
    await near.store([slice()]);
    expect((await far.fetch(`${INSTANCE}/frames/1`, reader)).status).toBe(200);
  });
});

describe('what was removed', () => {
  it('is not answered for by the replica longer than is documented', async () => {
    await near.store([slice()]);
    const far = await warm();
    expect((await near.fetch(STUDY, { method: 'DELETE' })).status).toBe(204);
    skipTime(BEHIND_MS);
    expect((await far.fetch(`${STUDY}/metadata`, reader)).status).toBe(410);
    expect(await uids(far, STUDIES, reader)).toEqual([]);
  });

  it('is answered with 410, and with no error, when its bytes are gone before the replica knows', async () => {
    await near.store([slice()]);
    const far = await warm();
    expect((await near.fetch(STUDY, { method: 'DELETE' })).status).toBe(204);
    const { objects } = await near.bindings.bucket.list();
    await near.bindings.bucket.delete(objects.map(({ key }) => key));
    for (const path of [INSTANCE, `${INSTANCE}/frames/1`]) {
      expect((await far.fetch(path, reader)).status).toBe(410);
    }
  });

  it('a revoked key, and a share, count in no isolate that looks them up', async () => {
    await near.store([slice()]);
    const { id, key } = await create(near, { name: 'Lost', roles: ['reader'] });
    const share = (await (await near.fetch(`${STUDY}/shares`, sent({}))).json()) as { id: string; token: string };
    const far = await warm();
    await near.fetch(`/keys/${id}`, { method: 'DELETE' });
    await near.fetch(`/shares/${share.id}`, { method: 'DELETE' });
    expect((await far.fetch(STUDIES, bearer(key))).status).toBe(401);
    expect((await far.fetch(STUDIES, bearer(share.token))).status).toBe(401);
  });
});

describe('a list', () => {
  it('has a total that its page does not exceed', async () => {
    await storeStudies(1);
    const far = await warm();
    await storeStudies(2, 3);
    const answer = await far.fetch(`${STUDIES}?StudyInstanceUID=1.2.9.1,1.2.9.2,1.2.9.3&count=true`, reader);
    expect(await answer.json()).toHaveLength(3);
    expect(answer.headers.get('X-Total-Count')).toBe('3');
  });

  it('neither repeats nor misses a study on its pages, whatever arrives between them', async () => {
    await storeStudies(1, 2, 3, 4);
    const far = await warm();
    // Kept at the primary, and newer than what the replica has.
    const other = deployment.locked();
    await storeStudies(5);
    const first = await uids(other, `${STUDIES}?limit=2`, reader);
    await storeStudies(6);
    const second = await uids(far, `${STUDIES}?limit=2&offset=2`, reader);
    const third = await uids(far, `${STUDIES}?limit=2&offset=4`, reader);
    expect([...first, ...second, ...third].sort()).toEqual([1, 2, 3, 4, 5].map((n) => `1.2.9.${n}`));
  });

  it('that the isolate keeps is of the state that the asked copy has', async () => {
    await storeStudies(1);
    const far = await warm();
    const before = await uids(far, STUDIES, reader);
    await storeStudies(2);
    // The replica is as it was, and so is the list.
    expect(await uids(far, STUDIES, reader)).toEqual(before);
    const headers = { ...reader.headers, 'Archive-Bookmark': 'zzzzzzzz' };
    expect(await uids(far, STUDIES, { headers })).toEqual(['1.2.9.1', '1.2.9.2']);
    expect(await uids(far, STUDIES, reader)).toEqual(['1.2.9.1', '1.2.9.2']);
    await storeStudies(3);
    await deployment.replica.catchUp();
    expect(await uids(far, STUDIES, reader)).toEqual(['1.2.9.1', '1.2.9.2', '1.2.9.3']);
  });
});
