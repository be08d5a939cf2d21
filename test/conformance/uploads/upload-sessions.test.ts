import { describe, expect, it } from 'vitest';
import { FILES } from '../../support/access/session-files';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, multipart } from '../../support/clients/archive-client';
import { receivedUpload } from '../../support/clients/received-upload';
import { closeSession, newSession, TUS, upload } from '../../support/clients/upload-client';
import { slice } from '../../support/files/samples';

/** Upload sessions: docs/decisions.md, "From received bytes to instances". */

let client: ArchiveClient;

withArchive(() => {
  client = archiveClient();
});

const inSession = async (files: readonly Uint8Array[]) => {
  const session = await newSession(client);
  for (const file of files) await upload(client, file, { session });
  return session;
};

/** An answer as the client sees it, without what depends on the moment. */
async function seen(response: Response) {
  const { headers } = response;
  return {
    status: response.status,
    type: headers.get('Content-Type'),
    warning: headers.get('Warning'),
    location: headers.get('Location'),
    body: await response.text(),
  };
}

const sent = (files: readonly Uint8Array[], accept: string) => {
  const { headers, body } = multipart(files);
  return client.fetch('/dicomweb/studies', {
    method: 'POST',
    headers: { ...headers, Accept: accept },
    body: body as Uint8Array<ArrayBuffer>,
  });
};

describe('closing an upload session', () => {
  it.each([
    ['application/dicom+json', FILES],
    ['application/dicom+xml', FILES],
    ['*/*', FILES.slice(0, 2)],
    ['application/dicom+json', FILES.slice(5, 6)],
    ['application/dicom+json', [FILES[0]!.subarray(0, 300)]],
  ])('answers as one Store request of the same files would, %s (case %#)', async (accept, files) => {
    const session = await inSession(files);
    const closed = await seen(await closeSession(client, session, { Accept: accept }));
    const other = archiveClient();
    await other.fetch('/dicomweb/studies/1.2.3.4', { method: 'DELETE' });
    await other.fetch('/dicomweb/studies/1.2.5', { method: 'DELETE' });
    expect(closed).toEqual(await seen(await sent(files, accept)));
    expect(closed.body).not.toBe('');
  });

  it('answers the same again, and takes no more uploads', async () => {
    const session = await inSession(FILES.slice(0, 2));
    const first = await seen(await closeSession(client, session));
    expect(await seen(await closeSession(client, session))).toEqual(first);
    await expect(upload(client, FILES[3]!, { session })).rejects.toThrow('400');
    const shown = await (await client.fetch(`/dicomweb/upload-sessions/${session}`)).json();
    expect(shown).toMatchObject({
      state: 'closed',
      uploads: [{ state: 'done', counts: { stored: 1 } }, { state: 'done' }],
    });
  });

  it('waits for uploads whose bytes have not all arrived', async () => {
    const session = await inSession(FILES.slice(0, 1));
    const created = await client.fetch('/dicomweb/uploads', {
      method: 'POST',
      headers: { ...TUS, 'Upload-Length': '1000', 'Upload-Metadata': `session ${btoa(session)}` },
    });
    const answer = await closeSession(client, session, { 'Idempotency-Key': 'one' });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('Retry-After')).toBe('10');
    await client.fetch(created.headers.get('Location')!, { method: 'DELETE', headers: TUS });
    const closed = await closeSession(client, session, { 'Idempotency-Key': 'one' });
    expect(closed.status).toBe(200);
    const again = await closeSession(client, session, { 'Idempotency-Key': 'one' });
    expect(again.headers.get('Idempotent-Replayed')).toBe('true');
    expect(await again.text()).toBe(await closed.text());
  });

  it('is refused with an Idempotency-Key that was used with another body', async () => {
    const session = await inSession(FILES.slice(0, 1));
    const close = (body: string) =>
      client.fetch(`/dicomweb/upload-sessions/${session}/close`, {
        method: 'POST',
        headers: { 'Idempotency-Key': 'one' },
        body,
      });
    expect((await close('a')).status).toBe(200);
    expect((await close('a')).headers.get('Idempotent-Replayed')).toBe('true');
    expect((await close('b')).status).toBe(422);
  });

  it('answers 409 and 413 as a Store request does, for files that are refused and that are too long', async () => {
    await client.store([FILES[0]!]);
    const other = await upload(client, FILES[2]!);
    const json = { headers: { Accept: 'application/dicom+json' } };
    expect((await client.fetch(other, json)).status).toBe(409);
    client = archiveClient({ MAX_INSTANCE_BYTES: '600' }, undefined, client.prefix);
    const session = await newSession(client);
    const long = await upload(client, slice({ sop: '1.2.3.4.9' }), { session });
    expect((await client.fetch(long, json)).status).toBe(413);
    expect((await closeSession(client, session)).status).toBe(413);
    expect((await client.fetch(long, { headers: { Accept: 'application/dicom+pdf' } })).status).toBe(406);
  });

  it('answers only when the client can read the answer', async () => {
    const session = await inSession(FILES.slice(0, 1));
    expect((await closeSession(client, session, { Accept: 'text/html' })).status).toBe(406);
    expect((await closeSession(client, session)).status).toBe(200);
  });
});

describe('an upload session', () => {
  it('is made once for one Idempotency-Key', async () => {
    const make = async (key: string) =>
      await client.fetch('/dicomweb/upload-sessions', { method: 'POST', headers: { 'Idempotency-Key': key } });
    const [first, again, other] = [await make('a'), await make('a'), await make('b')];
    expect(first.status).toBe(201);
    const { id, expires } = (await first.json()) as { id: string; expires: string };
    expect(first.headers.get('Location')).toBe(`/dicomweb/upload-sessions/${id}`);
    expect(Date.parse(expires)).toBeGreaterThan(Date.now());
    expect(((await again.json()) as { id: string }).id).toBe(id);
    expect(((await other.json()) as { id: string }).id).not.toBe(id);
  });

  it('is not there for others, nor under another name', async () => {
    expect((await client.fetch('/dicomweb/upload-sessions/none')).status).toBe(404);
    expect((await closeSession(client, 'none')).status).toBe(404);
    expect((await client.fetch('/dicomweb/upload-sessions/none/known', { method: 'POST' })).status).toBe(404);
  });

  it('says which files are there with exactly these bytes', async () => {
    const session = await inSession(FILES.slice(0, 2));
    const digests = await Promise.all(FILES.map(digest));
    const ask = async (body: unknown) =>
      await client.fetch(`/dicomweb/upload-sessions/${session}/known`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
    const asked = [
      { sopInstanceUID: '1.2.3.4.1', sha256: digests[0]! },
      { sopInstanceUID: '1.2.3.4.1', sha256: digests[2]! },
      { sopInstanceUID: '1.2.3.4.2', sha256: digests[1]!.toUpperCase() },
      { sopInstanceUID: '1.2.3.4.7', sha256: digests[0]! },
    ];
    expect(await (await ask(asked)).json()).toEqual([asked[0], { ...asked[2], sha256: digests[1] }]);
    expect(await (await ask([])).json()).toEqual([]);
    for (const wrong of [{}, [{}], [{ sopInstanceUID: 'x', sha256: 'y' }], Array(1001).fill(asked[0]), 'text']) {
      expect((await ask(wrong)).status).toBe(400);
    }
  });
});

async function digest(bytes: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

describe('a sender that sees a part of the archive', () => {
  const SENDER = { principal: 'key:sender', visibility: [{ storedBy: 'key:sender' }], labels: [] };

  it('is told of what was put aside what it is told of a study of its own', async () => {
    await client.store([FILES[1]!]);
    const sender = archiveClient({}, undefined, client.prefix, SENDER);
    const answers = await Promise.all(
      ['1.2.3.4', '1.2.9'].map(async (study) => {
        const file = slice({ study, series: '9.9', sop: '9.9.1' });
        const session = await newSession(sender);
        const body = JSON.stringify([{ sopInstanceUID: '9.9.1', sha256: await digest(file) }]);
        const known = async () => {
          const headers = { 'Content-Type': 'application/json' };
          const path = `/dicomweb/upload-sessions/${session}/known`;
          return ((await (await sender.fetch(path, { method: 'POST', headers, body })).json()) as unknown[]).length;
        };
        const before = await known();
        await insertedUpload(sender, file, session);
        const closed = await closeSession(sender, session);
        const text = await closed.text();
        return [before, closed.status, text.replaceAll(study, 'STUDY'), await known()];
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.[3]).toBe(1);
    expect((await client.json('/dicomweb/studies/1.2.3.4/instances')).length).toBe(1);
  });

  /** An upload of the sender: in this test, the gate knows only that anybody may do everything. */
  async function insertedUpload(sender: ArchiveClient, file: Uint8Array, session: string): Promise<void> {
    const path = await upload(sender, file.slice(0, 10), { concat: 'partial' });
    const whole = await receivedUpload(sender, file, { ...SENDER, kind: 'key' });
    await sender.bindings.database
      .prepare(
        'UPDATE upload SET session_id = ?1, principal = (SELECT principal FROM upload WHERE id = ?2) WHERE id = ?3',
      )
      .bind(session, path.slice(path.lastIndexOf('/') + 1), whole)
      .run();
  }
});
