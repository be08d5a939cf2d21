import { describe, expect, it, vi } from 'vitest';
import type { Claims } from '../../../src/access/claims';
import { HOSPITAL, issuers, issuersScene } from '../../support/access/token-issuers';
import { providerKey, type Signing } from '../../support/access/token-provider';
import { archiveClient } from '../../support/clients/archive-client';

const MINUTE_MS = 60_000;

const scene = issuersScene();

const later = (ms: number) => vi.setSystemTime(Date.now() + ms);
const seconds = (from: number) => Math.floor(Date.now() / 1000) + from;
const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
const search = async (token: string, client = scene.archive) => await client.fetch('/dicomweb/studies', bearer(token));

/** The archive refuses the token, and says nothing about what is in it. */
async function expectRefused(token: string, client = scene.archive): Promise<void> {
  const response = await search(token, client);
  expect(response.status).toBe(401);
  expect(response.headers.get('WWW-Authenticate')).toMatch(/^Bearer realm="dicomweb", error="invalid_token"/);
  expect(await response.text()).not.toMatch(/anna|first|hospital/);
}

describe('a token of a configured issuer', () => {
  it('lets in whom its roles let in, and no further', async () => {
    const token = await scene.hospital.token();
    expect((await search(token)).status).toBe(200);
    const refused = await scene.archive.fetch('/dicomweb/studies', { method: 'POST', ...bearer(token) });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('WWW-Authenticate')).toMatch(/error="insufficient_scope", scope="store"/);
    expect((await scene.archive.fetch('/dicomweb/studies')).status).toBe(401);
    expect((await search(await scene.hospital.token({ aud: ['other', 'pacs'] }))).status).toBe(200);
    expect((await search(await scene.hospital.token({}, { header: { typ: undefined } }))).status).toBe(200);
    expect((await search(await scene.hospital.token({}, { header: { typ: 'JWT' } }))).status).toBe(200);
  });

  it('is verified once: a warm request asks nobody', async () => {
    const token = await scene.hospital.token();
    await search(token);
    expect(scene.hospital.requests).toHaveLength(2);
    const before = { ...scene.archive.operations };
    const digests = vi.spyOn(crypto.subtle, 'verify');
    for (let count = 0; count < 5; count += 1) {
      expect((await scene.archive.fetch('/nowhere', bearer(token))).status).toBe(404);
    }
    expect(digests).not.toHaveBeenCalled();
    expect(scene.hospital.requests).toHaveLength(2);
    expect(scene.archive.operations.d1).toBe(before.d1);
    digests.mockRestore();
  });

  it('has its roles in the claim that is configured, in several forms', async () => {
    const status = async (claims: Claims) => (await search(await scene.hospital.token(claims))).status;
    for (const roles of [['reader'], 'reader', 'other reader', ['x', 'reader', 7]]) {
      expect(await status({ roles }), JSON.stringify(roles)).toBe(200);
    }
    for (const roles of [undefined, [], '', 'reader2', { reader: true }, 7, null, ['unknown'], ['constructor']]) {
      expect(await status({ roles }), JSON.stringify(roles)).toBe(403);
    }
  });

  it('of another issuer is read by that issuer’s table', async () => {
    const status = async (claims: Claims) => (await search(await scene.laboratory.token(claims))).status;
    expect(await status({ realm_access: { roles: ['Image Readers'] } })).toBe(200);
    // Only what the table maps counts: the name of a role is not enough.
    expect(await status({ realm_access: { roles: ['reader'] } })).toBe(403);
    expect(await status({ realm_access: { roles: ['senders'] } })).toBe(403);
    expect(await status({ roles: ['reader'], 'realm_access.roles': 'Image Readers' })).toBe(200);
  });

  it('gives the roles of everybody, whatever its claims are', async () => {
    const { rolesClaim: _none, ...table } = HOSPITAL;
    const client = archiveClient(issuers({ ...table, everyone: ['everybody'] }));
    expect((await search(await scene.hospital.token({ roles: ['uploader'] }), client)).status).toBe(200);
    const stored = await client.fetch('/dicomweb/studies', { method: 'POST', ...bearer(await scene.hospital.token()) });
    expect(stored.status).toBe(403);
  });
});

describe('a token is refused', () => {
  const claims: [what: string, claims: () => Claims][] = [
    ['has expired', () => ({ exp: seconds(-31) })],
    ['does not end', () => ({ exp: undefined })],
    ['is not valid yet', () => ({ nbf: seconds(60) })],
    ['was issued in the future', () => ({ iat: seconds(60) })],
    ['does not say when it was issued', () => ({ iat: undefined })],
    ['is for another audience', () => ({ aud: 'viewer' })],
    ['is for nobody', () => ({ aud: undefined })],
    ['is of another issuer', () => ({ iss: 'https://id.evil.example' })],
    ['is of an issuer with a slash more', () => ({ iss: `${HOSPITAL.issuer}/` })],
    ['is of no issuer', () => ({ iss: undefined })],
    ['identifies nobody', () => ({ sub: undefined })],
    ['identifies nobody by an empty text', () => ({ sub: '' })],
  ];
  it.each(claims)('that %s', async (_what, of) => expectRefused(await scene.hospital.token(of())));

  const headers: [what: string, header: Record<string, unknown>][] = [
    ['signs a session out', { typ: 'logout+jwt' }],
    ['has an extension that must be understood', { crit: ['extension'], extension: 1 }],
  ];
  it.each(headers)('that %s', async (_what, header) => expectRefused(await scene.hospital.token({}, { header })));

  it('with a header, a payload or a signature of somebody else', async () => {
    const [header, payload, signature] = (await scene.hospital.token()).split('.') as [string, string, string];
    const stranger = await providerKey('first');
    const more = encoded({
      ...JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))),
      roles: ['uploader'],
    });
    await expectRefused(`${header}.${more}.${signature}`);
    await expectRefused(`${header}.${payload}.`);
    await expectRefused(`${header}.${payload}`);
    await expectRefused(`${header}.${payload}.${signature}.`);
    await expectRefused(await scene.hospital.token({}, { key: stranger }));
  });

  it('without a signature, or with the public key as the secret of one', async () => {
    const [, payload] = (await scene.hospital.token()).split('.') as [string, string];
    for (const alg of ['none', 'None', 'NONE']) await expectRefused(`${encoded({ alg })}.${payload}.`);
    for (const secret of [scene.keyOfHospital.jwk.n!, JSON.stringify(scene.keyOfHospital.jwk)]) {
      const key = await crypto.subtle.importKey(
        'raw',
        new TextEncoder().encode(secret),
        { name: 'HMAC', hash: 'SHA-256' },
        false,
        ['sign'],
      );
      const signed = `${encoded({ alg: 'HS256', kid: 'first' })}.${payload}`;
      const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(signed));
      await expectRefused(`${signed}.${base64url(new Uint8Array(signature))}`);
    }
  });

  it('with an algorithm that this issuer does not use', async () => {
    const other = await providerKey('rsa');
    scene.laboratory.keys = [scene.keyOfLaboratory, other];
    const roles = { realm_access: { roles: ['Image Readers'] } };
    await expectRefused(await scene.laboratory.token(roles, { key: other }));
    expect((await search(await scene.laboratory.token(roles))).status).toBe(200);
  });

  it('with a key of another issuer, and with a key that it brings itself', async () => {
    await expectRefused(await scene.hospital.token({}, { key: scene.keyOfLaboratory }));
    await expectRefused(await scene.laboratory.token({ iss: HOSPITAL.issuer }));
    const own = await providerKey('own');
    const seen: string[] = [];
    vi.stubGlobal('fetch', async (url: string) => {
      seen.push(url);
      return (await scene.hospital.answer(url)) ?? Response.json({ keys: [own.jwk] });
    });
    for (const header of [
      { jwk: own.jwk },
      { jku: 'https://evil.example/keys' },
      { x5u: 'https://evil.example/certificate' },
    ] as Signing['header'][]) {
      await expectRefused(await scene.hospital.token({}, { key: own, header: header! }));
    }
    expect(seen.filter((url) => !url.startsWith(HOSPITAL.issuer))).toEqual([]);
  });

  it('that is very long, before it is read', async () => {
    await expectRefused(await scene.hospital.token({ padding: 'x'.repeat(20_000) }));
    await expectRefused('x'.repeat(100_000));
    expect(scene.hospital.requests).toEqual([]);
  });

  it('that is no token, that comes twice, or that comes in the URL', async () => {
    for (const text of ['', 'x', '..', '%', 'null', `${await scene.hospital.token()}x`]) await expectRefused(text);
    const token = await scene.hospital.token();
    const twice = new Headers([
      ['Authorization', `Bearer ${token}`],
      ['Authorization', `Bearer ${token}`],
    ]);
    expect((await scene.archive.fetch('/dicomweb/studies', { headers: twice })).status).toBe(401);
    for (const name of ['access_token', 'token', 'id_token']) {
      expect((await scene.archive.fetch(`/dicomweb/studies?${name}=${token}`)).status, name).toBe(401);
    }
  });

  it('again once it has expired, although it was let in before', async () => {
    const token = await scene.hospital.token({ exp: seconds(60) });
    expect((await search(token)).status).toBe(200);
    // 30 seconds of clock skew are the default.
    later(89_000);
    expect((await search(token)).status).toBe(200);
    later(2000);
    await expectRefused(token);
  });
});

describe('the provider', () => {
  it('is asked once by requests that come together', async () => {
    scene.hospital.trouble = async () => {
      scene.hospital.trouble = undefined;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return Response.json({ issuer: scene.hospital.issuer, jwks_uri: scene.hospital.jwksURI });
    };
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, at) => scene.hospital.token({ sub: `person ${at}` })),
    );
    const answers = await Promise.all(tokens.map((token) => search(token)));
    expect(answers.map(({ status }) => status)).toEqual(tokens.map(() => 200));
    expect(scene.hospital.requests).toHaveLength(2);
  });

  it('may change its keys: an unknown key is looked up, at most once a minute', async () => {
    await search(await scene.hospital.token());
    const asked = scene.hospital.requests.length;
    const second = await providerKey('second');
    for (let count = 0; count < 10; count += 1) await expectRefused(await scene.hospital.token({}, { key: second }));
    expect(scene.hospital.requests).toHaveLength(asked);
    scene.hospital.keys = [second];
    later(MINUTE_MS);
    expect((await search(await scene.hospital.token({}, { key: second }))).status).toBe(200);
    await expectRefused(await scene.hospital.token({ sub: 'with the old key' }, { key: scene.keyOfHospital }));
    expect(scene.hospital.requests).toHaveLength(asked + 2);
  });

  it('may have members in its set of keys that are none (RFC 7517 5)', async () => {
    scene.hospital.noKeys = [null, 'key', 7, {}, { kty: 'RSA' }, { kty: 'of tomorrow' }];
    expect((await search(await scene.hospital.token())).status).toBe(200);
  });

  it('may be down: the keys that are known count on, and are read again when it is back', async () => {
    await search(await scene.hospital.token());
    scene.hospital.trouble = () => new Response('down', { status: 503 });
    for (const hours of [1, 5]) {
      later(hours * 60 * MINUTE_MS);
      expect((await search(await scene.hospital.token())).status).toBe(200);
    }
    const second = await providerKey('second');
    scene.hospital.keys = [second];
    scene.hospital.trouble = undefined;
    later(2 * MINUTE_MS);
    // This request is answered with the keys that are known, and has them read again.
    await search(await scene.hospital.token({ sub: 'somebody' }));
    await expectRefused(await scene.hospital.token({ sub: 'somebody else' }, { key: scene.keyOfHospital }));
    expect((await search(await scene.hospital.token({}, { key: second }))).status).toBe(200);
  });

  const troubles: [what: string, trouble: () => Response][] = [
    ['is down', () => new Response(null, { status: 500 })],
    ['redirects', () => Response.redirect('https://evil.example/', 302)],
    ['answers with a page', () => new Response('<html>')],
    ['answers with a list', () => Response.json([])],
    ['answers without end', () => new Response(endless())],
  ];
  it.each(troubles)('that %s from the beginning: 503, and it is not asked for each request', async (_what, trouble) => {
    scene.hospital.trouble = trouble;
    for (let count = 0; count < 4; count += 1) {
      const response = await search(await scene.hospital.token({ sub: `person ${count}` }));
      expect(response.status).toBe(503);
      expect(response.headers.get('Retry-After')).toBe('10');
    }
    expect(scene.hospital.requests).toHaveLength(1);
    scene.hospital.trouble = undefined;
    later(6000);
    expect((await search(await scene.hospital.token())).status).toBe(200);
  });

  it('must be the issuer, and have its keys at an https address', async () => {
    scene.hospital.claimed = 'https://id.evil.example';
    expect((await search(await scene.hospital.token())).status).toBe(503);
    scene.hospital.claimed = scene.hospital.issuer;
    scene.hospital.jwksURI = 'http://id.hospital.example/keys';
    later(6000);
    expect((await search(await scene.hospital.token())).status).toBe(503);
    expect(scene.hospital.requests.filter((url) => url.startsWith('http:'))).toEqual([]);
  });
});

function encoded(value: object): string {
  return base64url(new TextEncoder().encode(JSON.stringify(value)));
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });
}
