import { describe, expect, it } from 'vitest';
import { openArchive } from '../../../src/storage/open-archive';
import { sweepAfter } from '../../support/archive/sweeps';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, multipart } from '../../support/clients/archive-client';
import { bulkPart, jsonPart, related, sliceMetadata } from '../../support/clients/metadata-request';
import { ascii } from '../../support/files/part10';
import { slice } from '../../support/files/samples';
import { FIRST_STORE } from '../../support/platform/bindings';
import { reset as resetOperations } from '../../support/platform/counting';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const DAY_MS = 24 * 60 * 60 * 1000;

const send = (files: readonly Uint8Array[], key: string, path = '/dicomweb/studies') => {
  const { headers, body } = multipart(files);
  return archive.fetch(path, { method: 'POST', headers: { ...headers, 'Idempotency-Key': key }, body });
};
const kept = async () =>
  (await archive.bindings.database.prepare('SELECT count(*) AS n FROM kept_answer').first<{ n: number }>())?.n;

describe('draft-ietf-httpapi-idempotency-key-header 2.6 the same key', () => {
  it('with the same body: the first answer again, and nothing is stored', async () => {
    const files = [slice({ elements: [[0x00080020, 'DA', '2024']] }), ascii('no DICOM')];
    const first = await send(files, 'key-1');
    expect(first.headers.get('Idempotent-Replayed')).toBeNull();
    resetOperations(archive.operations);
    const again = await send(files, 'key-1');
    expect(again.headers.get('Idempotent-Replayed')).toBe('true');
    expect(again.status).toBe(first.status);
    for (const name of ['Content-Type', 'Warning', 'Location']) {
      expect(again.headers.get(name)).toBe(first.headers.get(name));
    }
    expect(await again.text()).toBe(await first.text());
    expect(archive.operations).toMatchObject({ d1: 1, r2Writes: [], r2Reads: [], r2Deletes: 0 });
  });

  it('the answer is the first one even when another store would answer otherwise', async () => {
    expect((await send([slice()], 'key-1')).status).toBe(200);
    const replaced = archiveClient({ DUPLICATES: 'replace' });
    await replaced.store([slice({ seed: 2 })]);
    expect((await send([slice()], 'key-1')).status).toBe(200);
  });

  it('with another body, or another type: 422, and nothing is stored', async () => {
    await send([slice()], 'key-1');
    const other = await send([slice({ sop: '1.2.3.4.2' })], 'key-1');
    expect(other.status).toBe(422);
    expect(other.headers.get('Content-Type')).toBe('application/problem+json');
    const { headers, body } = multipart([slice()]);
    const type = headers['Content-Type'].replace('type="application/dicom"; ', '');
    const init = { method: 'POST', headers: { 'Content-Type': type, 'Idempotency-Key': 'key-1' }, body };
    expect((await archive.fetch('/dicomweb/studies', init)).status).toBe(422);
    expect(await archive.json('/dicomweb/instances')).toHaveLength(1);
  });

  it('at another resource is another key; so is another key with the same body', async () => {
    await send([slice()], 'key-1');
    for (const [key, path] of [
      ['key-1', '/dicomweb/studies/1.2.3.4'],
      ['key-2', '/dicomweb/studies'],
    ] as const) {
      const response = await send([slice()], key, path);
      expect(response.status).toBe(200);
      expect(response.headers.get('Idempotent-Replayed')).toBeNull();
    }
  });

  it('in quotes, as the draft writes it, is the same key', async () => {
    await send([slice()], '"key \\"1\\""');
    expect((await send([slice()], 'key "1"')).headers.get('Idempotent-Replayed')).toBe('true');
  });

  it('answers metadata with bulk data as before', async () => {
    const metadata = sliceMetadata({ more: { '7FE00010': { vr: 'OW', BulkDataURI: 'p' } } });
    const { headers, body } = related(
      [jsonPart([metadata]), bulkPart('p', new Uint8Array(512))],
      'application/dicom+json',
    );
    const init = { method: 'POST', headers: { ...headers, 'Idempotency-Key': 'key-1' }, body };
    expect((await archive.fetch('/dicomweb/studies', init)).status).toBe(200);
    expect((await archive.fetch('/dicomweb/studies', init)).headers.get('Idempotent-Replayed')).toBe('true');
  });

  it('a refused request gets its refusal again', async () => {
    for (const replayed of [null, 'true']) {
      const response = await send([ascii('no DICOM')], 'key-1');
      expect([response.status, response.headers.get('Idempotent-Replayed')]).toEqual([409, replayed]);
    }
    for (const replayed of [null, 'true']) {
      const response = await send([], 'key-2');
      expect([response.status, response.headers.get('Idempotent-Replayed')]).toEqual([400, replayed]);
    }
  });

  it('an answer of more than a megabyte is not kept: sent again, the content is there', async () => {
    // URIs of this length make a long answer from a few instances.
    archive = archiveClient({ PUBLIC_ORIGIN: `https://archive.test/${'path/'.repeat(1000)}` });
    const parts = Array.from({ length: 250 }, (_, n) => sliceMetadata({ sop: `1.2.3.4.${n + 1}` }));
    const { headers, body } = related([jsonPart(parts)], 'application/dicom+json');
    const init = { method: 'POST', headers: { ...headers, 'Idempotency-Key': 'key-1' }, body };
    const first = await archive.fetch('/dicomweb/studies', init);
    expect(first.status).toBe(200);
    expect((await first.arrayBuffer()).byteLength).toBeGreaterThan(1_000_000);
    const again = await archive.fetch('/dicomweb/studies', init);
    expect([again.status, again.headers.get('Idempotent-Replayed')]).toEqual([200, null]);
    expect((await archive.json('/dicomweb/studies'))[0]?.['00201208']?.Value).toEqual([250]);
  });

  it('of a request that runs at the same time: both are carried out, and there is one instance', async () => {
    const answers = await Promise.all(['key-1', 'key-1', 'key-1'].map((key) => send([slice()], key)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await archive.json('/dicomweb/studies'))[0]?.['00201208']?.Value).toEqual([1]);
  });
});

describe('draft-ietf-httpapi-idempotency-key-header 2.1 the key', () => {
  it.each([
    ['empty', ''],
    ['empty in quotes', '""'],
    ['of 256 characters', 'k'.repeat(256)],
    ['with a control character', 'a\tb'],
    ['beyond ASCII', 'schl\u00fcssel'],
  ])('%s is 400, and nothing is stored', async (_name, key) => {
    expect((await send([slice()], key)).status).toBe(400);
    expect((await archive.bindings.bucket.list()).objects).toEqual([]);
  });

  it('may have 255 characters', async () => {
    expect((await send([slice()], 'k'.repeat(255))).status).toBe(200);
  });

  it('costs nothing when there is no key', async () => {
    await archive.store([slice()]);
    expect(archive.operations.d1).toBe(FIRST_STORE);
    expect(await kept()).toBe(0);
  });
});

describe('draft-ietf-httpapi-idempotency-key-header 2.3 for a day', () => {
  it('the sweeper forgets answers older than that, and no others', async () => {
    await send([slice()], 'key-1');
    const open = openArchive(archive.prefix, archive.bindings);
    await sweepAfter(open, DAY_MS - 60_000);
    expect(await kept()).toBe(1);
    await sweepAfter(open, DAY_MS + 60_000);
    expect(await kept()).toBe(0);
  });

  it('an older answer is not used, and the next one replaces it', async () => {
    await send([slice()], 'key-1');
    await archive.bindings.database
      .prepare('UPDATE kept_answer SET created_at = created_at - ?')
      .bind(DAY_MS + 1000)
      .run();
    const other = await send([slice({ sop: '1.2.3.4.2' })], 'key-1');
    expect([other.status, other.headers.get('Idempotent-Replayed')]).toEqual([200, null]);
    expect((await send([slice({ sop: '1.2.3.4.2' })], 'key-1')).headers.get('Idempotent-Replayed')).toBe('true');
  });
});
