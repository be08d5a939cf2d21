import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { Activity } from '../../../src/archive/activity';
import type { QueueMessage } from '../../../src/archive/background-messages';
import { Ledger } from '../../../src/archive/memory/ledger';
import { consume } from '../../../src/background/queue';
import { runHourly } from '../../../src/background/scheduled';
import { parseConfig } from '../../../src/config';
import { openArchive } from '../../../src/storage/open-archive';
import { FILES } from '../../support/access/session-files';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { KEY, receivedUpload } from '../../support/clients/received-upload';
import { closeSession, newSession, TUS, upload, uploadAtOnce } from '../../support/clients/upload-client';
import { ascii, withMeta } from '../../support/files/part10';
import { slice } from '../../support/files/samples';
import { zipOf } from '../../support/files/zip-writer';

/** Upload sessions: docs/decisions.md, "From received bytes to instances". */

let client: ArchiveClient;

withArchive(() => {
  client = archiveClient();
});

/** An upload whose bytes have all arrived, and whose last request was lost then. */
const left = () => receivedUpload(client, FILES[0]!, { ...KEY, principal: 'anonymous' });

async function digest(bytes: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

describe('GET of an upload', () => {
  const CD = zipOf([
    { name: 'README', bytes: ascii('A CD') },
    { name: 'DICOM/IM1', bytes: FILES[0]! },
    { name: 'DICOM/IM2', bytes: FILES[1]!.subarray(0, 300) },
  ]);

  it('says what became of each file', async () => {
    const path = await upload(client, CD, { name: 'export.zip' });
    const described = await client.fetch(path);
    expect(described.headers.get('Content-Type')).toBe('application/json');
    expect(await described.json()).toMatchObject({
      filename: 'export.zip',
      state: 'done',
      length: CD.length,
      offset: CD.length,
      counts: { stored: 1, truncated: 1, 'left-out': 1 },
      results: [
        { ordinal: 0, name: 'README', result: 'left-out', detail: 'not-dicom' },
        { ordinal: 1, name: 'DICOM/IM1', result: 'stored', sopInstanceUID: '1.2.3.4.1' },
        { ordinal: 2, name: 'DICOM/IM2', result: 'truncated', failureReason: 0xc002 },
      ],
    });
    expect(await (await client.fetch(`${path}?after=1`)).json()).toMatchObject({ results: [{ ordinal: 2 }] });
    expect((await client.fetch(`${path}?after=x`)).status).toBe(400);
    const response = await client.fetch(path, { headers: { Accept: 'application/dicom+json' } });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({
      '00081198': { Value: [{ '00081197': { Value: [0xc002] } }] },
      '00081199': { Value: [{ '00081155': { Value: ['1.2.3.4.1'] } }] },
    });
  });

  it('says of a file whose data set is held with other file meta information which file that is', async () => {
    const [file] = FILES;
    await client.store([file!]);
    const same = withMeta(file!, 'GATEWAY');
    const zip = zipOf([{ name: 'DICOM/IM1', bytes: same }]);
    for (const path of [await upload(client, same), await upload(client, zip)]) {
      expect(await (await client.fetch(path)).json()).toMatchObject({ counts: { identical: 1 } });
      const response = await client.fetch(path, { headers: { Accept: 'application/dicom+json' } });
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({
        '00081199': { Value: [{ '00091001': { Value: [await digest(file!)] } }] },
      });
    }
  });

  it('has a response only once the upload is stored', async () => {
    const created = await client.fetch('/dicomweb/uploads', {
      method: 'POST',
      headers: { ...TUS, 'Upload-Length': '10' },
    });
    const path = created.headers.get('Location')!;
    expect((await client.fetch(path, { headers: { Accept: 'application/dicom+xml' } })).status).toBe(503);
    expect((await client.fetch(path, { headers: { Accept: 'application/dicom+xml;q=0' } })).status).toBe(200);
    expect(await (await client.fetch(path)).json()).toMatchObject({ state: 'receiving', results: [], counts: {} });
  });

  it('ingests an upload that was left lying', async () => {
    const path = `/dicomweb/uploads/${await left()}`;
    expect(await (await client.fetch(path)).json()).toMatchObject({ state: 'done', counts: { stored: 1 } });
  });
});

describe('a whole file in one request', () => {
  it('is stored without a PATCH request', async () => {
    const session = await newSession(client);
    for (const file of [FILES[0]!, FILES[5]!, zipOf([{ name: 'IM', bytes: FILES[1]! }])]) {
      const response = await uploadAtOnce(client, file, session);
      expect(response.status).toBe(201);
      expect(response.headers.get('Upload-Offset')).toBe(String(file.length));
      expect((await client.fetch(response.headers.get('Location')!, { method: 'HEAD', headers: TUS })).status).toBe(
        200,
      );
    }
    const closed = await closeSession(client, session);
    expect(closed.status).toBe(202);
    expect((await client.json('/dicomweb/instances')).length).toBe(2);
  });
});

describe('a final upload', () => {
  it('is made of its partial uploads', async () => {
    const session = await newSession(client);
    const file = slice({ rows: 64, columns: 64 });
    const cuts = [0, 1000, 1001, 3000, file.length];
    const parts: string[] = [];
    for (let at = 0; at + 1 < cuts.length; at += 1) {
      parts.push(await upload(client, file.slice(cuts[at], cuts[at + 1]), { concat: 'partial', session }));
    }
    const created = await client.fetch('/dicomweb/uploads', {
      method: 'POST',
      headers: { ...TUS, 'Upload-Concat': `final;${parts.join(' ')}`, 'Upload-Metadata': `session ${btoa(session)}` },
    });
    expect(created.status).toBe(201);
    const closed = await closeSession(client, session);
    expect(closed.status).toBe(200);
    const [held] = (await (
      await client.fetch(`/dicomweb/upload-sessions/${session}/known`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify([{ sopInstanceUID: '1.2.3.4.1', sha256: await digest(file) }]),
      })
    ).json()) as object[];
    expect(held).toBeDefined();
    expect(await (await client.fetch(created.headers.get('Location')!)).json()).toMatchObject({ state: 'done' });
  });
});

describe('work in the background', () => {
  const stateOf = async (id: string) => (await openArchive(client.prefix, client.bindings).uploads.find(id))?.state;
  const config = parseConfig({ ...env, ALLOW_ANONYMOUS: 'true' });

  it('ingests an upload that a message of the queue names', async () => {
    const id = await left();
    const acked: string[] = [];
    const body: QueueMessage = { archive: client.prefix, kind: 'ingest', upload: id };
    const message = { body, attempts: 1, ack: () => acked.push(id), retry: () => acked.push('retry') };
    const archive = openArchive(client.prefix, client.bindings);
    const ledger = new Ledger();
    await consume([message as unknown as Message<QueueMessage>], {
      archives: () => ({ archive, config }),
      ledger,
      activity: new Activity(ledger),
    });
    expect(acked).toEqual([id]);
    expect(await stateOf(id)).toBe('done');
  });

  it('ingests an upload whose message was lost, every hour', async () => {
    const id = await left();
    await runHourly([{ archive: openArchive(client.prefix, client.bindings), config }]);
    expect(await stateOf(id)).toBe('done');
  });
});
