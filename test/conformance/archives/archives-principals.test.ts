import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newKeyText, SHARE_PREFIX } from '../../../src/access/key-text';
import { SERVICES } from '../../../src/dicomweb/routes';
import { SignInProvider } from '../../support/access/sign-in-provider';
import { networkOf, providerKey, TokenProvider } from '../../support/access/token-provider';
import { withSharedArchive } from '../../support/archive/with-archive';
import { multipart } from '../../support/clients/archive-client';
import { digestOf } from '../../support/files/encapsulated';
import { slice } from '../../support/files/samples';
import { type Fetch, migrateNorth, twoArchives } from '../../support/platform/two-archives';

const NORTH = '/archives/north';
const NONE = '/archives/none';

const READING = ['search', 'retrieve', 'delete', 'share'];
const SETTINGS = {
  ROLES: {
    own: { permissions: READING },
    north: { permissions: READING, archives: ['north'] },
    both: { permissions: READING, archives: ['*'] },
  },
  ISSUERS: [{ issuer: 'https://tokens.example', audience: 'archive', rolesClaim: 'roles' }],
  SIGN_IN: { issuer: 'https://id.example', clientID: 'viewer', rolesClaim: 'roles' },
  OIDC_CLIENT_SECRET: 'secretOfTheClient',
  SESSION_KEY: 'a key of a test that has enough characters',
};

/** The same UIDs in both archives, with other patients and other pixels. */
const FILES = {
  own: slice({ seed: 1, elements: [[0x00100010, 'PN', 'Own^Patient']] }),
  north: slice({ seed: 2, elements: [[0x00100010, 'PN', 'North^Patient']] }),
};

const UIDS: Record<string, string> = {
  study: '1.2.3.4',
  series: '1.2.3.4.0',
  instance: '1.2.3.4.1',
  frames: '1',
  path: '7FE00010',
};
const READS = SERVICES.flatMap(({ base, routes }) =>
  routes
    .filter(([method, path]) => method === 'GET' && !path.endsWith('-attributes'))
    .filter(([, , , access]) => access === 'search' || access === 'retrieve')
    .map(([, path]) => base + path.replace(/\{\+?(\w+)\}/g, (_, name: string) => UIDS[name]!)),
).map((path) =>
  path === '/wado' ? `${path}?requestType=WADO&studyUID=1.2.3.4&seriesUID=1.2.3.4.0&objectUID=1.2.3.4.1` : path,
);
const STUDY = '/dicomweb/studies/1.2.3.4';

type Headers = Readonly<Record<string, string>>;

interface Asker {
  readonly headers: Headers;
  /** Status in the deployment's own archive, in north, and in one that does not exist. */
  readonly own: number;
  readonly north: number;
  readonly none: number;
}

let open: Fetch;
let closed: Fetch;
let askers: Record<string, Asker>;
/** What everybody is answered where all are let in, by path. */
const truth = new Map<string, Awaited<ReturnType<typeof said>>>();

const bearer = (token: string): Headers => ({ Authorization: `Bearer ${token}` });
const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

/** Status, entity tag and body, whatever the boundaries of parts are called. */
async function said(response: Response) {
  const boundary = /boundary="?([^";]+)/.exec(response.headers.get('Content-Type') ?? '')?.[1] ?? '\0';
  const text = new TextDecoder('latin1').decode(await response.arrayBuffer());
  const body = new TextEncoder().encode(text.replaceAll(boundary, 'BOUNDARY'));
  return { status: response.status, etag: response.headers.get('ETag'), body: await digestOf(body) };
}

async function key(role: string, archive = ''): Promise<Headers> {
  const made = await open(`${archive}/keys`, json({ name: role, roles: [role] }));
  return bearer(((await made.json()) as { key: string }).key);
}

async function shared(archive: string) {
  const made = await open(`${archive}${STUDY}/shares`, json({ permission: 'download' }));
  const { id, token } = (await made.json()) as { id: string; token: string };
  const opened = await closed(`${archive}/shares/open`, json({ token }));
  expect(opened.status, archive).toBe(200);
  const cookie = { Cookie: opened.headers.get('Set-Cookie')!.split(';')[0]! };
  return { id, token, cookie, ticket: bearer(((await opened.json()) as { ticket: string }).ticket) };
}

async function signedIn(provider: SignInProvider, roles: string[]): Promise<Headers> {
  provider.claims = { name: 'Anna', sub: roles.join(), roles };
  const cookies = (response: Response) =>
    response.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
  const begin = await closed('/sign-in');
  const back = await closed(provider.signIn(begin.headers.get('Location')!), { headers: { Cookie: cookies(begin) } });
  return {
    Cookie: cookies(back)
      .split('; ')
      .filter((each) => each.startsWith('__Host-session'))
      .join(),
  };
}

let shares: { own: Awaited<ReturnType<typeof shared>>; north: Awaited<ReturnType<typeof shared>> };

beforeAll(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

withSharedArchive(async () => {
  await migrateNorth();
  const tokens = new TokenProvider('https://tokens.example');
  const people = new SignInProvider('https://id.example');
  tokens.keys = people.keys = [await providerKey('first')];
  // Nobody's tokens are renewed during the tests: the provider remembers one refresh token alone.
  people.life = 3600;
  vi.stubGlobal('fetch', networkOf([tokens, people]));
  open = twoArchives(SETTINGS);
  closed = twoArchives({ ...SETTINGS, ALLOW_ANONYMOUS: '' });
  for (const [archive, file] of [
    ['', FILES.own],
    [NORTH, FILES.north],
  ] as const) {
    expect((await open(`${archive}/dicomweb/studies`, { method: 'POST', ...multipart([file]) })).status).toBe(200);
  }
  shares = { own: await shared(''), north: await shared(NORTH) };
  const token = async (roles: string[]) => bearer(await tokens.token({ roles }));
  askers = {
    'a key of the deployment, for its own archive': { headers: await key('own'), own: 200, north: 404, none: 404 },
    'a key of the deployment, for north': { headers: await key('north'), own: 403, north: 200, none: 404 },
    'a key of the deployment, for all': { headers: await key('both'), own: 200, north: 200, none: 404 },
    'a key of north': { headers: await key('north', NORTH), own: 401, north: 200, none: 401 },
    'a key of north whose role is for all': { headers: await key('both', NORTH), own: 401, north: 200, none: 401 },
    'a token for its own archive': { headers: await token(['own']), own: 200, north: 404, none: 404 },
    'a token for north': { headers: await token(['north']), own: 403, north: 200, none: 404 },
    'a token for both': { headers: await token(['own', 'north']), own: 200, north: 200, none: 404 },
    'somebody signed in, for its own archive': {
      headers: await signedIn(people, ['own']),
      own: 200,
      north: 404,
      none: 404,
    },
    'somebody signed in, for north': { headers: await signedIn(people, ['north']), own: 403, north: 200, none: 404 },
    'a share of its own archive': { headers: shares.own.ticket, own: 200, north: 401, none: 401 },
    'a share of north': { headers: shares.north.ticket, own: 401, north: 200, none: 401 },
    'the secret of a link': { headers: bearer(shares.own.token), own: 200, north: 401, none: 401 },
    'the secret of a link to north': { headers: bearer(shares.north.token), own: 401, north: 200, none: 401 },
    'the cookie of a share, beside its path': { headers: shares.own.cookie, own: 401, north: 401, none: 401 },
    'an unknown key': { headers: bearer(newKeyText()), own: 401, north: 401, none: 401 },
    'an unknown share': { headers: bearer(newKeyText(SHARE_PREFIX)), own: 401, north: 401, none: 401 },
    nobody: { headers: {}, own: 401, north: 401, none: 401 },
  };
  for (const archive of ['', NORTH]) {
    for (const path of READS) truth.set(archive + path, await said(await open(archive + path)));
  }
});

describe('two archives with the same UIDs and other bytes', () => {
  it('give every principal what it may have of each, in one isolate with warm caches', async () => {
    let requests = 0;
    for (const [name, { headers, own, north, none }] of Object.entries(askers)) {
      for (const path of READS) {
        for (const [archive, status] of [
          ['', own],
          [NORTH, north],
          [NONE, none],
        ] as const) {
          const answer = await said(await closed(archive + path, { headers }));
          requests += 1;
          expect(answer.status, `${name}: ${archive}${path}`).toBe(status);
          if (status !== 200 || name.includes('share') || name.includes('secret')) continue;
          expect(answer, `${name}: ${archive}${path}`).toEqual(truth.get(archive + path));
        }
      }
    }
    console.info(`${requests} requests`);
  });

  it('have validators of their own, for each principal', async () => {
    for (const name of ['a key of the deployment, for all', 'a token for both']) {
      const { headers } = askers[name]!;
      for (const path of READS) {
        const { etag } = truth.get(path)!;
        if (etag === null) continue;
        expect((await closed(path, { headers: { ...headers, 'If-None-Match': etag } })).status, path).toBe(304);
        expect((await closed(NORTH + path, { headers: { ...headers, 'If-None-Match': etag } })).status, path).toBe(200);
      }
    }
  });

  it('are shared each under its own path, by a cookie that counts nowhere else', async () => {
    for (const [archive, { id, cookie }] of [
      ['', shares.own],
      [NORTH, shares.north],
    ] as const) {
      for (const [at, status] of [
        ['', archive === '' ? 200 : 401],
        [NORTH, archive === '' ? 401 : 200],
        [NONE, 401],
      ] as const) {
        const shown = await closed(`${at}/shares/${id}${STUDY}/metadata`, { headers: cookie });
        expect(shown.status, at).toBe(status);
        if (status !== 200) continue;
        const text = await shown.text();
        expect(text).toContain(archive === '' ? 'Own^Patient' : 'North^Patient');
        expect(text).not.toContain(archive === '' ? 'North^Patient' : 'Own^Patient');
      }
    }
  });

  it('are changed by nobody who may only change the other', async () => {
    for (const [name, { headers, own, north, none }] of Object.entries(askers)) {
      for (const [archive, status] of [
        ['', own],
        [NORTH, north],
        [NONE, none],
      ] as const) {
        if (status === 200) continue;
        const init = { method: 'DELETE', headers: { ...headers, 'Sec-Fetch-Site': 'same-origin' } };
        expect((await closed(archive + STUDY, init)).status, `${name}: ${archive}`).toBe(status);
      }
    }
    for (const archive of ['', NORTH]) expect((await open(archive + STUDY)).status).toBe(200);
  });
});

describe('an archive that does not exist', () => {
  /** All of an answer but the id of the request. */
  const whole = async (response: Response, archive: string) => ({
    status: response.status,
    headers: [...response.headers].filter(([name]) => name !== 'x-request-id'),
    body: (await response.text()).replaceAll(archive, 'ARCHIVE').replace(/"(instance|requestId)":"[^"]*"/g, ''),
  });

  it('answers as one in which the principal may do nothing', async () => {
    const others = ['/health', '/statistics', '/keys', '/sign-in', '/session', '/dicomweb', '/nowhere', '/shares'];
    const paths = ['/dicomweb/studies', `${STUDY}/metadata`, READS.at(-1)!, ...others];
    for (const [name, { headers, north }] of Object.entries(askers)) {
      if (north === 200) continue;
      for (const path of paths) {
        for (const method of ['GET', 'OPTIONS', 'POST']) {
          const init = { method, headers: { ...headers, 'Sec-Fetch-Site': 'same-origin' } };
          const there = await whole(await closed(NORTH + path, init), NORTH);
          const notThere = await whole(await closed(NONE + path, init), NONE);
          expect(notThere, `${name}: ${method} ${path}`).toEqual(there);
        }
      }
    }
  });

  it('opens no link of another archive, and says of none whether it is right', async () => {
    const unknown = newKeyText(SHARE_PREFIX);
    for (const token of [shares.own.token, unknown, '']) {
      const there = await whole(await closed(`${NORTH}/shares/open`, json({ token })), NORTH);
      expect(there.status).toBe(403);
      expect(await whole(await closed(`${NONE}/shares/open`, json({ token })), NONE)).toEqual(there);
    }
    const { status } = await closed(`${NONE}/shares/open`, json({ token: shares.north.token }));
    expect(status).toBe(403);
  });

  it('does not change what a key or a share may do elsewhere when it is asked first', async () => {
    const fresh = twoArchives({ ...SETTINGS, ALLOW_ANONYMOUS: '' });
    const { headers } = askers['a key of the deployment, for its own archive']!;
    expect((await fresh(NONE + STUDY, { headers })).status).toBe(404);
    expect((await fresh(STUDY, { headers })).status).toBe(200);
    expect((await fresh(NONE + STUDY, { headers: shares.own.ticket })).status).toBe(401);
    expect((await fresh(STUDY, { headers: shares.own.ticket })).status).toBe(200);
  });
});
