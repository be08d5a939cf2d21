import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { migrateNorth, twoArchives } from '../../support/platform/two-archives';

withArchive(migrateNorth);

type Headers = Record<string, string>;

const bearer = (token: string): Headers => ({ Authorization: `Bearer ${token}` });
const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

describe('a key of the deployment that counts in other archives', () => {
  const ROLES = {
    own: { permissions: ['administer', 'search'] },
    all: { permissions: ['administer', 'search'], archives: ['*'] },
    north: { permissions: ['search'], archives: ['north'] },
  };

  it('is made and renewed by those who administer each of them', async () => {
    const [all, strict] = [twoArchives({ ROLES }), twoArchives({ ROLES, ALLOW_ANONYMOUS: '' })];
    const made = async (role: string, headers?: Headers) => {
      const init = json({ name: role, roles: [role] });
      const fetch = headers === undefined ? all : strict;
      const response = await fetch('/keys', { ...init, headers: { ...(init.headers as Headers), ...headers } });
      return { status: response.status, ...((await response.json()) as { id: string; key: string }) };
    };
    const [local, everywhere] = [await made('own'), await made('all')];
    for (const role of ['all', 'north']) {
      expect((await made(role, bearer(local.key))).status).toBe(400);
      expect((await made(role, bearer(everywhere.key))).status).toBe(201);
    }
    expect((await made('own', bearer(local.key))).status).toBe(201);
    const renew = (by: string) => strict(`/keys/${everywhere.id}/renew`, { method: 'POST', headers: bearer(by) });
    expect((await renew(local.key)).status).toBe(403);
    expect((await renew(everywhere.key)).status).toBe(200);
  });
});
