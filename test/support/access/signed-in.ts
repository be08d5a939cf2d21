import { afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { withArchive } from '../archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN } from '../clients/archive-client';
import { SignInProvider } from './sign-in-provider';
import { networkOf, type ProviderKey, providerKey } from './token-provider';

export const MINUTE_MS = 60_000;
/** The headers of a browser's request from a page of the archive. */
export const OWN = { 'Sec-Fetch-Site': 'same-origin', Origin: ORIGIN };

export const SETTINGS = {
  ALLOW_ANONYMOUS: '',
  ROLES: JSON.stringify({
    reader: { permissions: ['search', 'retrieve'] },
    uploader: { permissions: ['store', 'restore'] },
  }),
  SIGN_IN: JSON.stringify({ issuer: 'https://id.hospital.example', clientID: 'viewer', rolesClaim: 'roles' }),
  OIDC_CLIENT_SECRET: 'secretOfTheClient',
  SESSION_KEY: 'a key of a test that has enough characters',
};

export let key: ProviderKey;
export let provider: SignInProvider;
export let archive: ArchiveClient;

export const later = (ms: number) => vi.setSystemTime(Date.now() + ms);
export const get = (path: string, cookie = '', client = archive) => client.fetch(path, { headers: { Cookie: cookie } });
export const status = async (cookie: string, client = archive) =>
  (await get('/dicomweb/studies', cookie, client)).status;

/** The cookies that an answer sets, as the browser sends them. */
export function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .filter((each) => !each?.endsWith('='))
    .join('; ');
}

/** Goes to the provider and comes back. */
export async function begun(query = '', client = archive) {
  const begin = await get(`/sign-in${query}`, '', client);
  expect(begin.status).toBe(303);
  return { cookie: cookiesOf(begin), callback: provider.signIn(begin.headers.get('Location')!) };
}

/** @returns the cookie of the session */
export async function signedIn(client = archive): Promise<string> {
  const { cookie, callback } = await begun('', client);
  return cookiesOf(await get(callback, cookie, client));
}

/** Before each test of the file: a provider at which people sign in, and an archive that lets them in. */
export function withSignIn(): void {
  withArchive();

  beforeAll(async () => {
    key = await providerKey('first');
  });

  beforeEach(() => {
    provider = new SignInProvider('https://id.hospital.example');
    provider.keys = [key];
    vi.stubGlobal('fetch', networkOf([provider]));
    vi.useFakeTimers({ toFake: ['Date'] });
    archive = archiveClient(SETTINGS);
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}
