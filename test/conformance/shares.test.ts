import { beforeEach, describe, expect, it, vi } from 'vitest';
import { newKeyText, SHARE_PREFIX } from '../../src/access/key-text';
import { SERVICES } from '../../src/dicomweb/routes';
import { type ArchiveClient, archiveClient, multipart } from '../support/archive-client';
import { slice } from '../support/samples';
import { withArchive } from '../support/with-archive';

const ROLES = JSON.stringify({
  sharer: { permissions: ['share', 'search', 'retrieve', 'store'] },
  north: { permissions: ['share'], studies: { AccessionNumber: ['N*'] } },
});
const STUDY = '/dicomweb/studies/1.2.3.4';
const OTHER = '/dicomweb/studies/1.2.9';
const DAY_MS = 24 * 60 * 60 * 1000;

interface Made {
  readonly id: string;
  readonly token: string;
  readonly link: string;
  readonly [member: string]: unknown;
}

interface Opened {
  readonly id: string;
  readonly root: string;
  readonly viewer: string;
  readonly ticket: string;
}

let archive: ArchiveClient;
let keys: Record<'sharer' | 'north', string>;

withArchive(async () => {
  const open = archiveClient({ ROLES });
  archive = archiveClient({ ALLOW_ANONYMOUS: '', ROLES }, undefined, open.prefix);
  await open.store([
    slice(),
    slice({ series: '1.2.3.4.5', sop: '1.2.3.4.5.1', seed: 2 }),
    slice({ study: '1.2.9', series: '1.2.9.1', sop: '1.2.9.1.1', seed: 3 }),
  ]);
  const key = async (role: string) => {
    const body = JSON.stringify({ name: role, roles: [role] });
    const made = await open.fetch('/keys', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    return ((await made.json()) as { key: string }).key;
  };
  keys = { sharer: await key('sharer'), north: await key('north') };
});

const sent = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

async function share(body: object = {}, resource = STUDY): Promise<Made> {
  const response = await archive.fetch(`${resource}/shares`, sent(body, bearer(keys.sharer)));
  expect(response.status).toBe(201);
  return await response.json();
}

/** Opens a link as a browser does. @returns the answer, and a function that sends requests with the cookie */
async function opened({ token }: Made, body: object = {}) {
  const response = await archive.fetch('/shares/open', sent({ token, ...body }));
  expect(response.status).toBe(200);
  const cookie = response.headers.get('Set-Cookie')!;
  const [pair = ''] = cookie.split(';');
  const answer = (await response.json()) as Opened;
  const get = (path: string, init: RequestInit = {}) =>
    archive.fetch(path, { ...init, headers: { Cookie: pair, ...init.headers } });
  return { ...answer, cookie, get };
}

/** Every resource of a study that can be read, without /dicomweb. */
const READS = SERVICES.flatMap(({ routes }) => routes)
  .filter(
    ([method, path, , access]) => method === 'GET' && path.startsWith('/studies/{study}') && access !== 'administer',
  )
  .map(([, path]) => path);
const uids = { study: '1.2.3.4', series: '1.2.3.4.0', instance: '1.2.3.4.1', frames: '1', path: '7FE00010' };
const filled = (path: string, named: Record<string, string> = uids) =>
  path.replace(/\{\+?(\w+)\}/g, (_, name: string) => named[name]!);

describe('a share', () => {
  it('shows its study and nothing else, by the cookie that its link is exchanged for', async () => {
    const made = await share({ permission: 'download' });
    expect(new URL(made.link).hash).toBe(`#${made.token}`);
    const { root, viewer, cookie, get } = await opened(made);
    expect(root).toBe(`/shares/${made.id}/dicomweb`);
    expect(viewer).toBe(`/viewer?StudyInstanceUIDs=1.2.3.4&share=${made.id}`);
    expect(cookie).toContain(`Path=/shares/${made.id};`);
    expect(cookie).toMatch(/Secure; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
    for (const path of READS) expect((await get(root + filled(path))).status, path).toBe(200);
    const listed = (await (await get(`${root}/studies`)).json()) as unknown[];
    expect(JSON.stringify(listed)).toContain(`http://archive.test/shares/${made.id}/dicomweb/studies/1.2.3.4`);
    expect(listed).toHaveLength(1);
    const elsewhere = { ...uids, study: '1.2.9', series: '1.2.9.1', instance: '1.2.9.1.1' };
    for (const path of READS) {
      const [hidden, absent] = [
        get(root + filled(path, elsewhere)),
        get(root + filled(path, { ...uids, study: '1.9' })),
      ];
      const [one, other] = [await hidden, await absent];
      expect([one.status, await one.text()], path).toEqual([other.status, await other.text()]);
    }
    const wado = `/shares/${made.id}/wado?requestType=WADO&studyUID=1.2.3.4&seriesUID=1.2.3.4.0&objectUID=1.2.3.4.1`;
    expect((await get(wado)).status).toBe(200);
    const session = await get(`/shares/${made.id}/session`);
    expect(await session.json()).toMatchObject({
      kind: 'share',
      permissions: ['search', 'retrieve'],
      canSignOut: false,
    });
    expect((await archive.fetch(`/shares/${made.id}/session`)).status).toBe(401);
  });

  it('changes nothing, and its cookie opens nothing but the share', async () => {
    const made = await share();
    const { root, get } = await opened(made);
    const restore = `${root}/studies/1.2.3.4/restore`;
    expect((await get(restore, { method: 'POST' })).status).toBe(403);
    expect((await get(`${root}/studies/1.2.3.4`, { method: 'DELETE' })).status).toBe(403);
    expect((await get(`${root}/studies/1.2.3.4/shares`, sent({}))).status).toBe(403);
    for (const path of ['/dicomweb/studies', STUDY, '/keys', '/audit', '/shares', '/statistics']) {
      expect((await get(path)).status, path).toBe(401);
    }
    const other = await share({}, OTHER);
    expect((await get(`/shares/${other.id}/dicomweb/studies`)).status).toBe(401);
  });

  it('is not opened by another credential: under its URLs nothing else counts', async () => {
    const made = await share();
    const path = `/shares/${made.id}/dicomweb/studies`;
    expect((await archive.fetch(path)).status).toBe(401);
    expect((await archive.fetch(path, { headers: bearer(keys.sharer) })).status).toBe(401);
    const everybody = archiveClient({ ROLES }, undefined, archive.prefix);
    expect((await everybody.fetch('/dicomweb/studies')).status).toBe(200);
    expect((await everybody.fetch(path)).status).toBe(401);
  });

  it('of a series shows one series, and counts that one alone', async () => {
    const made = await share({}, `${STUDY}/series/1.2.3.4.5`);
    const { root, get } = await opened(made);
    const [study] = (await (await get(`${root}/studies`)).json()) as Record<string, { Value: unknown[] }>[];
    expect(study!['00201206']!.Value).toEqual([1]);
    expect(study!['00201208']!.Value).toEqual([1]);
    expect((await get(`${root}/studies/1.2.3.4/series/1.2.3.4.5/metadata`)).status).toBe(200);
    expect((await get(`${root}/studies/1.2.3.4/series/1.2.3.4.0/metadata`)).status).toBe(404);
    expect((await (await get(`${root}/studies/1.2.3.4/metadata`)).json()) as unknown[]).toHaveLength(1);
  });

  it('to look at gives no whole studies or series', async () => {
    const { root, get } = await opened(await share());
    expect((await get(`${root}/studies/1.2.3.4/metadata`)).status).toBe(200);
    expect((await get(`${root}/studies/1.2.3.4`)).status).toBe(403);
    expect(
      (await get(`${root}/studies/1.2.3.4/series/1.2.3.4.0`, { headers: { Accept: 'application/zip' } })).status,
    ).toBe(403);
  });
});

describe('a share that is de-identified', () => {
  const NAMES = /Neptune|MRN0000002|Galle|A000041576|1\.2\.3\.4/;

  it('tells nothing of the patient in any answer, and its study can be opened and searched', async () => {
    const made = await share({ deidentify: { cleanDescriptors: true }, permission: 'download' });
    const { root, viewer, get } = await opened(made);
    const study = new URLSearchParams(viewer.slice(viewer.indexOf('?'))).get('StudyInstanceUIDs')!;
    expect(study).toMatch(/^2\.25\./);
    const value = async (path: string, tag: string) =>
      ((await (await get(path)).json()) as Record<string, { Value: string[] }>[])[0]![tag]!.Value[0]!;
    const series = await value(`${root}/studies/${study}/series`, '0020000E');
    const instance = await value(`${root}/studies/${study}/series/${series}/instances`, '00080018');
    for (const path of READS) {
      const answer = await get(root + filled(path, { ...uids, study, series, instance }));
      expect(answer.status, path).toBe(200);
      const text = new TextDecoder('latin1').decode(await answer.arrayBuffer());
      expect(text + JSON.stringify([...answer.headers]), path).not.toMatch(NAMES);
    }
    for (const path of READS) {
      const [real, absent] = [
        await get(root + filled(path)),
        await get(root + filled(path, { ...uids, study: '1.9' })),
      ];
      expect([real.status, await real.text()], path).toEqual([absent.status, await absent.text()]);
    }
    const listed = await (await get(`${root}/studies`)).text();
    expect(listed).not.toMatch(NAMES);
    expect(JSON.parse(listed)).toHaveLength(1);
  });

  it('is recorded under the study that the archive has', async () => {
    const { root, viewer, get } = await opened(await share({ deidentify: true }));
    const study = new URLSearchParams(viewer.slice(viewer.indexOf('?'))).get('StudyInstanceUIDs')!;
    expect((await get(`${root}/studies/${study}/metadata`)).status).toBe(200);
    const everybody = archiveClient({ ROLES }, undefined, archive.prefix);
    const events = (await (await everybody.fetch('/audit?study=1.2.3.4&action=access')).json()) as object[];
    expect(events).toMatchObject([{ principalKind: 'share', outcome: 'success', retrievals: 1 }]);
  });

  it('gives the same study other UIDs in another share', async () => {
    const views = [await opened(await share({ deidentify: true })), await opened(await share({ deidentify: true }))];
    expect(views[0]!.viewer.split('&')[0]).not.toBe(views[1]!.viewer.split('&')[0]);
  });

  it('is refused for images that may show a name, unless the sharer has looked at them', async () => {
    const key = bearer(keys.sharer);
    const file = slice({ study: '1.2.8', series: '1.2.8.1', sop: '1.2.8.1.1', elements: [[0x00080060, 'CS', 'US']] });
    await archive.fetch('/dicomweb/studies', { method: 'POST', ...withKey(multipart([file]), key) });
    const path = '/dicomweb/studies/1.2.8/shares';
    const refused = await archive.fetch(path, sent({ deidentify: true }, key));
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringMatching(/1 because its modality/)]);
    expect((await archive.fetch(path, sent({ deidentify: { allowIdentifyingPixels: true } }, key))).status).toBe(201);
    expect((await archive.fetch(path, sent({ deidentify: { retainAll: true } }, key))).status).toBe(400);
  });
});

function withKey(
  init: { headers: Record<string, string>; body: Uint8Array },
  key: Record<string, string>,
): RequestInit {
  return { ...init, headers: { ...init.headers, ...key } };
}

describe('the secret of a link', () => {
  it('is a Bearer token for scripts, where it can be used any number of times and has no pass phrase', async () => {
    const made = await share();
    for (const path of ['/dicomweb/studies', `/shares/${made.id}/dicomweb/studies`]) {
      const response = await archive.fetch(path, { headers: bearer(made.token) });
      expect([response.status, ((await response.json()) as unknown[]).length], path).toEqual([200, 1]);
    }
    for (const body of [{ uses: 3 }, { passphrase: 'correct horse' }]) {
      const { token } = await share(body);
      expect((await archive.fetch('/dicomweb/studies', { headers: bearer(token) })).status).toBe(401);
    }
    const { ticket } = await opened(await share({ uses: 1 }));
    expect((await archive.fetch('/dicomweb/studies', { headers: bearer(ticket) })).status).toBe(200);
  });

  it('ends with the share, whose end reaches every isolate within a minute', async () => {
    const made = await share({ expires: new Date(Date.now() + DAY_MS).toISOString() });
    const { root, get } = await opened(made);
    const picture = `${root}/studies/1.2.3.4/thumbnail`;
    expect((await get(picture)).status).toBe(200);
    const isolate = archiveClient({ ALLOW_ANONYMOUS: '', ROLES }, undefined, archive.prefix);
    const revoked = await isolate.fetch(`/shares/${made.id}`, { method: 'DELETE', headers: bearer(keys.sharer) });
    expect(revoked.status).toBe(204);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    try {
      expect((await get(picture)).status).toBe(401);
      const again = await archive.fetch('/shares/open', sent({ token: made.token }));
      expect([again.status, await again.json()]).toMatchObject([403, { detail: 'The share is revoked.' }]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('ends when the share expires', async () => {
    const made = await share({ expires: new Date(Date.now() + DAY_MS).toISOString() });
    const { root, get } = await opened(made);
    expect((await get(`${root}/studies`)).status).toBe(200);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + DAY_MS });
    try {
      expect((await get(`${root}/studies`)).status).toBe(401);
      expect((await archive.fetch('/dicomweb/studies', { headers: bearer(made.token) })).status).toBe(401);
      expect((await archive.fetch('/shares/open', sent({ token: made.token }))).status).toBe(403);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is no secret that a page gets: a browser has the cookie alone', async () => {
    const { token } = await share();
    const headers = { Origin: 'http://archive.test', 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors' };
    const response = await archive.fetch('/shares/open', sent({ token }, headers));
    expect(response.headers.get('Set-Cookie')).toContain('__Secure-share-');
    expect(await response.json()).not.toHaveProperty('ticket');
  });

  it('is opened as often as the sharer allows', async () => {
    const made = await share({ uses: 1 });
    await opened(made);
    expect((await archive.fetch('/shares/open', sent({ token: made.token }))).status).toBe(403);
  });

  it('needs the pass phrase where there is one', async () => {
    const made = await share({ passphrase: 'correct horse' });
    const asked = await archive.fetch('/shares/open', sent({ token: made.token }));
    expect([asked.status, await asked.json()]).toMatchObject([403, { code: 'passphrase-needed' }]);
    const wrong = await archive.fetch('/shares/open', sent({ token: made.token, passphrase: 'wrong horse' }));
    expect([wrong.status, await wrong.json()]).toMatchObject([403, { code: 'passphrase-needed' }]);
    const { root, get } = await opened(made, { passphrase: 'correct horse' });
    expect((await get(`${root}/studies`)).status).toBe(200);
  });

  it('cannot be forged or guessed', async () => {
    const made = await share();
    const { ticket, root } = await opened(made);
    const [id = '', end = '', signed = ''] = ticket.split('.');
    const later = (Number.parseInt(end, 36) + DAY_MS).toString(36);
    const other = await share({}, OTHER);
    for (const forged of [
      `${id}.${later}.${signed}`,
      `dwt_${other.id}.${end}.${signed}`,
      `${id}.${end}.${'A'.repeat(43)}`,
      newKeyText(SHARE_PREFIX),
      `${made.token.slice(0, -1)}_`,
    ]) {
      expect((await archive.fetch(`${root}/studies`, { headers: bearer(forged) })).status).toBe(401);
      expect((await archive.fetch('/dicomweb/studies', { headers: bearer(forged) })).status).toBe(401);
    }
    const guess = () =>
      archive.fetch('/shares/open', sent({ token: newKeyText(SHARE_PREFIX) }, { 'CF-Connecting-IP': '192.0.2.99' }));
    for (let times = 0; times < 20; times += 1) expect((await guess()).status).toBe(403);
    expect((await guess()).status).toBe(429);
  });
});

describe('sharing', () => {
  it('needs the permission, and a study that the sharer can see', async () => {
    for (const [key, path, status] of [
      [keys.north, STUDY, 404],
      [keys.sharer, '/dicomweb/studies/1.9', 404],
      [(await share()).token, STUDY, 403],
    ] as const) {
      expect((await archive.fetch(`${path}/shares`, sent({}, bearer(key)))).status).toBe(status);
    }
  });

  it('is listed without secrets, for its maker alone, and checked', async () => {
    const made = await share({ note: 'Second opinion', uses: 2 });
    const listed = await (await archive.fetch('/shares', { headers: bearer(keys.sharer) })).json();
    expect(listed).toMatchObject({ shares: [{ id: made.id, note: 'Second opinion', uses: { count: 0, most: 2 } }] });
    expect(JSON.stringify(listed)).not.toContain(made.token);
    // The other sharer cannot see the study.
    expect(await (await archive.fetch('/shares', { headers: bearer(keys.north) })).json()).toEqual({ shares: [] });
    for (const id of [made.id, '0123456789abcdef']) {
      for (const method of ['GET', 'DELETE']) {
        expect((await archive.fetch(`/shares/${id}`, { method, headers: bearer(keys.north) })).status).toBe(404);
      }
    }
    for (const body of [
      { expires: '2020-01-01' },
      { expires: 'soon' },
      { uses: 0 },
      { permission: 'all' },
      { passphrase: 'short' },
      { note: 7 },
      { colour: 'red' },
    ]) {
      expect((await archive.fetch(`${STUDY}/shares`, sent(body, bearer(keys.sharer)))).status).toBe(400);
    }
  });
});

beforeEach(() => {
  vi.useRealTimers();
});
