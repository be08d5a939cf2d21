import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { networkOf, type ProviderKey, providerKey, TokenProvider } from '../../support/access/token-provider';
import { withArchive } from '../../support/archive/with-archive';
import { type Fetch, migrateNorth, twoArchives } from '../../support/platform/two-archives';

const ISSUER = 'https://id.hospital.example';
const SETTINGS = {
  ALLOW_ANONYMOUS: '',
  ROLES: {
    home: { permissions: ['search'] },
    northern: { permissions: ['search', 'retrieve'], archives: ['north'] },
    everywhere: { permissions: ['search'], archives: ['*'] },
    elsewhere: { permissions: ['search'], archives: ['south'] },
  },
  ISSUERS: [{ issuer: ISSUER, audience: 'archive', rolesClaim: 'roles' }],
};

let key: ProviderKey;
let provider: TokenProvider;
let fetch: Fetch;

withArchive(migrateNorth);
beforeAll(async () => {
  key = await providerKey('first');
});
beforeEach(() => {
  provider = new TokenProvider(ISSUER);
  provider.keys = [key];
  vi.stubGlobal('fetch', networkOf([provider]));
  fetch = twoArchives(SETTINGS);
});
afterEach(() => vi.unstubAllGlobals());

it.each([
  ['home', ['default'], 200, 404],
  ['northern', ['north'], 403, 200],
  ['everywhere', ['default', 'north'], 200, 200],
  ['elsewhere', [], 403, 404],
])('the role %s is let into %j, and /session names no other archive', async (role, archives, own, north) => {
  const headers = { Authorization: `Bearer ${await provider.token({ roles: [role] })}` };
  expect((await fetch('/dicomweb/studies', { headers })).status).toBe(own);
  expect((await fetch('/archives/north/dicomweb/studies', { headers })).status).toBe(north);
  expect(await (await fetch('/session', { headers })).json()).toMatchObject({ archives });
  const there = await fetch('/archives/north/session', { headers });
  expect(there.status).toBe(north);
  if (north === 200) expect(await there.json()).toMatchObject({ archives });
  // An archive that one may not see is as one that does not exist.
  const answers = await Promise.all(
    ['north', 'south'].map(async (name) => {
      const answer = await fetch(`/archives/${name}/dicomweb/studies`, { headers });
      return [answer.status, await answer.text(), answer.headers.get('WWW-Authenticate')];
    }),
  );
  if (north === 404) expect(answers[0]).toEqual(answers[1]);
});

it('a key of the deployment counts where its roles say, also after a URL that names no archive; one of north, there', async () => {
  const open = twoArchives({ ...SETTINGS, ALLOW_ANONYMOUS: 'true' });
  const body = JSON.stringify({ name: 'CT 3', roles: ['everywhere'] });
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body };
  const cases = [
    ['', [404, 200, 200], ['default', 'north']],
    ['/archives/north', [401, 401, 200], ['north']],
  ] as const;
  for (const [holder, expected, archives] of cases) {
    const made = (await (await open(`${holder}/keys`, init)).json()) as { key: string };
    const headers = { Authorization: `Bearer ${made.key}` };
    const statuses = [];
    for (const archive of ['/archives/south', '', '/archives/north']) {
      statuses.push((await fetch(`${archive}/dicomweb/studies`, { headers })).status);
    }
    expect(statuses, holder).toEqual(expected);
    expect(await (await fetch(`${holder}/session`, { headers })).json()).toMatchObject({ archives });
  }
});
