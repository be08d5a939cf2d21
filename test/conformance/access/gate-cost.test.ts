import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ALL_SERVICES } from '../../../src/services';
import type { ArchiveBindings } from '../../../src/storage/open-archive';
import { SignInProvider } from '../../support/access/sign-in-provider';
import { networkOf, providerKey, TokenProvider } from '../../support/access/token-provider';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { replacing } from '../../support/platform/replacing';

const SETTINGS = {
  ALLOW_ANONYMOUS: '',
  ROLES: JSON.stringify({
    reader: {
      permissions: ['search', 'retrieve', 'share'],
      studies: { AccessionNumber: ['A*'], StudyDateWithinDays: 36500 },
    },
  }),
  ISSUERS: JSON.stringify([{ issuer: 'https://tokens.example', audience: 'archive', rolesClaim: 'roles' }]),
  SIGN_IN: JSON.stringify({ issuer: 'https://id.example', clientID: 'viewer', rolesClaim: 'roles' }),
  OIDC_CLIENT_SECRET: 'secretOfTheClient',
  SESSION_KEY: 'a key of a test that has enough characters',
};
const STUDY = '/dicomweb/studies/1.2.3.4';
const FRAME = `${STUDY}/series/1.2.3.4.0/instances/1.2.3.4.1/frames/1`;

let tokens: TokenProvider;
let people: SignInProvider;

withArchive();

beforeEach(async () => {
  tokens = new TokenProvider('https://tokens.example');
  people = new SignInProvider('https://id.example');
  tokens.keys = people.keys = [await providerKey('first')];
  vi.stubGlobal('fetch', networkOf([tokens, people]));
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const json = (body: unknown, headers = {}): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
const cookiesOf = (response: Response) => response.headers.getSetCookie().map((each) => each.split(';')[0]!);

/** A deployment, the credentials of its principals, and the statements that it prepares. */
async function deployment() {
  const statements: string[] = [];
  const over = (real: ArchiveBindings): ArchiveBindings => ({
    ...real,
    database: replacing(real.database, {
      withSession: (constraint?: string) => {
        const session = real.database.withSession(constraint);
        return replacing(session, {
          prepare: (sql: string) => {
            statements.push(sql);
            return session.prepare(sql);
          },
        });
      },
    }),
  });
  const open = archiveClient({ ...SETTINGS, ALLOW_ANONYMOUS: 'true' });
  await open.store([slice({ elements: [[0x00080050, 'SH', 'A-1']] })]);
  const archive = archiveClient(SETTINGS, over, open.prefix);
  const { key } = (await (await open.fetch('/keys', json({ name: 'Key', roles: ['reader'] }))).json()) as {
    key: string;
  };
  const made = (await (await open.fetch(`${STUDY}/shares`, json({}))).json()) as { id: string; token: string };
  const opened = await archive.fetch('/shares/open', json({ token: made.token }));
  const { ticket } = (await opened.clone().json()) as { ticket: string };
  const begin = await archive.fetch('/sign-in');
  const callback = people.signIn(begin.headers.get('Location')!);
  const back = await archive.fetch(callback, { headers: { Cookie: cookiesOf(begin).join('; ') } });
  const kinds: Record<string, { readonly headers: Record<string, string>; readonly root?: string }> = {
    'a key': { headers: bearer(key) },
    'a key as the password of Basic': { headers: { Authorization: `Basic ${btoa(`modality:${key}`)}` } },
    'a token': { headers: bearer(await tokens.token({ roles: ['reader'] })) },
    'the cookie of a session': { headers: { Cookie: cookiesOf(back).join('; ') } },
    'the cookie of a share': { headers: { Cookie: cookiesOf(opened).join('; ') }, root: `/shares/${made.id}` },
    'the ticket of a share': { headers: bearer(ticket) },
    'the secret of a link': { headers: bearer(made.token) },
  };
  return { archive, statements, kinds };
}

it('a credential that the isolate knows costs no subrequest, whatever its kind', async () => {
  const { archive, statements, kinds } = await deployment();
  const { operations } = archive;
  for (const [name, { headers, root = '' }] of Object.entries(kinds)) {
    expect((await archive.fetch(root + FRAME, { headers })).status, name).toBe(200);
    const provided = [...tokens.requests, ...people.requests].length;
    statements.length = 0;
    Object.assign(operations, { r2Reads: [], r2Writes: [], queued: 0 });
    for (let times = 0; times < 3; times += 1) {
      // Nothing but the gate; a frame; a search that the handler refuses.
      expect((await archive.fetch(`${root}/dicomweb`, { method: 'OPTIONS', headers })).status, name).toBe(200);
      expect((await archive.fetch(root + FRAME, { headers })).status, name).toBe(200);
      expect((await archive.fetch(`${root}/dicomweb/studies?limit=x`, { headers })).status, name).toBe(400);
    }
    // The frames themselves, and the record of who read them, which is written afterwards.
    expect(operations.r2Reads.length, name).toBe(3);
    expect(
      statements.filter((sql) => !/\baudit_/.test(sql)),
      name,
    ).toEqual([]);
    expect([...tokens.requests, ...people.requests].length, name).toBe(provided);
  }
});

it('a principal without the permission costs no subrequest on any route', async () => {
  const { archive, statements, kinds } = await deployment();
  const { headers } = kinds['a key']!;
  await archive.fetch(FRAME, { headers });
  statements.length = 0;
  for (const { base, routes } of ALL_SERVICES) {
    for (const [method, template, , access] of routes) {
      if (!['store', 'delete', 'restore', 'audit', 'administer'].includes(access)) continue;
      const path = base + template.replace(/\{\+?\w+\}/g, '1.2.3.4');
      expect((await archive.fetch(path, { method, headers })).status, `${method} ${path}`).toBe(403);
    }
  }
  expect(statements.filter((sql) => !/\baudit_/.test(sql))).toEqual([]);
});
