import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Claims } from '../../src/access/claims';
import { type ArchiveClient, archiveClient, ORIGIN } from '../support/archive-client';
import { networkOf, type ProviderKey, providerKey, type Signing, TokenProvider } from '../support/token-provider';
import { withArchive } from '../support/with-archive';

const MINUTE_MS = 60_000;

const ROLES = JSON.stringify({
  reader: { permissions: ['search', 'retrieve'] },
  uploader: { permissions: ['store'] },
  everybody: { permissions: ['search'] },
});

let keyOfHospital: ProviderKey;
let keyOfLaboratory: ProviderKey;
let hospital: TokenProvider;
let laboratory: TokenProvider;
let archive: ArchiveClient;

const issuers = (...tables: object[]) => ({ ALLOW_ANONYMOUS: '', ROLES, ISSUERS: JSON.stringify(tables) });
const HOSPITAL = { issuer: 'https://id.hospital.example', audience: ['archive', 'pacs'], rolesClaim: 'roles' };
const LABORATORY = {
  issuer: 'https://id.laboratory.example/tenant',
  audience: 'archive',
  algorithms: ['ES256'],
  clockSkewSeconds: 0,
  rolesClaim: 'realm_access.roles',
  roles: { 'Image Readers': 'reader', senders: ['uploader'] },
};

withArchive();

beforeAll(async () => {
  keyOfHospital = await providerKey('first');
  keyOfLaboratory = await providerKey('of-laboratory', 'ES256');
});

beforeEach(async () => {
  hospital = new TokenProvider(HOSPITAL.issuer);
  hospital.keys = [keyOfHospital];
  laboratory = new TokenProvider(LABORATORY.issuer);
  laboratory.keys = [keyOfLaboratory];
  vi.stubGlobal('fetch', networkOf([hospital, laboratory]));
  vi.useFakeTimers({ toFake: ['Date'] });
  archive = archiveClient(issuers(HOSPITAL, LABORATORY));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const later = (ms: number) => vi.setSystemTime(Date.now() + ms);
const seconds = (from: number) => Math.floor(Date.now() / 1000) + from;
const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
const search = async (token: string, client = archive) => await client.fetch('/dicomweb/studies', bearer(token));

/** The archive refuses the token, and says nothing about what is in it. */
async function expectRefused(token: string, client = archive): Promise<void> {
  const response = await search(token, client);
  expect(response.status).toBe(401);
  expect(response.headers.get('WWW-Authenticate')).toMatch(/^Bearer realm="dicomweb", error="invalid_token"/);
  expect(await response.text()).not.toMatch(/anna|first|hospital/);
}

describe('a token of a configured issuer', () => {
  it('lets in whom its roles let in, and no further', async () => {
    const token = await hospital.token();
    expect((await search(token)).status).toBe(200);
    const refused = await archive.fetch('/dicomweb/studies', { method: 'POST', ...bearer(token) });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('WWW-Authenticate')).toMatch(/error="insufficient_scope", scope="store"/);
    expect((await archive.fetch('/dicomweb/studies')).status).toBe(401);
    expect((await search(await hospital.token({ aud: ['other', 'pacs'] }))).status).toBe(200);
    expect((await search(await hospital.token({}, { header: { typ: undefined } }))).status).toBe(200);
    expect((await search(await hospital.token({}, { header: { typ: 'JWT' } }))).status).toBe(200);
  });

  it('is verified once: a warm request asks nobody', async () => {
    const token = await hospital.token();
    await search(token);
    expect(hospital.requests).toHaveLength(2);
    const before = { ...archive.operations };
    const digests = vi.spyOn(crypto.subtle, 'verify');
    for (let count = 0; count < 5; count += 1) {
      expect((await archive.fetch('/nowhere', bearer(token))).status).toBe(404);
    }
    expect(digests).not.toHaveBeenCalled();
    expect(hospital.requests).toHaveLength(2);
    expect(archive.operations.d1).toBe(before.d1);
    digests.mockRestore();
  });

  it('has its roles in the claim that is configured, in several forms', async () => {
    const status = async (claims: Claims) => (await search(await hospital.token(claims))).status;
    for (const roles of [['reader'], 'reader', 'other reader', ['x', 'reader', 7]]) {
      expect(await status({ roles }), JSON.stringify(roles)).toBe(200);
    }
    for (const roles of [undefined, [], '', 'reader2', { reader: true }, 7, null, ['unknown'], ['constructor']]) {
      expect(await status({ roles }), JSON.stringify(roles)).toBe(403);
    }
  });

  it('of another issuer is read by that issuer’s table', async () => {
    const status = async (claims: Claims) => (await search(await laboratory.token(claims))).status;
    expect(await status({ realm_access: { roles: ['Image Readers'] } })).toBe(200);
    // Only what the table maps counts: the name of a role is not enough.
    expect(await status({ realm_access: { roles: ['reader'] } })).toBe(403);
    expect(await status({ realm_access: { roles: ['senders'] } })).toBe(403);
    expect(await status({ roles: ['reader'], 'realm_access.roles': 'Image Readers' })).toBe(200);
  });

  it('gives the roles of everybody, whatever its claims are', async () => {
    const { rolesClaim: _none, ...table } = HOSPITAL;
    const client = archiveClient(issuers({ ...table, everyone: ['everybody'] }));
    expect((await search(await hospital.token({ roles: ['uploader'] }), client)).status).toBe(200);
    const stored = await client.fetch('/dicomweb/studies', { method: 'POST', ...bearer(await hospital.token()) });
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
  it.each(claims)('that %s', async (_what, of) => expectRefused(await hospital.token(of())));

  const headers: [what: string, header: Record<string, unknown>][] = [
    ['signs a session out', { typ: 'logout+jwt' }],
    ['has an extension that must be understood', { crit: ['extension'], extension: 1 }],
  ];
  it.each(headers)('that %s', async (_what, header) => expectRefused(await hospital.token({}, { header })));

  it('with a header, a payload or a signature of somebody else', async () => {
    const [header, payload, signature] = (await hospital.token()).split('.') as [string, string, string];
    const stranger = await providerKey('first');
    const more = encoded({
      ...JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))),
      roles: ['uploader'],
    });
    await expectRefused(`${header}.${more}.${signature}`);
    await expectRefused(`${header}.${payload}.`);
    await expectRefused(`${header}.${payload}`);
    await expectRefused(`${header}.${payload}.${signature}.`);
    await expectRefused(await hospital.token({}, { key: stranger }));
  });

  it('without a signature, or with the public key as the secret of one', async () => {
    const [, payload] = (await hospital.token()).split('.') as [string, string];
    for (const alg of ['none', 'None', 'NONE']) await expectRefused(`${encoded({ alg })}.${payload}.`);
    for (const secret of [keyOfHospital.jwk.n!, JSON.stringify(keyOfHospital.jwk)]) {
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
    laboratory.keys = [keyOfLaboratory, other];
    const roles = { realm_access: { roles: ['Image Readers'] } };
    await expectRefused(await laboratory.token(roles, { key: other }));
    expect((await search(await laboratory.token(roles))).status).toBe(200);
  });

  it('with a key of another issuer, and with a key that it brings itself', async () => {
    await expectRefused(await hospital.token({}, { key: keyOfLaboratory }));
    await expectRefused(await laboratory.token({ iss: HOSPITAL.issuer }));
    const own = await providerKey('own');
    const seen: string[] = [];
    vi.stubGlobal('fetch', async (url: string) => {
      seen.push(url);
      return (await hospital.answer(url)) ?? Response.json({ keys: [own.jwk] });
    });
    for (const header of [
      { jwk: own.jwk },
      { jku: 'https://evil.example/keys' },
      { x5u: 'https://evil.example/certificate' },
    ] as Signing['header'][]) {
      await expectRefused(await hospital.token({}, { key: own, header: header! }));
    }
    expect(seen.filter((url) => !url.startsWith(HOSPITAL.issuer))).toEqual([]);
  });

  it('that is very long, before it is read', async () => {
    await expectRefused(await hospital.token({ padding: 'x'.repeat(20_000) }));
    await expectRefused('x'.repeat(100_000));
    expect(hospital.requests).toEqual([]);
  });

  it('that is no token, that comes twice, or that comes in the URL', async () => {
    for (const text of ['', 'x', '..', '%', 'null', `${await hospital.token()}x`]) await expectRefused(text);
    const token = await hospital.token();
    const twice = new Headers([
      ['Authorization', `Bearer ${token}`],
      ['Authorization', `Bearer ${token}`],
    ]);
    expect((await archive.fetch('/dicomweb/studies', { headers: twice })).status).toBe(401);
    for (const name of ['access_token', 'token', 'id_token']) {
      expect((await archive.fetch(`/dicomweb/studies?${name}=${token}`)).status, name).toBe(401);
    }
  });

  it('again once it has expired, although it was let in before', async () => {
    const token = await hospital.token({ exp: seconds(60) });
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
    hospital.trouble = async () => {
      hospital.trouble = undefined;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return Response.json({ issuer: hospital.issuer, jwks_uri: hospital.jwksURI });
    };
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, at) => hospital.token({ sub: `person ${at}` })));
    const answers = await Promise.all(tokens.map((token) => search(token)));
    expect(answers.map(({ status }) => status)).toEqual(tokens.map(() => 200));
    expect(hospital.requests).toHaveLength(2);
  });

  it('may change its keys: an unknown key is looked up, at most once a minute', async () => {
    await search(await hospital.token());
    const asked = hospital.requests.length;
    const second = await providerKey('second');
    for (let count = 0; count < 10; count += 1) await expectRefused(await hospital.token({}, { key: second }));
    expect(hospital.requests).toHaveLength(asked);
    hospital.keys = [second];
    later(MINUTE_MS);
    expect((await search(await hospital.token({}, { key: second }))).status).toBe(200);
    await expectRefused(await hospital.token({ sub: 'with the old key' }, { key: keyOfHospital }));
    expect(hospital.requests).toHaveLength(asked + 2);
  });

  it('may be down: the keys that are known count on, and are read again when it is back', async () => {
    await search(await hospital.token());
    hospital.trouble = () => new Response('down', { status: 503 });
    for (const hours of [1, 5]) {
      later(hours * 60 * MINUTE_MS);
      expect((await search(await hospital.token())).status).toBe(200);
    }
    const second = await providerKey('second');
    hospital.keys = [second];
    hospital.trouble = undefined;
    later(2 * MINUTE_MS);
    // This request is answered with the keys that are known, and has them read again.
    await search(await hospital.token({ sub: 'somebody' }));
    await expectRefused(await hospital.token({ sub: 'somebody else' }, { key: keyOfHospital }));
    expect((await search(await hospital.token({}, { key: second }))).status).toBe(200);
  });

  const troubles: [what: string, trouble: () => Response][] = [
    ['is down', () => new Response(null, { status: 500 })],
    ['redirects', () => Response.redirect('https://evil.example/', 302)],
    ['answers with a page', () => new Response('<html>')],
    ['answers with a list', () => Response.json([])],
    ['answers without end', () => new Response(endless())],
  ];
  it.each(troubles)('that %s from the beginning: 503, and it is not asked for each request', async (_what, trouble) => {
    hospital.trouble = trouble;
    for (let count = 0; count < 4; count += 1) {
      const response = await search(await hospital.token({ sub: `person ${count}` }));
      expect(response.status).toBe(503);
      expect(response.headers.get('Retry-After')).toBe('10');
    }
    expect(hospital.requests).toHaveLength(1);
    hospital.trouble = undefined;
    later(6000);
    expect((await search(await hospital.token())).status).toBe(200);
  });

  it('must be the issuer, and have its keys at an https address', async () => {
    hospital.claimed = 'https://id.evil.example';
    expect((await search(await hospital.token())).status).toBe(503);
    hospital.claimed = hospital.issuer;
    hospital.jwksURI = 'http://id.hospital.example/keys';
    later(6000);
    expect((await search(await hospital.token())).status).toBe(503);
    expect(hospital.requests.filter((url) => url.startsWith('http:'))).toEqual([]);
  });
});

describe('a proxy that brings the token in a header of its own (Cloudflare Access)', () => {
  const header = 'Cf-Access-Jwt-Assertion';
  const ACCESS = { ...HOSPITAL, header, subjectClaim: ['sub', 'common_name'], jwksUri: `${HOSPITAL.issuer}/keys` };

  it('is one more issuer, whose tokens count in that header alone', async () => {
    const client = archiveClient(issuers(ACCESS, LABORATORY));
    const token = await hospital.token();
    const fetch = (headers: Record<string, string>) => client.fetch('/dicomweb/studies', { headers });
    expect((await fetch({ [header]: token })).status).toBe(200);
    expect(hospital.requests).toEqual([`${HOSPITAL.issuer}/keys`]);
    expect((await fetch({ Authorization: `Bearer ${token}` })).status).toBe(401);
    expect((await fetch({ [header]: `${token}x` })).status).toBe(401);
    const other = await laboratory.token({ realm_access: { roles: ['Image Readers'] } });
    expect((await fetch({ [header]: other })).status).toBe(401);
    // What the client sends itself counts first.
    expect((await fetch({ Authorization: 'Bearer x', [header]: token })).status).toBe(401);
    // A service token has no subject.
    const service = await hospital.token({ sub: '', common_name: 'scanner' });
    expect((await fetch({ [header]: service })).status).toBe(200);
  });

  it('lets pages of another origin change nothing: the proxy knows the user by a cookie', async () => {
    const friend = 'https://friend.example';
    for (const origins of [friend, '*']) {
      const client = archiveClient({ ...issuers(ACCESS), CORS_ORIGINS: origins });
      const token = await hospital.token();
      const change = async (headers: Record<string, string>) => {
        const init = { method: 'DELETE', headers: { [header]: token, ...headers } };
        const { detail } = (await (await client.fetch('/dicomweb/studies/1.2', init)).json()) as { detail: string };
        return detail;
      };
      const refusal = /proxy allows changes only from pages of this archive/;
      expect(await change({ Origin: friend })).toMatch(refusal);
      expect(await change({ Origin: friend, 'Sec-Fetch-Site': 'cross-site' })).toMatch(refusal);
      expect(await change({ 'Sec-Fetch-Site': 'cross-site' })).toMatch(/Pages of other origins/);
      for (const own of [{}, { Origin: ORIGIN }, { Origin: ORIGIN, 'Sec-Fetch-Site': 'same-origin' }]) {
        expect(await change(own)).toMatch(/permission "delete"/);
      }
    }
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
