import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { forgetClaims, KEY, receivedUpload } from '../../support/clients/received-upload';
import { closeSession, newSession } from '../../support/clients/upload-client';
import { comments, slice } from '../../support/files/samples';
import { zipOf } from '../../support/files/zip-writer';
import { failing, type Operation } from '../../support/platform/failing';

/* Uploads that could not be stored in many attempts, for reasons that pass. */

let down: Operation | undefined;
let client: ArchiveClient;
withArchive(() => {
  down = undefined;
  client = archiveClient({}, (real) =>
    failing(real, (operation) => (operation === down ? { message: 'out of order', when: 'before' } : undefined)),
  );
});

/** Its metadata is an object of its own. */
const FILE = slice({ elements: [comments(6000)] });
const JSON_TYPE = { Accept: 'application/dicom+json' };

/** An upload for which one attempt is left. */
async function exhausted(bytes: Uint8Array): Promise<{ session: string; path: string }> {
  const session = await newSession(client);
  const id = await receivedUpload(client, bytes, { ...KEY, principal: 'anonymous' });
  await client.bindings.database.prepare('UPDATE upload SET session_id = ?, claims = 9').bind(session).run();
  return { session, path: `/dicomweb/uploads/${id}` };
}

const FAILED = { '00081198': { Value: [{ '00081197': { Value: [0x0110] } }] } };

describe('PS3.18 10.5.3 a session in which everything failed for a passing reason', () => {
  it.each([
    ['a file', FILE],
    [
      'a ZIP file',
      zipOf([
        { name: 'notes.txt', bytes: new Uint8Array(600) },
        { name: 'IM', bytes: FILE },
      ]),
    ],
  ])('is 503, and stored by a repeated close: %s', async (_name, bytes) => {
    const { session, path } = await exhausted(bytes);
    down = 'put';
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const closed = await closeSession(client, session, { ...JSON_TYPE, 'Idempotency-Key': 'close' });
      expect([closed.status, closed.headers.get('Retry-After')]).toEqual([503, '10']);
      expect(await closed.json()).toMatchObject(FAILED);
    }
    expect((await client.fetch(path, { headers: JSON_TYPE })).status).toBe(503);
    down = undefined;
    const stored = await closeSession(client, session, { ...JSON_TYPE, 'Idempotency-Key': 'close' });
    expect([stored.status, stored.headers.get('Retry-After')]).toEqual([200, null]);
    expect(await client.json('/dicomweb/instances')).toHaveLength(1);
    expect((await client.fetch(path, { headers: JSON_TYPE })).status).toBe(200);
  });

  it('is 409 once the bytes are lost: another close would not help', async () => {
    const { session } = await exhausted(FILE);
    const { objects } = await client.bindings.bucket.list();
    await client.bindings.bucket.delete(objects.map(({ key }) => key));
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const closed = await closeSession(client, session, JSON_TYPE);
      expect([closed.status, closed.headers.get('Retry-After')]).toEqual([409, null]);
    }
  });

  it('is 202 beside what was stored, and what failed is not tried again', async () => {
    const { session } = await exhausted(FILE);
    down = 'put';
    await closeSession(client, session);
    down = undefined;
    const other = await receivedUpload(client, slice({ sop: '1.2.3.4.7' }), { ...KEY, principal: 'anonymous' });
    await client.bindings.database.prepare('UPDATE upload SET session_id = ? WHERE id = ?').bind(session, other).run();
    await forgetClaims(client);
    const closed = await closeSession(client, session, JSON_TYPE);
    expect([closed.status, closed.headers.get('Retry-After')]).toEqual([202, '10']);
    expect(await closed.json()).toMatchObject(FAILED);
  });
});
