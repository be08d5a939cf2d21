import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { UNSEEN_MS } from '../../../src/auth/share/sharer';
import { bearer, create, sent } from '../../support/access/key-deployment';
import { networkOf, type ProviderKey, providerKey, TokenProvider } from '../../support/access/token-provider';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';

/* A share that a person has made ends when the person, as last known, may not share the study any more. */

const ROLES = {
  officer: { permissions: ['administer'] },
  radiologist: { permissions: ['search', 'retrieve', 'share'] },
  north: { permissions: ['search', 'retrieve', 'share'], studies: { labels: ['north'] } },
  reader: { permissions: ['search', 'retrieve'] },
};
const ISSUERS = JSON.stringify([{ issuer: 'https://id.hospital.example', audience: 'archive', rolesClaim: 'roles' }]);
const STUDY = '/dicomweb/studies/1.2.3.4';

let key: ProviderKey;
let provider: TokenProvider;
let open: ArchiveClient;

withArchive();
beforeAll(async () => {
  key = await providerKey('first');
});
beforeEach(async () => {
  provider = new TokenProvider('https://id.hospital.example');
  provider.keys = [key];
  vi.stubGlobal('fetch', networkOf([provider]));
  open = archiveClient({ ROLES: JSON.stringify(ROLES) });
  await open.store([slice()]);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Another isolate, which knows nothing yet. */
const isolate = (roles: object = ROLES) =>
  archiveClient({ ALLOW_ANONYMOUS: '', ROLES: JSON.stringify(roles), ISSUERS }, undefined, open.prefix);

const tokenOf = async (sub: string, ...roles: string[]) => await provider.token({ sub, roles });

async function share(token: string) {
  const made = await isolate().fetch(`${STUDY}/shares`, sent({}, token));
  expect(made.status).toBe(201);
  return (await made.json()) as { id: string; token: string };
}

const status = async (token: string, client = isolate()) =>
  (await client.fetch(`${STUDY}/metadata`, bearer(token))).status;

describe('the share of a person', () => {
  it.each([
    ['has another role', ['reader']],
    ['has none', []],
    ['sees other studies alone', ['north']],
  ])('ends when the person %s at a later request, and counts again with the role', async (_, roles) => {
    const shared = await share(await tokenOf('anna', 'radiologist'));
    expect(await status(shared.token)).toBe(200);
    await isolate().fetch('/dicomweb/studies', bearer(await tokenOf('anna', ...roles)));
    expect(await status(shared.token)).toBe(401);
    const opened = await isolate().fetch('/shares/open', sent({ token: shared.token }));
    expect(opened.status).toBe(403);
    const list = await isolate().fetch('/shares', bearer(await tokenOf('bert', 'radiologist')));
    expect(await list.json()).toMatchObject({ shares: [{ id: shared.id, ended: expect.stringContaining('maker') }] });
    await isolate().fetch('/dicomweb/studies', bearer(await tokenOf('anna', 'radiologist')));
    expect(await status(shared.token)).toBe(200);
  });

  it('ends when its role loses the permission, and when the person does not come back', async () => {
    const shared = await share(await tokenOf('anna', 'radiologist'));
    const less = isolate({ ...ROLES, radiologist: { permissions: ['search', 'retrieve'] } });
    expect(await status(shared.token, less)).toBe(401);
    const other = await share(await tokenOf('carl', 'radiologist'));
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + UNSEEN_MS + 1000);
    // A share that lasts longer.
    const made = await open.fetch('/shares');
    expect(((await made.json()) as { shares: unknown[] }).shares).toHaveLength(2);
    const { results } = await env.DB.prepare('UPDATE share SET expires_at = ? RETURNING id')
      .bind(Date.now() + 1_000_000)
      .all();
    expect(results).toHaveLength(2);
    expect(await status(other.token)).toBe(401);
    await isolate().fetch('/dicomweb/studies', bearer(await tokenOf('carl', 'radiologist')));
    expect(await status(other.token)).toBe(200);
  });

  it('is revoked with all others of the person by an administrator, and by nobody else', async () => {
    const anna = await tokenOf('anna', 'radiologist');
    const shares = [await share(anna), await share(anna), await share(await tokenOf('bert', 'radiologist'))];
    const officer = await create(open, { name: 'Officer', roles: ['officer'] });
    const path = `/shares?createdBy=${encodeURIComponent('https://id.hospital.example|anna')}`;
    const listed = (await (await isolate().fetch(path, bearer(anna))).json()) as { shares: { id: string }[] };
    expect(listed.shares.map(({ id }) => id).sort()).toEqual([shares[0]!.id, shares[1]!.id].sort());
    expect((await isolate().fetch(path, { method: 'DELETE', ...bearer(anna) })).status).toBe(403);
    expect((await isolate().fetch('/shares', { method: 'DELETE', ...bearer(officer.key) })).status).toBe(400);
    const revoked = await isolate().fetch(path, { method: 'DELETE', ...bearer(officer.key) });
    expect(((await revoked.json()) as { revoked: string[] }).revoked.sort()).toEqual(
      [shares[0]!.id, shares[1]!.id].sort(),
    );
    const statuses = await Promise.all(shares.map(async ({ token }) => await status(token)));
    expect(statuses).toEqual([401, 401, 200]);
    const { results } = await env.DB.prepare("SELECT subject FROM audit_event WHERE action = 'share'").all();
    expect(JSON.stringify(results)).toContain('2 shares of https://id.hospital.example|anna');
  });
});
