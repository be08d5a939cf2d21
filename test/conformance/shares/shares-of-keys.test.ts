import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';

/* A share that an API key has made ends with the key, and with the key's permission to share. */

withArchive();

const ROLES = { officer: { permissions: ['administer'] }, sharer: { permissions: ['share', 'search', 'retrieve'] } };
const STUDY = '/dicomweb/studies/1.2.3.4';

const sent = (body: unknown, key?: string): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...(key && { Authorization: `Bearer ${key}` }) },
  body: JSON.stringify(body),
});

async function deployment(usual: object = ROLES) {
  const open = archiveClient({ ROLES: JSON.stringify(usual) });
  const isolate = (roles: object = usual) =>
    archiveClient({ ALLOW_ANONYMOUS: '', ROLES: JSON.stringify(roles) }, undefined, open.prefix);
  await open.store([slice()]);
  const key = async (role: string) =>
    (await (await open.fetch('/keys', sent({ name: role, roles: [role] }))).json()) as { id: string; key: string };
  const [sharer, officer] = [await key('sharer'), await key('officer')];
  const share = async (body: object = {}) => {
    const made = await isolate().fetch(`${STUDY}/shares`, sent(body, sharer.key));
    expect(made.status).toBe(201);
    return (await made.json()) as { id: string; token: string };
  };
  return { open, isolate, sharer, officer, share };
}

/** How a share is answered by an isolate that does not know it: its token, a ticket of it, and its link. */
async function answersTo(isolate: ReturnType<typeof archiveClient>, token: string, ticket: string) {
  const get = async (bearer: string) =>
    (await isolate.fetch(`${STUDY}/metadata`, { headers: { Authorization: `Bearer ${bearer}` } })).status;
  const opened = await isolate.fetch('/shares/open', sent({ token }));
  return [await get(token), await get(ticket), opened.status];
}

describe('the share of an API key', () => {
  it.each(['revoked', 'expired', 'without the permission'])('ends when its key is %s', async (how) => {
    const { open, isolate, sharer, officer, share } = await deployment();
    const { token, id } = await share();
    const { ticket } = (await (await isolate().fetch('/shares/open', sent({ token }))).json()) as { ticket: string };
    expect(await answersTo(isolate(), token, ticket)).toEqual([200, 200, 200]);
    const roles = { ...ROLES, sharer: { permissions: ['search', 'retrieve'] } };
    const later = how === 'without the permission' ? isolate(roles) : isolate();
    if (how === 'revoked') {
      const headers = { Authorization: `Bearer ${officer.key}` };
      expect((await later.fetch(`/keys/${sharer.id}`, { method: 'DELETE', headers })).status).toBe(204);
    }
    if (how === 'expired') {
      await env.DB.prepare('UPDATE api_key SET expires_at = 1 WHERE id = ?').bind(sharer.id).run();
    }
    expect(await answersTo(later, token, ticket)).toEqual([401, 401, 403]);
    if (how === 'without the permission') return;
    const list = (await (await open.fetch('/shares')).json()) as { shares: { id: string; ended?: string }[] };
    expect(list.shares).toMatchObject([{ id, ended: expect.stringContaining('access of its maker') }]);
    expect(await (await open.fetch(`/shares/${id}`)).json()).toMatchObject({ ended: expect.any(String) });
  });

  it('goes on when its key is renewed, and when another key is revoked', async () => {
    const { open, isolate, sharer, officer, share } = await deployment();
    const { token } = await share();
    const opened = await isolate().fetch('/shares/open', sent({ token }));
    const { ticket } = (await opened.json()) as { ticket: string };
    expect((await open.fetch(`/keys/${sharer.id}/renew`, sent({}))).status).toBe(200);
    expect((await open.fetch(`/keys/${officer.id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await answersTo(isolate(), token, ticket)).toEqual([200, 200, 200]);
    const list = (await (await open.fetch('/shares')).json()) as { shares: { ended?: string }[] };
    expect(list.shares[0]).not.toHaveProperty('ended');
  });
});

describe('a key that sees less than it may share', () => {
  const PARTS = {
    ...ROLES,
    only: { permissions: ['share'] },
    ward: { permissions: ['search', 'retrieve'], studies: { AccessionNumber: ['WARD*'] } },
  };
  const ward = (body = {}) =>
    slice({ study: '1.2.5', series: '1.2.5.0', sop: '1.2.5.1', elements: [[0x00080050, 'SH', 'WARD-1']], ...body });

  it('makes no link to a study that it cannot see, and learns nothing of it', async () => {
    const { open, isolate } = await deployment(PARTS);
    await open.store([ward(), slice({ study: '1.2.7', series: '1.2.7.0', sop: '1.2.7.1' })]);
    await open.fetch('/dicomweb/studies/1.2.7', { method: 'DELETE' });
    const made = async (study: string, ...roles: string[]) => {
      const { key } = (await (await open.fetch('/keys', sent({ name: 'A', roles }))).json()) as { key: string };
      const answer = await isolate().fetch(`/dicomweb/studies/${study}/shares`, sent({}, key));
      return { status: answer.status, body: await answer.text() };
    };
    const absent = await made('1.2.9', 'only', 'ward');
    expect(absent.status).toBe(404);
    for (const hidden of ['1.2.3.4', '1.2.7']) expect(await made(hidden, 'only', 'ward')).toEqual(absent);
    expect((await made('1.2.5', 'only', 'ward')).status).toBe(201);
    const blind = await made('1.2.9', 'only');
    expect([blind.status, blind.body]).toEqual([403, expect.stringContaining('retrieve')]);
    for (const study of ['1.2.3.4', '1.2.5', '1.2.7']) expect(await made(study, 'only')).toEqual(blind);
  });

  it.each([
    ['it no more', { ward: { permissions: ['search', 'retrieve'], studies: { AccessionNumber: ['OTHER*'] } } }],
    ['nothing more', { ward: { permissions: ['search'] } }],
  ])('has no link to a study when it sees %s', async (_, roles) => {
    const { open, isolate } = await deployment(PARTS);
    await open.store([ward()]);
    const made = await open.fetch('/keys', sent({ name: 'A', roles: ['only', 'ward'] }));
    const { key } = (await made.json()) as { key: string };
    const answer = await isolate().fetch('/dicomweb/studies/1.2.5/shares', sent({}, key));
    const { token } = (await answer.json()) as { token: string };
    const read = async (by: ReturnType<typeof isolate>) =>
      (await by.fetch('/dicomweb/studies/1.2.5/metadata', { headers: { Authorization: `Bearer ${token}` } })).status;
    expect([await read(isolate()), await read(isolate({ ...PARTS, ...roles }))]).toEqual([200, 401]);
  });
});
