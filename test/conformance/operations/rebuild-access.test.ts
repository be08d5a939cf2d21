import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { keepAllAccess } from '../../../src/archive/access/keep-access';
import { Activity } from '../../../src/archive/activity';
import type { QueueMessage } from '../../../src/archive/background-messages';
import { Ledger } from '../../../src/archive/memory/ledger';
import { beginArchive, separation } from '../../../src/archive/remove/archive-id';
import { consume } from '../../../src/background/queue';
import { parseConfig } from '../../../src/config';
import { openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import { putBack, remember } from '../../support/databases/put-back';
import { allSnapshots, loseDatabase, rebuild } from '../../support/databases/rebuilding';
import { slice } from '../../support/files/samples';

/* Keys and shares are in the bucket too: an index that was lost, or put back, knows them, and nothing that was revoked comes back. */

withArchive();

const ROLES = JSON.stringify({
  officer: { permissions: ['administer', 'share', 'search', 'retrieve'] },
  reader: { permissions: ['search', 'retrieve'] },
});
const STUDY = '/dicomweb/studies/1.2.3.4';

const sent = (body: unknown, key?: string, method = 'POST'): RequestInit => ({
  method,
  headers: { 'Content-Type': 'application/json', ...(key && { Authorization: `Bearer ${key}` }) },
  body: JSON.stringify(body),
});

interface Made {
  readonly id: string;
  readonly key: string;
  readonly token: string;
}

/** A deployment with an officer's key. Each call of `isolate` is another isolate, which remembers nothing. */
async function deployment() {
  const whole = archiveClient({ ROLES });
  await beginArchive(openArchive(whole.prefix, whole.bindings), Date.now());
  await whole.store([slice()]);
  const isolate = () => archiveClient({ ALLOW_ANONYMOUS: '', ROLES }, undefined, whole.prefix);
  const made = async (path: string, body: unknown, key?: string): Promise<Made> => {
    const response = await (key === undefined ? whole : isolate()).fetch(path, sent(body, key));
    expect([200, 201], path).toContain(response.status);
    return await response.json();
  };
  const officer = await made('/keys', { name: 'Officer', roles: ['officer'] });
  const revoke = async (path: string) =>
    expect((await isolate().fetch(path, sent(undefined, officer.key, 'DELETE'))).status).toBe(204);
  const status = async (bearer: string) =>
    (await isolate().fetch(`${STUDY}/metadata`, { headers: { Authorization: `Bearer ${bearer}` } })).status;
  const opened = async (token: string) => (await isolate().fetch('/shares/open', sent({ token }))).status;
  const archive = () => openArchive(whole.prefix, whole.bindings);
  return { isolate, made, officer, revoke, status, opened, archive };
}

it('a rebuilt index knows keys, shares, their ends and their revocations', async () => {
  const { isolate, made, officer, revoke, status, opened, archive } = await deployment();
  const make = (name: string, more = {}) => made('/keys', { name, roles: ['reader'], ...more }, officer.key);
  const share = (body: object = {}) => made(`${STUDY}/shares`, body, officer.key);
  const quota = { bytes: 5_000_000 };
  const [reader, revoked, old, ended] = [
    await make('reader', { labels: ['north'], quota }),
    await make('revoked'),
    await make('renewed'),
    await make('ended'),
  ];
  const renewed = await made(`/keys/${old.id}/renew`, {}, officer.key);
  const [open, closed, once] = [await share(), await share(), await share({ uses: 1 })];
  const phrase = await share({ passphrase: 'a long pass phrase' });
  await env.DB.prepare('UPDATE api_key SET expires_at = ? WHERE id = ?').bind(Date.now(), ended.id).run();
  await revoke(`/keys/${revoked.id}`);
  await revoke(`/shares/${closed.id}`);
  expect(await opened(once.token)).toBe(200);
  const hidden = await share({ deidentify: {} });
  /** What a de-identified share shows. */
  const pseudonym = async () => {
    const opening = await isolate().fetch('/shares/open', sent({ token: hidden.token }));
    const { root, ticket } = (await opening.json()) as { root: string; ticket: string };
    const found = await isolate().fetch(`${root}/studies`, { headers: { Authorization: `Bearer ${ticket}` } });
    return ((await found.json()) as Record<string, { Value: string[] }>[])[0]!['0020000D']!.Value[0];
  };
  const answers = async () => ({
    pseudonym: await pseudonym(),
    keys: await Promise.all([officer, reader, revoked, old, renewed, ended].map(({ key }) => status(key))),
    shares: await Promise.all([open, closed, once, phrase].map(({ token }) => opened(token))),
    list: await (await isolate().fetch('/keys', { headers: { Authorization: `Bearer ${officer.key}` } })).json(),
  });
  const before = await answers();
  expect(before.keys).toEqual([200, 200, 401, 401, 200, 401]);
  expect(before.shares).toEqual([200, 403, 403, 403]);

  // What was changed past the archive, as npm run keys -- --remote does, is copied by the hourly run.
  await keepAllAccess(archive(), Date.now());
  await allSnapshots(archive());
  await loseDatabase();
  expect(await status(reader.key)).toBe(401);
  await rebuild(archive());
  expect(await answers()).toEqual({ ...before, list: expect.anything() });
  const { keys } = (await answers()).list as { keys: { id: string; lastUsed?: string }[] };
  const shown = (before.list as typeof before.list & { keys: object[] }).keys;
  const timeless = (list: object[]) => list.map((key) => ({ ...key, lastUsed: undefined }));
  expect(timeless(keys)).toEqual(timeless(shown));
  const copies = (await env.BUCKET.list()).objects.filter(({ key }) => key.includes('/access/'));
  const texts = await Promise.all(copies.map(async ({ key }) => await (await env.BUCKET.get(key))!.text()));
  expect(texts.join()).toContain(reader.id);
  for (const secret of [reader, renewed, open]) expect(texts.join()).not.toContain(secret.key ?? secret.token);
});

it('a link that ended with its deleted study does not come back', async () => {
  const { isolate, made, officer, opened, archive } = await deployment();
  const { token } = await made(`${STUDY}/shares`, {}, officer.key);
  await keepAllAccess(archive(), Date.now());
  const remover = archiveClient({}, undefined, isolate().prefix);
  expect((await remover.fetch(STUDY, { method: 'DELETE' })).status).toBe(204);
  // The message that a deletion sends.
  const message = {
    body: { archive: isolate().prefix, kind: 'snapshots' },
    ack: () => undefined,
    retry: () => undefined,
  } as unknown as Message<QueueMessage>;
  const ledger = new Ledger();
  const found = { archive: archive(), config: parseConfig({ ...env, ROLES }) };
  await consume([message], { archives: () => found, ledger, activity: new Activity(ledger) });
  await loseDatabase();
  await rebuild(archive());
  expect(await opened(token)).toBe(403);
  expect((await remover.fetch(`${STUDY}/restore`, { method: 'POST' })).status).toBe(204);
  expect(await opened(token)).toBe(403);
});

it('an index that was put back revokes again what was revoked since', async () => {
  const { made, officer, revoke, status, opened, archive } = await deployment();
  const key = await made('/keys', { name: 'stolen', roles: ['reader'] }, officer.key);
  const share = await made(`${STUDY}/shares`, {}, officer.key);
  await allSnapshots(archive());
  const moment = await remember(env.DB);
  const later = await made('/keys', { name: 'later', roles: ['reader'] }, officer.key);
  await revoke(`/keys/${key.id}`);
  await revoke(`/shares/${share.id}`);
  await putBack(env.DB, moment);
  expect(await separation(archive(), Date.now())).toBe('index-put-back');
  await rebuild(archive());
  expect([await status(key.key), await status(later.key), await status(officer.key)]).toEqual([401, 200, 200]);
  expect(await opened(share.token)).toBe(403);
});

it('a copy that is behind changes nothing, and one step after another may be cut', async () => {
  const { made, officer, revoke, status, archive } = await deployment();
  const { accessCopies } = archive();
  const key = await made('/keys', { name: 'A key', roles: ['reader'] }, officer.key);
  await env.DB.prepare('UPDATE access_copy SET is_kept = 0').run();
  const copies = await accessCopies.changed(10, Date.now());
  expect(copies.map(({ kind }) => kind)).toEqual(['keys', 'keys']);
  // Changed while the copy was written: it stays to be copied.
  await env.DB.prepare('UPDATE api_key SET name = ? WHERE id = ?').bind('Another name', key.id).run();
  await accessCopies.noteKept(copies);
  const again = await accessCopies.changed(10, Date.now());
  expect(again).toMatchObject([{ id: key.id, row: { name: 'Another name' } }]);
  await accessCopies.noteKept(again);
  expect(await accessCopies.changed(10, Date.now())).toEqual([]);
  await revoke(`/keys/${key.id}`);
  for (let times = 0; times < 2; times += 1) await accessCopies.restore([...copies, ...again]);
  expect([await status(key.key), await status(officer.key)]).toEqual([401, 200]);
  const row = await env.DB.prepare('SELECT name FROM api_key WHERE id = ?').bind(key.id).first('name');
  expect(row).toBe('Another name');
});
