import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { Activity } from '../../../src/archive/activity';
import type { QueueMessage } from '../../../src/archive/background-messages';
import { Ledger } from '../../../src/archive/memory/ledger';
import { consume } from '../../../src/background/queue';
import { parseConfig } from '../../../src/config';
import { openArchive } from '../../../src/storage/open-archive';
import { bearer, deployment } from '../../support/access/key-deployment';
import {
  later,
  MINUTE_MS,
  OWN,
  provider,
  SETTINGS,
  signedIn,
  archive as signInArchive,
  withSignIn,
} from '../../support/access/signed-in';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { forgetClaims, resultsOf } from '../../support/clients/received-upload';
import { newSession, upload } from '../../support/clients/upload-client';
import { slice } from '../../support/files/samples';
import { everywhere } from '../../support/platform/bindings';
import { failing } from '../../support/platform/failing';

/* Who may store is asked again when an upload is stored: the request of its sender has ended by then. */

withSignIn();

const ROLES = JSON.stringify({
  officer: { permissions: ['administer'] },
  uploader: { permissions: ['store'], archives: ['*'], labels: ['clinic'] },
});

/** A client that sends these headers. The bytes of its uploads arrive, and no request stores them. */
function sender(of: ArchiveClient, variables: Record<string, string>, headers: Record<string, string>) {
  /** Objects that can still be read: the bytes of the first request, and then none. */
  let readable = Number.POSITIVE_INFINITY;
  const over = (real: typeof of.bindings) =>
    failing(real, (operation) => {
      if (operation === 'get') readable -= 1;
      return operation === 'get' && readable < 0 ? { message: 'cut off', when: 'before' } : undefined;
    });
  const client = archiveClient({ ...variables, ROLES }, over, of.prefix);
  const fetch = (path: string, init: RequestInit = {}) =>
    client.fetch(path, { ...init, headers: { ...headers, ...init.headers } });
  const left = async () => {
    readable = 1;
    const file = slice();
    const path = await upload({ fetch }, file, { chunk: file.length - 100, session: await newSession({ fetch }) });
    readable = Number.POSITIVE_INFINITY;
    const id = path.slice(path.lastIndexOf('/') + 1);
    expect(await stateOf(client, id)).toBe('received');
    await forgetClaims(client);
    return id;
  };
  return { client, fetch, left };
}

const stateOf = async (client: ArchiveClient, id: string) =>
  (await openArchive(client.prefix, client.bindings).uploads.find(id))?.state;

/** A run of the queue's consumer. */
async function inTheBackground(client: ArchiveClient, id: string, variables: Record<string, string>) {
  const body: QueueMessage = { archive: client.prefix, kind: 'ingest', upload: id };
  const message = { body, attempts: 1, ack: () => undefined, retry: () => undefined };
  const archive = openArchive(client.prefix, client.bindings);
  const config = parseConfig({ ...env, ROLES, ...variables });
  const ledger = new Ledger();
  await consume([message as unknown as Message<QueueMessage>], {
    archives: () => ({ archive, config }),
    ledger,
    activity: new Activity(ledger),
  });
  return { state: await stateOf(client, id), results: (await resultsOf(client, id)).map(({ result }) => result) };
}

const STORED = { state: 'done', results: ['stored'] };
const REFUSED = { state: 'failed', results: ['not-authorized'] };

const instances = async ({ bindings }: ArchiveClient) =>
  (await bindings.database.prepare('SELECT count(*) AS count FROM instance').first<{ count: number }>())?.count;

describe('an upload by an API key', () => {
  const made = async () => {
    const { archive, officer, make } = await deployment({ ROLES });
    const key = await make(['uploader']);
    const revoke = () => archive.fetch(`/keys/${key.id}`, { ...bearer(officer), method: 'DELETE' });
    return { ...sender(archive, { ALLOW_ANONYMOUS: '' }, bearer(key.key).headers), revoke };
  };

  it('is stored in the background while the key counts', async () => {
    const { client, left } = await made();
    expect(await inTheBackground(client, await left(), {})).toEqual(STORED);
  });

  it('is not stored once the key is revoked, and the record says so', async () => {
    const { client, fetch, left, revoke } = await made();
    const id = await left();
    expect((await revoke()).status).toBe(204);
    expect(await inTheBackground(client, id, {})).toEqual(REFUSED);
    expect(await instances(client)).toBe(0);
    const events = await openArchive(client.prefix, client.bindings).record.find({ action: 'store', limit: 10 });
    expect(events.filter(({ outcome }) => outcome !== 'success')).toMatchObject([
      { outcome: 'refused', principalKind: 'key', instances: 0 },
    ]);
    expect(events.reduce((sum, one) => sum + one.instances, 0)).toBe(0);
    // This isolate has known the key for less than 30 seconds: its sender reads why.
    const response = await fetch(`/dicomweb/uploads/${id}`, { headers: { Accept: 'application/dicom+json' } });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ '0008119A': { Value: [{ '00081197': { Value: [0x0124] } }] } });
  });

  it('is not stored once its role has lost the permission, and is stored with the labels of today', async () => {
    const { client, left } = await made();
    const id = await left();
    const without = JSON.stringify({ uploader: { permissions: ['search'], archives: ['*'] } });
    expect(await inTheBackground(client, id, { ROLES: without })).toEqual(REFUSED);
    const other = await left();
    const relabelled = JSON.stringify({ uploader: { permissions: ['store'], archives: ['*'], labels: ['ward'] } });
    expect(await inTheBackground(client, other, { ROLES: relabelled })).toEqual(STORED);
    expect(await everywhere('SELECT labels FROM study')).toEqual([{ labels: '["ward"]' }]);
  });
});

describe('an upload by a person who is signed in', () => {
  const made = async () => {
    provider.claims = { roles: ['uploader'] };
    const opened = archiveClient({ ...SETTINGS, ROLES }, undefined, signInArchive.prefix);
    const cookie = await signedIn(opened);
    return sender(opened, SETTINGS, { Cookie: cookie, ...OWN });
  };

  it('is not stored once the session was ended', async () => {
    const { client, fetch, left } = await made();
    const id = await left();
    expect((await fetch('/sign-out', { method: 'POST' })).status).toBe(200);
    expect(await inTheBackground(client, id, { ...SETTINGS, ROLES })).toEqual(REFUSED);
  });

  it('is stored when the session has only run out', async () => {
    const { client, left } = await made();
    const id = await left();
    later(40 * 24 * 60 * MINUTE_MS);
    await openArchive(client.prefix, client.bindings).sessions.forgetOld(Date.now());
    expect(await inTheBackground(client, id, { ...SETTINGS, ROLES })).toEqual(STORED);
  });
});
