import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createApp } from '../../../src/app';
import { CREDENTIAL_CHECKS } from '../../../src/dicomweb/credential-checks';
import { openArchive } from '../../../src/storage/open-archive';
import { bearer, create, type Shown, sent } from '../../support/access/key-deployment';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, multipart, ORIGIN } from '../../support/clients/archive-client';
import { BYTES, TUS } from '../../support/clients/upload-client';
import { slice } from '../../support/files/samples';

/* Requests that are under way when their credential is revoked in another isolate. */

const ROLES = JSON.stringify({
  officer: { permissions: ['administer'] },
  worker: { permissions: ['store', 'search', 'retrieve', 'share'] },
});
const production = { ...CREDENTIAL_CHECKS };

let open: ArchiveClient;
let archive: ArchiveClient;
let officer: Shown;
let worker: Shown;
withArchive(async () => {
  open = archiveClient({ ROLES });
  // The isolate that revokes.
  archive = archiveClient({ ALLOW_ANONYMOUS: '', ROLES }, undefined, open.prefix);
  officer = await create(open, { name: 'Officer', roles: ['officer'] });
  worker = await create(archive, { name: 'Worker', roles: ['worker'] }, officer.key);
});
beforeEach(() => {
  Object.assign(CREDENTIAL_CHECKS, { intervalMs: 20, pieceBytes: 64 * 1024 });
});
afterEach(() => {
  vi.restoreAllMocks();
  Object.assign(CREDENTIAL_CHECKS, production);
});

/** An isolate whose answers are not collected. */
function isolate() {
  const app = createApp(() => openArchive(open.prefix, open.bindings));
  const settings = { ...env, ALLOW_ANONYMOUS: '', ROLES, ALLOWED_HOSTS: '*' } as unknown as Env;
  return async (path: string, init: RequestInit = {}) =>
    await app.fetch(new Request(ORIGIN + path, init), settings, createExecutionContext());
}

const revoke = async (key: Shown) =>
  expect((await archive.fetch(`/keys/${key.id}`, { method: 'DELETE', ...bearer(officer.key) })).status).toBe(204);

/** A body that begins, and does not end. */
function beginning(bytes: Uint8Array) {
  const begun = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(bytes);
      begun.resolve();
      return new Promise<void>(() => undefined);
    },
  });
  return { begun: begun.promise, body };
}

it('a store ends with 401, and nothing of it is stored', async () => {
  const { headers, body } = multipart([slice(), slice({ sop: '1.2.3.4.2' })]);
  const half = beginning(body.subarray(0, body.length - 300));
  const init = { method: 'POST', headers: { ...headers, ...bearer(worker.key).headers }, body: half.body };
  const answer = isolate()('/dicomweb/studies', init);
  await half.begun;
  await revoke(worker);
  expect((await answer).status).toBe(401);
  expect(await env.DB.prepare('SELECT count(*) FROM instance').first('count(*)')).toBe(0);
});

it('a store whose body ended before a look at the credential is not committed', async () => {
  const fetch = isolate();
  expect((await fetch('/dicomweb/studies', bearer(worker.key))).status).toBe(200);
  await revoke(worker);
  CREDENTIAL_CHECKS.intervalMs = 0;
  const { headers, body } = multipart([slice()]);
  const init = { method: 'POST', headers: { ...headers, ...bearer(worker.key).headers }, body };
  // The isolate still knows the key.
  expect((await fetch('/dicomweb/studies', init)).status).toBe(401);
  expect(await env.DB.prepare('SELECT count(*) FROM instance').first('count(*)')).toBe(0);
});

it('a PATCH of a resumable upload ends with 401', async () => {
  const fetch = isolate();
  const authorization = bearer(worker.key).headers;
  const headers = { ...TUS, ...authorization, 'Upload-Length': '1000000' };
  const made = await fetch('/dicomweb/uploads', { method: 'POST', headers });
  const half = beginning(new Uint8Array(1000));
  const patch = { ...BYTES, ...authorization, 'Upload-Offset': '0' };
  const answer = fetch(made.headers.get('Location')!, { method: 'PATCH', headers: patch, body: half.body });
  await half.begun;
  await revoke(worker);
  expect((await answer).status).toBe(401);
});

it('a long answer breaks off', async () => {
  await open.store([slice({ rows: 1024, columns: 1024 })]);
  const path = '/dicomweb/studies/1.2.3.4';
  const headers = { ...bearer(worker.key).headers, Accept: 'multipart/related; type="application/dicom"' };
  const answer = await isolate()(path, { headers });
  expect(answer.status).toBe(200);
  expect(Number(answer.headers.get('Content-Length'))).toBeGreaterThan(1024 * 1024);
  const reader = answer.body!.getReader();
  const cut = vi.spyOn(AbortController.prototype, 'abort');
  await reader.read();
  await revoke(worker);
  // Nobody reads meanwhile, so the answer cannot end by itself.
  await vi.waitFor(() => expect(cut).toHaveBeenCalled(), { timeout: 120_000 });
  const rest = async () => {
    while (!(await reader.read()).done);
  };
  await expect(rest()).rejects.toThrow();
});

it('an answer of unknown length breaks off, also that of a share', async () => {
  await open.store([slice()]);
  const fetch = isolate();
  const metadata = '/dicomweb/studies/1.2.3.4/metadata';
  const share = (await (await fetch('/dicomweb/studies/1.2.3.4/shares', sent({}, worker.key))).json()) as {
    id: string;
    token: string;
  };
  const credentials = [share.token, worker.key];
  for (const each of credentials) expect(await (await fetch(metadata, bearer(each))).json()).toHaveLength(1);
  CREDENTIAL_CHECKS.intervalMs = 0;
  const revocation = { method: 'DELETE', ...bearer(worker.key) };
  expect((await archive.fetch(`/shares/${share.id}`, revocation)).status).toBe(204);
  await revoke(worker);
  for (const each of credentials) {
    const answer = await fetch(metadata, bearer(each));
    expect(answer.status).toBe(200);
    await expect(answer.arrayBuffer()).rejects.toThrow();
  }
});
