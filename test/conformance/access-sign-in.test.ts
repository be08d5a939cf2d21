import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openArchive } from '../../src/storage/open-archive';
import { type ArchiveClient, archiveClient, ORIGIN } from '../support/archive-client';
import { SignInProvider } from '../support/sign-in-provider';
import { networkOf, type ProviderKey, providerKey } from '../support/token-provider';
import { withArchive } from '../support/with-archive';

const MINUTE_MS = 60_000;
const OWN = { 'Sec-Fetch-Site': 'same-origin', Origin: ORIGIN };

const SETTINGS = {
  ALLOW_ANONYMOUS: '',
  ROLES: JSON.stringify({
    reader: { permissions: ['search', 'retrieve'] },
    uploader: { permissions: ['store', 'restore'] },
  }),
  SIGN_IN: JSON.stringify({ issuer: 'https://id.hospital.example', clientID: 'viewer', rolesClaim: 'roles' }),
  OIDC_CLIENT_SECRET: 'secretOfTheClient',
  SESSION_KEY: 'a key of a test that has enough characters',
};

let key: ProviderKey;
let provider: SignInProvider;
let archive: ArchiveClient;

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

const later = (ms: number) => vi.setSystemTime(Date.now() + ms);
const get = (path: string, cookie = '', client = archive) => client.fetch(path, { headers: { Cookie: cookie } });
const status = async (cookie: string, client = archive) => (await get('/dicomweb/studies', cookie, client)).status;

/** The cookies that an answer sets, as the browser sends them. */
function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .filter((each) => !each?.endsWith('='))
    .join('; ');
}

/** Goes to the provider and comes back. */
async function begun(query = '', client = archive) {
  const begin = await get(`/sign-in${query}`, '', client);
  expect(begin.status).toBe(303);
  return { cookie: cookiesOf(begin), callback: provider.signIn(begin.headers.get('Location')!) };
}

/** @returns the cookie of the session */
async function signedIn(client = archive): Promise<string> {
  const { cookie, callback } = await begun('', client);
  return cookiesOf(await get(callback, cookie, client));
}

describe('signing in', () => {
  it('goes to the provider with PKCE, a state and a nonce, and comes back with a session', async () => {
    const begin = await get('/sign-in');
    const { origin, pathname, searchParams } = new URL(begin.headers.get('Location')!);
    expect(origin + pathname).toBe('https://id.hospital.example/authorize');
    expect(Object.fromEntries(searchParams)).toEqual({
      ui: 'plain',
      response_type: 'code',
      client_id: 'viewer',
      redirect_uri: `${ORIGIN}/sign-in/callback`,
      scope: 'openid profile',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    const { cookie, callback } = await begun('?return=/viewer?StudyInstanceUIDs=1.2.3%26x=1');
    const end = await get(callback, cookie);
    expect(end.status).toBe(303);
    expect(end.headers.get('Location')).toBe(`${ORIGIN}/viewer?StudyInstanceUIDs=1.2.3&x=1`);
    const [forgotten, session] = end.headers.getSetCookie();
    expect(forgotten).toMatch(/^__Host-sign-in-[\w-]{8}=; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=0$/);
    expect(session).toMatch(/^__Host-session=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=43200$/);
    expect(await status(cookiesOf(end))).toBe(200);
    const report = await (await get('/session', cookiesOf(end))).json();
    expect(report).toEqual({
      kind: 'person',
      name: 'Anna Example',
      permissions: ['search', 'retrieve'],
      archives: ['default'],
      canSignOut: true,
    });
    expect((await get('/session')).status).toBe(401);
  });

  it('keeps no secret of the session or of the provider in the index', async () => {
    const cookie = await signedIn();
    const { results } = await env.DB.prepare('SELECT * FROM session').all();
    expect(results).toHaveLength(1);
    const kept = JSON.stringify(results);
    expect(kept).toContain('https://id.hospital.example|anna');
    expect(kept).not.toContain(cookie.split('=')[1]);
    expect(kept).not.toMatch(/refresh-|eyJ\w+\.eyJ/);
  });

  it('leads to a page of this origin, whatever it is asked for', async () => {
    for (const path of [
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example/',
      '/%09/evil.example',
      'javascript:alert(1)',
      '/sign-in?return=/x',
      '/sign-out',
      `/${'x'.repeat(3000)}`,
    ]) {
      const { cookie, callback } = await begun(`?return=${path.includes('%') ? path : encodeURIComponent(path)}`);
      const location = (await get(callback, cookie)).headers.get('Location');
      expect(location === `${ORIGIN}/` || location?.startsWith(`${ORIGIN}/`), path).toBe(true);
      expect(new URL(location!).origin).toBe(ORIGIN);
    }
    const { cookie, callback } = await begun(`?return=${encodeURIComponent('/.//evil.example/')}`);
    const location = (await get(callback, cookie)).headers.get('Location');
    // As an absolute address, the path is not taken for another host.
    expect(new URL(location!, ORIGIN).origin).toBe(ORIGIN);
  });

  it('counts once, in the browser that began it, and not for long', async () => {
    const { cookie, callback } = await begun();
    const other = await begun();
    expect((await get(callback)).status).toBe(400);
    expect((await get(callback, other.cookie)).status).toBe(400);
    expect((await get(callback.replace('state=', 'state=x'), cookie)).status).toBe(400);
    expect((await get(callback, cookie)).status).toBe(303);
    // The same code and the same state again.
    const replayed = await get(callback, cookie);
    expect(replayed.status).toBe(400);
    expect(cookiesOf(replayed)).toBe('');
    // The code of another sign-in does not fit to this one's PKCE verifier.
    const third = await begun();
    const code = (address: string) => /code=([^&]*)/.exec(address)![1]!;
    const mixed = await get(other.callback.replace(/code=[^&]*/, `code=${code(third.callback)}`), other.cookie);
    expect(mixed.status).toBe(403);
    expect(await mixed.text()).toContain('invalid_grant');
    const late = await begun();
    later(16 * MINUTE_MS);
    expect((await get(late.callback, late.cookie)).status).toBe(400);
  });

  it('ends with words when the provider refuses, is down, or answers for somebody else', async () => {
    const denied = await begun();
    const state = new URL(denied.callback, ORIGIN).searchParams.get('state');
    const answer = `/sign-in/callback?error=access_denied&state=${state}&iss=${encodeURIComponent(provider.issuer)}`;
    const refused = await get(answer, denied.cookie);
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain('access_denied');
    expect(refused.headers.get('Content-Security-Policy')).toContain("default-src 'none'");

    const mixedUp = await begun();
    const foreign = mixedUp.callback.replace(encodeURIComponent(provider.issuer), 'https%3A%2F%2Fevil.example');
    expect((await get(foreign, mixedUp.cookie)).status).toBe(403);

    for (const claims of [{ aud: 'other' }, { nonce: 'other' }, { iss: 'https://evil.example' }, { exp: 1 }]) {
      const { cookie, callback } = await begun();
      provider.claims = claims;
      const forged = await get(callback, cookie);
      expect(forged.status, JSON.stringify(claims)).toBe(403);
      expect(cookiesOf(forged)).toBe('');
    }

    const { cookie, callback } = await begun();
    provider.tokenTrouble = () => new Response('<html>', { status: 502 });
    expect((await get(callback, cookie)).status).toBe(503);
  });

  it('needs a signature of the provider', async () => {
    const { cookie, callback } = await begun();
    provider.keys = [await providerKey('first'), key];
    expect((await get(callback, cookie)).status).toBe(403);
  });

  it('is not there without SIGN_IN', async () => {
    const client = archiveClient({ ...SETTINGS, SIGN_IN: '' });
    const cookie = await signedIn();
    for (const path of ['/sign-in', '/sign-in/callback']) expect((await get(path, '', client)).status).toBe(404);
    expect(await status(cookie, client)).toBe(401);
  });
});

describe('a session', () => {
  it('is known to the isolate: a request asks nobody', async () => {
    const cookie = await signedIn();
    await get('/nowhere', cookie);
    const before = archive.operations.d1;
    const asked = provider.requests.length;
    for (let count = 0; count < 5; count += 1) expect((await get('/nowhere', cookie)).status).toBe(404);
    expect(archive.operations.d1).toBe(before);
    expect(provider.requests).toHaveLength(asked);
  });

  it('changes something only for the pages of this origin', async () => {
    provider.claims = { roles: ['uploader'] };
    const cookie = await signedIn();
    const client = archiveClient({ ...SETTINGS, CORS_ORIGINS: 'https://friend.example' }, undefined, archive.prefix);
    const send = async (headers: Record<string, string>) => {
      const init = { method: 'POST', headers: { Cookie: cookie, ...headers } };
      return (await client.fetch('/dicomweb/studies/1.2.3/restore', init)).status;
    };
    expect(await send(OWN)).toBe(404);
    expect(await send({ Origin: ORIGIN })).toBe(404);
    for (const headers of [
      {},
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: 'https://friend.example', 'Sec-Fetch-Site': 'cross-site' },
      { Origin: 'https://friend.example' },
      { 'Sec-Fetch-Site': 'same-site' },
    ] as Record<string, string>[]) {
      expect(await send(headers), JSON.stringify(headers)).toBe(403);
    }
    const page = await client.fetch('/session', { headers: { Cookie: cookie, Origin: 'https://friend.example' } });
    expect(page.headers.get('Access-Control-Allow-Credentials')).toBeNull();
  });

  it('is refused in the record when a page of another origin uses its cookie', async () => {
    const cookie = await signedIn();
    const init = { method: 'DELETE', headers: { Cookie: cookie, Origin: 'https://evil.example' } };
    expect((await archive.fetch('/dicomweb/studies/1.2.3', init)).status).toBe(403);
    const [event] = await openArchive(archive.prefix, archive.bindings).record.find({ action: 'delete', limit: 10 });
    expect(event).toMatchObject({ outcome: 'refused', principalKind: 'unknown' });
  });

  it('that has ended leads to the sign-in, however many others behind the same address have ended', async () => {
    const address = { 'CF-Connecting-IP': '192.0.2.99' };
    for (let count = 0; count < 30; count += 1) {
      const headers = { ...address, Cookie: `__Host-session=ended-${count}` };
      expect((await archive.fetch('/session', { headers })).status, String(count)).toBe(401);
    }
  });

  it('counts after a header with a credential of its own', async () => {
    const cookie = await signedIn();
    const headers = { Cookie: cookie, Authorization: 'Bearer x' };
    expect((await archive.fetch('/dicomweb/studies', { headers })).status).toBe(401);
  });

  it('that does not exist is refused', async () => {
    const cookie = await signedIn();
    const secret = cookie.split('=')[1]!;
    for (const value of ['', 'x', 'x'.repeat(43), `${secret}x`, secret.slice(1), secret.toLowerCase()]) {
      expect(await status(`__Host-session=${value}`), value).toBe(401);
    }
    expect(await status(`session=${secret}`)).toBe(401);
    expect(await status(`a=b; __Host-session=${secret}; c=d`)).toBe(200);
  });

  it('ends by its age, and when nobody uses it', async () => {
    const client = archiveClient({ ...SETTINGS, SESSION_HOURS: '2', SESSION_IDLE_MINUTES: '50' });
    provider.life = 86_400;
    const used = await signedIn(client);
    const idle = await signedIn(client);
    for (let minutes = 0; minutes < 110; minutes += 10) {
      expect(await status(used, client), `after ${minutes} minutes`).toBe(200);
      later(10 * MINUTE_MS);
    }
    expect(await status(idle, client)).toBe(401);
    later(10 * MINUTE_MS);
    expect(await status(used, client)).toBe(401);
  });

  it('is over after sign-out: here at once, in other isolates within 30 seconds, and at the provider', async () => {
    const other = archiveClient(SETTINGS, undefined, archive.prefix);
    const cookie = await signedIn();
    expect(await status(cookie, other)).toBe(200);
    const stolen = await archive.fetch('/sign-out', { method: 'POST', headers: { Cookie: cookie } });
    expect(stolen.status).toBe(403);
    const out = await archive.fetch('/sign-out', { method: 'POST', headers: { Cookie: cookie, ...OWN } });
    expect(out.status).toBe(200);
    expect(out.headers.get('Clear-Site-Data')).toBe('"cache"');
    expect(out.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-session=; .*Max-Age=0$/)]);
    const next = new URL(((await out.json()) as { continue: string }).continue);
    expect(next.origin + next.pathname).toBe('https://id.hospital.example/end');
    expect(next.searchParams.get('post_logout_redirect_uri')).toBe(`${ORIGIN}/sign-out`);
    expect(await status(cookie)).toBe(401);
    later(30_000);
    expect(await status(cookie, other)).toBe(401);
    expect(provider.revoked).toBe(1);
    expect((await get('/sign-out')).status).toBe(200);
  });
});

describe('the record', () => {
  it('has who signed in and out, and who could not; not each question who is signed in', async () => {
    const cookie = await signedIn();
    await get('/session', cookie);
    await get('/sign-in', cookie);
    await get('/session');
    await archive.fetch('/sign-out', { method: 'POST', headers: { Cookie: cookie, ...OWN } });
    const { callback } = await begun();
    await get(callback);
    const { results } = await env.DB.prepare(
      'SELECT action, outcome, principal_id AS who FROM audit_event ORDER BY id',
    ).all();
    const who = 'https://id.hospital.example|anna';
    expect(results).toEqual([
      { action: 'sign-in', outcome: 'success', who },
      { action: 'sign-out', outcome: 'success', who },
      { action: 'sign-in', outcome: 'failed', who: 'unknown' },
    ]);
  });
});

describe('the tokens of a session', () => {
  const renewedAt = async (cookie: string, ms: number, client = archive) => {
    later(ms);
    return await status(cookie, client);
  };

  it('are renewed before they end, while requests are answered, with the roles of then', async () => {
    const cookie = await signedIn();
    provider.claims = { roles: [] };
    expect(await renewedAt(cookie, 20_000)).toBe(200);
    expect(provider.renewals).toBe(0);
    expect(await renewedAt(cookie, 20_000)).toBe(200);
    expect(provider.renewals).toBe(1);
    expect(await renewedAt(cookie, 16_000)).toBe(403);
    for (let minute = 0; minute < 10; minute += 1) await renewedAt(cookie, MINUTE_MS);
    expect(provider.renewals).toBe(11);
  });

  it('of somebody who was away are renewed on the way', async () => {
    const cookie = await signedIn();
    expect(await renewedAt(cookie, 150_000)).toBe(200);
    expect(provider.renewals).toBe(1);
    provider.claims = { roles: [] };
    expect(await renewedAt(cookie, 40 * MINUTE_MS)).toBe(403);
  });

  it('are renewed by one isolate alone', async () => {
    const others = Array.from({ length: 4 }, () => archiveClient(SETTINGS, undefined, archive.prefix));
    const cookie = await signedIn();
    for (const minutes of [1, 30, 1]) {
      later(minutes * MINUTE_MS);
      const answers = await Promise.all([...others, archive, ...others].map((client) => status(cookie, client)));
      expect(answers).toEqual(answers.map(() => 200));
    }
    expect(provider.renewals).toBe(3);
  });

  it('outlive a provider that is down for a while, and not for hours', async () => {
    const cookie = await signedIn();
    for (const trouble of [
      () => new Response('down', { status: 503 }),
      () => new Response('<html>'),
      () => Promise.reject(new TypeError('connection refused')),
      () => Response.json({ error: 'temporarily_unavailable' }, { status: 400 }),
    ]) {
      provider.tokenTrouble = trouble;
      expect(await renewedAt(cookie, 5 * MINUTE_MS)).toBe(200);
      expect(await renewedAt(cookie, MINUTE_MS)).toBe(200);
    }
    later(40 * MINUTE_MS);
    const response = await get('/dicomweb/studies', cookie);
    expect(response.status).toBe(503);
    expect(response.headers.get('Retry-After')).toBe('10');
    provider.tokenTrouble = undefined;
    expect(await renewedAt(cookie, MINUTE_MS)).toBe(200);
    expect(provider.renewals).toBe(1);
  });

  it('end the session when the provider says that they are over', async () => {
    for (const away of [MINUTE_MS, 30 * MINUTE_MS]) {
      const cookie = await signedIn();
      provider.endSession();
      await renewedAt(cookie, away);
      expect(await renewedAt(cookie, 1000), String(away)).toBe(401);
    }
    const cookie = await signedIn();
    provider.claims = { roles: ['reader'], sub: 'somebody else' };
    await renewedAt(cookie, MINUTE_MS);
    expect(await renewedAt(cookie, 1000)).toBe(401);
  });

  it('are not lost when a new one cannot be verified yet', async () => {
    const cookie = await signedIn();
    const next = await providerKey('next');
    provider.keys = [next];
    expect(await renewedAt(cookie, 40_000)).toBe(200);
    expect(await renewedAt(cookie, 2 * MINUTE_MS)).toBe(200);
    expect(await renewedAt(cookie, MINUTE_MS)).toBe(200);
    expect(provider.renewals).toBeGreaterThan(1);
  });

  it('that cannot be renewed leave the session as it is', async () => {
    const { cookie, callback } = await begun();
    const json = async () => {
      provider.tokenTrouble = undefined;
      const { refresh_token: _none, ...rest } = (await (await fetchTokens).json()) as Record<string, unknown>;
      return Response.json(rest);
    };
    let fetchTokens: Promise<Response>;
    vi.stubGlobal('fetch', async (url: string, init?: RequestInit) => {
      if (init?.method !== 'POST') return await provider.answer(url, init);
      fetchTokens = Promise.resolve(provider.answer(url, init)!);
      return await json();
    });
    const session = cookiesOf(await get(callback, cookie));
    expect(await renewedAt(session, 30 * MINUTE_MS)).toBe(200);
    expect(provider.renewals).toBe(0);
  });
});

describe('the settings', () => {
  it.each([
    ['SESSION_KEY', { SESSION_KEY: '' }],
    ['SESSION_KEY', { SESSION_KEY: 'short' }],
    ['SESSION_HOURS', { SESSION_HOURS: '0' }],
    ['SIGN_IN', { SIGN_IN: JSON.stringify({ issuer: 'https://id.hospital.example', everyone: ['reader'] }) }],
    [
      'SIGN_IN',
      { SIGN_IN: JSON.stringify({ issuer: 'http://id.hospital.example', clientID: 'x', everyone: ['reader'] }) },
    ],
    ['SIGN_IN', { SIGN_IN: JSON.stringify({ issuer: 'https://id.hospital.example', clientID: 'x' }) }],
    ['SIGN_IN.scopes', { SIGN_IN: JSON.stringify({ ...JSON.parse(SETTINGS.SIGN_IN), scopes: ['profile'] }) }],
  ] as [string, Record<string, string>][])('refuse a mistake in %s', async (name, settings) => {
    const response = await get('/dicomweb/studies', '', archiveClient({ ...SETTINGS, ...settings }));
    expect(response.status).toBe(503);
    expect(await response.text()).toContain(name);
  });
});
