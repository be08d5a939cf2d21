import { expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { KEY, receivedUpload } from '../../support/clients/received-upload';
import { closeSession, newSession } from '../../support/clients/upload-client';
import { slice } from '../../support/files/samples';

let client: ArchiveClient;
withArchive(() => {
  client = archiveClient();
});

it('leaves an upload that is too long for a request to the queue, and asks the queue once', async () => {
  const { database } = client.bindings;
  const session = await newSession(client);
  await receivedUpload(client, slice(), { ...KEY, principal: 'anonymous' });
  const long = 'UPDATE upload SET session_id = ?1, byte_length = ?2, byte_offset = ?2';
  await database.prepare(long).bind(session, 6_000_000_000).run();
  for (let times = 0; times < 3; times += 1) expect((await closeSession(client, session)).status).toBe(503);
  expect(client.operations.queued).toBe(1);
  expect(await database.prepare('SELECT claims FROM upload').first('claims')).toBe(0);
});
