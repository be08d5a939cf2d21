import { describe, expect, it, vi } from 'vitest';
import { newKeyText } from '../../../src/access/key-text';
import { newAddress, newNetwork } from '../../support/access/addresses';
import {
  basic,
  bearer,
  deployment,
  isolate,
  ROLES,
  SEARCH,
  type Shown,
  sent,
  watched,
  withTwoArchives,
} from '../../support/access/key-deployment';
import { archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { twoArchives } from '../../support/platform/two-archives';

withTwoArchives();

describe('a request with an API key', () => {
  it('is let in by Bearer, and by Basic with any user name', async () => {
    const { archive, make } = await deployment();
    const { key } = await make(['reader']);
    for (const init of [
      bearer(key),
      { headers: { Authorization: `bearer  ${key}` } },
      basic(key),
      basic(key, ''),
      { headers: { Authorization: `basic ${btoa(`:${key}`)}` } },
    ]) {
      expect((await archive.fetch(SEARCH, init)).status).toBe(200);
    }
    for (const init of [
      { headers: { Authorization: key } },
      { headers: { Authorization: `Digest ${key}` } },
      { headers: { Authorization: `Basic ${btoa(key)}x` } },
      { headers: { 'X-API-Key': key } },
    ]) {
      expect((await archive.fetch(SEARCH, init)).status).toBe(401);
    }
    expect((await archive.fetch(`${SEARCH}?key=${key}`)).status).toBe(401);
  });

  it('may do what the roles of the key say, and no more', async () => {
    const { archive, make } = await deployment();
    const { key } = await make(['uploader']);
    const stored = await archive.store([slice()]);
    expect(stored.status).toBe(401);
    const { multipart } = await import('../../support/clients/archive-client');
    const { headers, body } = multipart([slice()]);
    const store = { method: 'POST', headers: { ...headers, ...bearer(key).headers }, body };
    expect((await archive.fetch(SEARCH, store)).status).toBe(200);
    expect((await archive.fetch(SEARCH, bearer(key))).status).toBe(403);
    expect((await archive.fetch('/dicomweb/studies/1.2.3.4/metadata', bearer(key))).status).toBe(403);
  });

  it('is refused with the reason in WWW-Authenticate, even where everybody has access', async () => {
    const { archive, officer, make } = await deployment();
    const { key } = await make(['reader'], { expires: '2031-01-01' });
    const mistyped = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
    for (const client of [archive, isolate(archive, { ALLOW_ANONYMOUS: 'true' })]) {
      for (const [wrong, detail] of [
        [newKeyText(), 'The API key is not known in this archive.'],
        [mistyped, 'The API key is mistyped.'],
      ] as const) {
        const response = await client.fetch(SEARCH, bearer(wrong));
        expect([response.status, await response.json()]).toMatchObject([401, { detail }]);
        expect(response.headers.get('WWW-Authenticate')).toContain('error="invalid_token"');
      }
    }
    expect((await archive.fetch('/health', bearer(mistyped))).status).toBe(200);
    vi.spyOn(Date, 'now').mockReturnValue(Date.parse('2031-01-02T00:00:00Z'));
    try {
      const response = await archive.fetch(SEARCH, bearer(key));
      expect([response.status, await response.json()]).toMatchObject([401, { detail: 'The API key has expired.' }]);
      expect((await archive.fetch('/keys', bearer(officer))).status).toBe(401);
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('costs no look-up when the isolate knows the key; a revocation counts within 30 s', async () => {
    const { archive, officer, make } = await deployment();
    const { id, key } = await make(['reader']);
    const { other, lookUps } = watched(archive);
    const asked = async (presented: string) => {
      const before = lookUps();
      const { status } = await other.fetch('/nowhere', bearer(presented));
      return [status, lookUps() - before];
    };
    expect(await asked(key)).toEqual([404, 1]);
    const queries = other.operations.d1;
    expect(await asked(key)).toEqual([404, 0]);
    expect(other.operations.d1).toBe(queries);
    await archive.fetch(`/keys/${id}`, { ...bearer(officer), method: 'DELETE' });
    expect(await asked(key)).toEqual([404, 0]);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 30_001);
    try {
      expect(await asked(key)).toEqual([401, 1]);
      expect(await asked(key)).toEqual([401, 0]);
    } finally {
      vi.restoreAllMocks();
    }
    // A mistyped key costs nothing.
    expect(await asked(`${key.slice(0, -2)}~~`)).toEqual([401, 0]);
  });

  it('notes the last use of the key', async () => {
    const { archive, officer, make } = await deployment();
    const { id, key } = await make(['reader']);
    const lastUsed = async () => {
      const shown: Shown = await (await archive.fetch(`/keys/${id}`, bearer(officer))).json();
      return shown.lastUsed;
    };
    expect(await lastUsed()).toBeUndefined();
    await archive.fetch(SEARCH, bearer(key));
    expect(Date.now() - Date.parse(String(await lastUsed()))).toBeLessThan(60_000);
  });

  it('fails with 503, and does not fall open, while the database does not answer', async () => {
    const { archive, make } = await deployment();
    const { key } = await make(['reader']);
    const { failing } = await import('../../support/platform/failing');
    const broken = archiveClient(
      { ALLOW_ANONYMOUS: '', ROLES },
      (real) => failing(real, () => ({ message: 'D1 DB is overloaded.', when: 'before' })),
      archive.prefix,
    );
    const response = await broken.fetch(SEARCH, bearer(key));
    expect(response.status).toBe(503);
    // A failure of the look-up is not remembered as a wrong key.
    expect(await response.json()).toMatchObject({ code: 'unavailable' });
  });
});

describe('guesses (RFC 6585 4)', () => {
  it('are slowed by address: the twenty-first wrong key gets 429; repeated ones do not count, and valid ones are let in', async () => {
    const { archive, make } = await deployment();
    const { key } = await make(['reader']);
    const address = newAddress();
    const from = (presented: string) =>
      archive.fetch(SEARCH, { headers: { Authorization: `Bearer ${presented}`, 'CF-Connecting-IP': address } });
    const old = newKeyText();
    for (let times = 0; times < 30; times += 1) expect((await from(old)).status).toBe(401);
    for (let times = 0; times < 19; times += 1) expect((await from(newKeyText())).status).toBe(401);
    const slowed = await from(newKeyText());
    expect(slowed.status).toBe(429);
    expect(Number(slowed.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(Number(slowed.headers.get('Retry-After'))).toBeLessThanOrEqual(60);
    expect(await slowed.json()).toMatchObject({ code: 'too-many-requests' });
    // A client that repeats its old key still learns that the key is wrong.
    expect((await from(old)).status).toBe(401);
    // A hospital has one address: somebody's guesses do not shut out the key of a scanner, which this isolate does not know yet.
    expect((await from(key)).status).toBe(200);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
    try {
      expect((await from(newKeyText())).status).toBe(401);
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('are not looked up any more after very many, while any valid key is let in; nor is a key that can never be valid', async () => {
    const { archive, make } = await deployment();
    const { key } = await make(['reader']);
    const { key: unused } = await make(['reader']);
    const { other, lookUps } = watched(archive);
    const address = newAddress();
    const from = async (presented: string) =>
      await other.fetch(SEARCH, {
        headers: { Authorization: `Bearer ${presented}`, 'CF-Connecting-IP': address },
      });
    expect((await from(key)).status).toBe(200);
    const statuses: number[] = [];
    for (let times = 0; times < 300; times += 1) statuses.push((await from(newKeyText())).status);
    expect(statuses).toEqual([...Array(20).fill(401), ...Array(280).fill(429)]);
    // And the list of what may be valid.
    expect(lookUps()).toBe(1 + 20 + 100 + 1);
    expect((await from(key)).status).toBe(200);
    // A scanner behind the same address, whose key this isolate does not know.
    expect((await from(unused)).status).toBe(200);
    const unknown = newKeyText();
    const elsewhere = async () => (await other.fetch(SEARCH, bearer(unknown))).status;
    const before = lookUps();
    const now = Date.now();
    for (const minutes of [0, 1, 3, 9]) {
      vi.spyOn(Date, 'now').mockReturnValue(now + minutes * 60_000);
      expect(await elsewhere()).toBe(401);
    }
    vi.restoreAllMocks();
    expect(lookUps()).toBe(before + 1);
  });

  it('as passwords of another kind count too', async () => {
    const { archive } = await deployment();
    const address = newAddress();
    const statuses = [];
    for (let at = 1; at <= 21; at += 1) {
      const headers = { Authorization: `Basic ${btoa(`admin:${at}`)}`, 'CF-Connecting-IP': address };
      statuses.push((await archive.fetch(SEARCH, { headers })).status);
    }
    expect(statuses).toEqual([...Array(20).fill(401), 429]);
  });

  it('from one IPv6 network count together', async () => {
    const { archive } = await deployment();
    const network = newNetwork();
    const statuses = [];
    for (let at = 1; at <= 21; at += 1) {
      const headers = { Authorization: `Bearer ${newKeyText()}`, 'CF-Connecting-IP': `${network}::${at}` };
      statuses.push((await archive.fetch(SEARCH, { headers })).status);
    }
    expect(statuses).toEqual([...Array(20).fill(401), 429]);
  });
});

describe('a key of one of several archives', () => {
  it('counts there alone, and one of the deployment in each that its roles name', async () => {
    const open = twoArchives({ ROLES });
    const made: Record<string, Shown> = {};
    for (const archive of ['', '/archives/north']) {
      const response = await open(`${archive}/keys`, sent({ name: 'A', roles: ['anywhere'] }));
      expect(response.status).toBe(201);
      made[archive] = await response.json();
      expect(response.headers.get('Location')).toBe(`${archive}/keys/${made[archive].id}`);
    }
    const closed = twoArchives({ ALLOW_ANONYMOUS: '', ROLES });
    // Twice, because the isolate knows the keys the second time.
    for (let times = 0; times < 2; times += 1) {
      for (const [archive, other] of [
        ['', '/archives/north'],
        ['/archives/north', ''],
      ] as const) {
        const { key, id } = made[archive]!;
        for (const path of [SEARCH, '/keys', `/keys/${id}`]) {
          expect((await closed(archive + path, bearer(key))).status, archive + path).toBe(200);
          const elsewhere = archive === '' ? (path.endsWith(id) ? 404 : 200) : 401;
          expect((await closed(other + path, bearer(key))).status, other + path).toBe(elsewhere);
        }
        const foreign = `/keys/${made[other]!.id}`;
        expect((await closed(archive + foreign, { ...bearer(key), method: 'DELETE' })).status).toBe(404);
        expect((await closed(`/archives/none${SEARCH}`, bearer(key))).status).toBe(archive === '' ? 404 : 401);
      }
    }
  });
});
