import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { type ArchiveBindings, openArchive } from '../../../src/storage/open-archive';
import { newAddress } from '../../support/access/addresses';
import {
  archive,
  begun,
  cookiesOf,
  get,
  later,
  MINUTE_MS,
  OWN,
  provider,
  SETTINGS,
  signedIn,
  status,
  withSignIn,
} from '../../support/access/signed-in';
import { providerKey } from '../../support/access/token-provider';
import { archiveClient, ORIGIN } from '../../support/clients/archive-client';
import { replacing } from '../../support/platform/replacing';

withSignIn();

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
    const address = { 'CF-Connecting-IP': newAddress() };
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

  it('that has ended is not looked up again for each request of the browser that keeps its cookie; no other text is', async () => {
    const cookie = await signedIn();
    await env.DB.prepare('DELETE FROM session').run();
    let lookUps = 0;
    const counting = (session: D1DatabaseSession) =>
      replacing(session, {
        prepare: (sql: string) => {
          if (/FROM session\b/.test(sql)) lookUps += 1;
          return session.prepare(sql);
        },
      });
    const over = (real: ArchiveBindings): ArchiveBindings => ({
      ...real,
      database: replacing(real.database, {
        withSession: (constraint?: string) => counting(real.database.withSession(constraint)),
      }),
    });
    const other = archiveClient(SETTINGS, over, archive.prefix);
    expect(await status(cookie, other)).toBe(401);
    expect(lookUps).toBe(1);
    for (let times = 0; times < 5; times += 1) expect(await status(cookie, other)).toBe(401);
    for (const text of ['', 'x', 'a'.repeat(44), `${'a'.repeat(42)}"`]) {
      expect(await status(`__Host-session=${text}`, other)).toBe(401);
    }
    expect(lookUps).toBe(1);
    expect(await status(await signedIn(), other)).toBe(200);
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
