import { describe, expect, it, vi } from 'vitest';
import {
  bearer,
  deployment,
  isolate,
  SEARCH,
  type Shown,
  sent,
  withTwoArchives,
} from '../../support/access/key-deployment';

withTwoArchives();

describe('API keys, for their administrator', () => {
  it('are created: the text is shown once, and nothing of it is kept', async () => {
    const { archive, officer } = await deployment();
    const response = await archive.fetch(
      '/keys',
      sent({ name: 'Clinic 7', roles: ['uploader'], expires: '2031-05-04' }, officer),
    );
    expect(response.status).toBe(201);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    const made: Shown = await response.json();
    expect(made).toMatchObject({ name: 'Clinic 7', roles: ['uploader'], expires: '2031-05-05T00:00:00.000Z' });
    expect(made.createdBy).toMatch(/^key:[0-9a-f]{16}$/);
    const shown = await archive.fetch(response.headers.get('Location')!, bearer(officer));
    const { key, ...rest } = made;
    expect(await shown.json()).toEqual(rest);
    const list = await (await archive.fetch('/keys', bearer(officer))).text();
    expect(JSON.parse(list).keys).toHaveLength(2);
    expect(list).not.toContain(key.slice(4, 40));
    const { results } = await archive.bindings.database.prepare('SELECT * FROM api_key_secret').all();
    expect(JSON.stringify(results)).not.toContain(key.slice(4, 40));
  });

  it('expire a year later unless they say when', async () => {
    const { make } = await deployment();
    const { created, expires } = (await make(['reader'])) as unknown as { created: string; expires: string };
    expect(Date.parse(expires) - Date.parse(created)).toBe(365 * 24 * 60 * 60 * 1000);
  });

  it('are refused with a reason that quotes nothing', async () => {
    const { archive, officer } = await deployment();
    const good = { name: 'A', roles: ['reader'] };
    for (const [body, status] of [
      [{ ...good, name: '' }, 400],
      [{ ...good, name: 'a\nb' }, 400],
      [{ ...good, name: 'a'.repeat(101) }, 400],
      [{ ...good, name: 7 }, 400],
      [{ ...good, roles: [] }, 400],
      [{ ...good, roles: 'reader' }, 400],
      [{ ...good, roles: ['SECRET'] }, 400],
      [{ ...good, roles: ['__proto__'] }, 400],
      [{ ...good, roles: ['elsewhere'] }, 400],
      [{ ...good, expires: '2020-01-01' }, 400],
      [{ ...good, expires: '2099-01-01' }, 400],
      [{ ...good, expires: 'SECRET' }, 400],
      [{ ...good, expires: null }, 400],
      [{ ...good, SECRET: 1 }, 400],
      [[good], 400],
      [{ ...good, name: 'a'.repeat(20_000) }, 413],
    ] as const) {
      const response = await archive.fetch('/keys', sent(body, officer));
      expect(response.status, JSON.stringify(body).slice(0, 80)).toBe(status);
      expect(await response.text()).not.toContain('SECRET');
    }
    const form = { ...bearer(officer), method: 'POST', body: new URLSearchParams({ name: 'A' }) };
    expect((await archive.fetch('/keys', form)).status).toBe(415);
    const garbled = { ...sent(good, officer), body: '{"name"' };
    expect((await archive.fetch('/keys', garbled)).status).toBe(400);
    for (const [method, path] of [
      ['GET', '/keys/0123456789abcdef'],
      ['DELETE', '/keys/0123456789abcdef'],
      ['POST', '/keys/0123456789abcdef/renew'],
    ] as const) {
      expect((await archive.fetch(path, { ...bearer(officer), method })).status).toBe(404);
    }
  });

  it('are renewed: the old secret ends at once', async () => {
    const { archive, officer, make } = await deployment();
    const { id, key } = await make(['reader']);
    const response = await archive.fetch(`/keys/${id}/renew`, sent({ expires: '2031-01-01' }, officer));
    expect(response.status).toBe(200);
    const renewed: Shown = await response.json();
    expect(renewed).toMatchObject({ id, expires: '2031-01-02T00:00:00.000Z' });
    const other = isolate(archive);
    expect((await other.fetch(SEARCH, bearer(renewed.key))).status).toBe(200);
    const old = await other.fetch(SEARCH, bearer(key));
    expect([old.status, await old.json()]).toMatchObject([
      401,
      { detail: 'The API key was renewed: use the new one.' },
    ]);
  });

  it('are renewed without a gap, when asked: the old secret counts for some hours', async () => {
    const { archive, officer, make } = await deployment();
    const { id, key } = await make(['reader']);
    const renewed = await archive.fetch(`/keys/${id}/renew`, sent({ overlapHours: 24 }, officer));
    const { key: next }: Shown = await renewed.json();
    const day = Date.now() + 24 * 60 * 60 * 1000;
    expect((await isolate(archive).fetch(SEARCH, bearer(key))).status).toBe(200);
    vi.spyOn(Date, 'now').mockReturnValue(day + 1000);
    try {
      expect((await isolate(archive).fetch(SEARCH, bearer(key))).status).toBe(401);
      expect((await isolate(archive).fetch(SEARCH, bearer(next))).status).toBe(200);
    } finally {
      vi.restoreAllMocks();
    }
    expect((await archive.fetch(`/keys/${id}/renew`, sent({ overlapHours: 169 }, officer))).status).toBe(400);
  });

  it('are revoked, also twice; a revoked one is not renewed', async () => {
    const { archive, officer, make } = await deployment();
    const { id, key } = await make(['reader']);
    expect((await archive.fetch(SEARCH, bearer(key))).status).toBe(200);
    const revoke = { ...bearer(officer), method: 'DELETE' };
    expect((await archive.fetch(`/keys/${id}`, revoke)).status).toBe(204);
    expect((await archive.fetch(`/keys/${id}`, revoke)).status).toBe(204);
    const refused = await archive.fetch(SEARCH, bearer(key));
    expect([refused.status, await refused.json()]).toMatchObject([401, { detail: 'The API key is revoked.' }]);
    expect((await archive.fetch(`/keys/${id}/renew`, sent({}, officer))).status).toBe(409);
  });

  it('are not for others', async () => {
    const { archive, make } = await deployment();
    const { id, key } = await make(['uploader', 'reader']);
    for (const [method, path] of [
      ['GET', '/keys'],
      ['POST', '/keys'],
      ['GET', `/keys/${id}`],
      ['DELETE', `/keys/${id}`],
      ['POST', `/keys/${id}/renew`],
    ] as const) {
      const response = await archive.fetch(path, { ...bearer(key), method });
      expect([response.status, response.headers.get('WWW-Authenticate')], path).toEqual([
        403,
        'Bearer realm="dicomweb", error="insufficient_scope", scope="administer"',
      ]);
      expect((await archive.fetch(path, { method })).status).toBe(401);
    }
  });
});
