import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { EVERYTHING, type Grant } from '../../../src/access/grant';
import type { Identity } from '../../../src/access/identity';
import type { Permission } from '../../../src/access/permission';
import type { Archive } from '../../../src/archive/ports';
import { WHOLE } from '../../../src/archive/visibility';
import { archiveToRead } from '../../../src/auth/copy-of-index';
import type { AppEnv } from '../../../src/dicomweb/context';

const copies = {
  bookmark: '0005',
  covers: (bookmark: string) => bookmark <= '0005',
  renewal: () => undefined,
  catchUp: async () => undefined,
};
const nearest = { copies } as unknown as Archive;
const whole = { copies, nearest } as unknown as Archive;

const READER: Grant = grantOf('search', 'retrieve');
function grantOf(...permissions: Permission[]): Grant {
  return { isNothing: false, viewpoint: (each) => (permissions.includes(each) ? WHOLE : undefined) };
}

const key = { kind: 'key', id: '1', archive: 'default' } as const;
const session = { kind: 'session', id: '1', endsAt: 0, roles: [] } as const;

interface Sent {
  readonly method?: string;
  readonly permission?: Permission;
  readonly grant?: Grant;
  readonly credential?: Identity['credential'];
  readonly headers?: Record<string, string>;
  readonly archive?: string;
}

/** Whether a replica may answer the request. */
async function isNear({
  method = 'GET',
  permission = 'search',
  grant = READER,
  credential,
  headers = {},
  archive,
}: Sent) {
  const app = new Hono<AppEnv>();
  app.all('/', (c) => {
    c.set('wholeArchive', whole);
    c.set('archiveName', archive ?? 'default');
    const identity = {
      principal: { kind: 'key', id: 'key:1' },
      credential,
      grantIn: () => grant,
    } as unknown as Identity;
    return c.json(archiveToRead(c, permission, identity, grant) === nearest);
  });
  return await (await app.request('/', { method, headers })).json();
}

it.each<[string, boolean, Sent]>([
  ['a principal that can only read', true, { credential: key }],
  ['a change', false, { credential: key, method: 'POST' }],
  ['what is no search and no retrieval', false, { credential: key, permission: 'administer', grant: EVERYTHING }],
  ['a key that may store', false, { credential: key, grant: grantOf('search', 'store') }],
  ['a key that may delete', false, { credential: key, grant: grantOf('search', 'delete') }],
  ['a client without a credential that may do everything', false, { grant: EVERYTHING }],
  ['a person who may store, and whose browser has no bookmark', true, { credential: session, grant: EVERYTHING }],
  ['a bookmark that the isolate has seen', true, { grant: EVERYTHING, headers: { 'Archive-Bookmark': '0005' } }],
  ['a later bookmark', false, { credential: key, headers: { 'Archive-Bookmark': '0006' } }],
  ['a later bookmark of a person', false, { credential: session, headers: { Cookie: '__Host-bookmark=0006' } }],
  ['a bookmark in a cookie', true, { grant: EVERYTHING, headers: { Cookie: 'a=b; __Host-bookmark=0004' } }],
  [
    'an old bookmark in a header beside a later one in a cookie',
    false,
    { credential: key, headers: { 'Archive-Bookmark': '0001', Cookie: '__Host-bookmark=0006' } },
  ],
  [
    'the bookmark of another archive',
    true,
    { credential: session, archive: 'north', headers: { Cookie: '__Host-bookmark=0006; __Host-bookmark-north=0001' } },
  ],
])('%s: from a replica %s', async (_, near, sent) => {
  expect(await isNear(sent)).toBe(near);
});
