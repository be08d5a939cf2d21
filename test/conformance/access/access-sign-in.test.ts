import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import {
  begun,
  cookiesOf,
  get,
  key,
  later,
  MINUTE_MS,
  provider,
  SETTINGS,
  signedIn,
  status,
  withSignIn,
} from '../../support/access/signed-in';
import { providerKey } from '../../support/access/token-provider';
import { archiveClient, ORIGIN } from '../../support/clients/archive-client';

withSignIn();

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
      id: expect.stringMatching(/^https:.*\|/),
      name: 'Anna Example',
      permissions: ['search', 'retrieve'],
      downloads: true,
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
