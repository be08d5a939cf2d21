import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { completeAllInterrupted } from '../../../src/archive/upload/complete';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import {
  archiveOf,
  bytes,
  codeOf,
  create,
  digest,
  head,
  kinds,
  MIB,
  offsetOf,
  PART,
  patch,
  reclaim,
  stateOf,
  stored,
} from '../../support/clients/tus-requests';
import { TUS } from '../../support/clients/upload-client';
import { failing } from '../../support/platform/failing';

/* The end of an upload: by its client, by time, by a later request, or because its bytes are lost. */

withArchive();

describe('an upload that ends', () => {
  it('is removed by its client, with what it has in the bucket', async () => {
    const client = archiveClient();
    const file = bytes(PART + MIB);
    const path = await create(client, file.length + 1);
    await patch(client, path, 0, file);
    expect(await kinds(client)).toEqual(['rest']);
    expect((await client.fetch(path, { method: 'DELETE', headers: TUS })).status).toBe(204);
    expect((await head(client, path)).status).toBe(404);
    expect((await client.fetch(path, { method: 'DELETE', headers: TUS })).status).toBe(404);
    expect((await patch(client, path, file.length, 'a')).status).toBe(404);
    await reclaim(client, 0);
    expect(await kinds(client)).toEqual(['rest']);
    await reclaim(client, 2);
    expect(await kinds(client)).toEqual([]);
  });

  it('is removed in the middle of a request, which then has no effect', async () => {
    const client = archiveClient();
    const path = await create(client, 10);
    const { readable, writable } = new IdentityTransformStream();
    const sending = patch(client, path, 0, readable);
    const writer = writable.getWriter();
    await writer.write(bytes(5));
    expect((await client.fetch(path, { method: 'DELETE', headers: TUS })).status).toBe(204);
    await writer.close();
    expect(await codeOf(await sending)).toBe('410 gone');
    await reclaim(client, 2);
    expect(await kinds(client)).toEqual([]);
  });

  it('leaves to the sweeper a whole file of which the index does not know', async () => {
    const client = archiveClient();
    const file = bytes(10);
    const path = await create(client, file.length);
    await patch(client, path, 0, file);
    // The index is put back to the time before the last request.
    await client.bindings.database
      .prepare("UPDATE upload SET state = 'receiving', byte_offset = 0, version = NULL")
      .run();
    await client.bindings.database.prepare('UPDATE upload SET expires_at = 0').run();
    await reclaim(client, 0);
    await reclaim(client, 2);
    expect((await head(client, path)).status).toBe(404);
    expect(await kinds(client)).toEqual(['dcm']);
  });

  it('expires when no bytes come for a day', async () => {
    const client = archiveClient();
    const path = await create(client, 10);
    await patch(client, path, 0, 'abc');
    expect((await reclaim(client, 23)).expired).toBe(0);
    await client.bindings.database
      .prepare('UPDATE upload SET expires_at = ?1')
      .bind(Date.now() - 1)
      .run();
    expect((await head(client, path)).status).toBe(410);
    expect(await codeOf(await patch(client, path, 3, 'd'))).toBe('410 gone');
    expect((await client.fetch(path)).status).toBe(410);
    expect((await reclaim(client, 0)).expired).toBe(1);
    expect((await head(client, path)).status).toBe(404);
    await reclaim(client, 2);
    expect(await kinds(client)).toEqual([]);
  });

  it('is completed by a later request or by the hourly run when its last request was interrupted', async () => {
    for (const [when, byRun] of [
      ['before', false],
      ['after', false],
      ['before', true],
    ] as const) {
      let fails = 1;
      const client = archiveClient({}, (real) =>
        failing(real, (operation) => {
          if (operation !== 'complete' || fails === 0) return undefined;
          fails -= 1;
          return { when, message: 'complete: the runtime was killed' };
        }),
      );
      const file = bytes(PART + 10);
      const path = await create(client, file.length);
      expect((await patch(client, path, 0, file)).status).toBe(500);
      // The lease of the request that failed is given back.
      if (byRun) {
        await completeAllInterrupted(archiveOf(client), Date.now());
        const row = client.bindings.database.prepare('SELECT state FROM upload');
        expect(await row.first('state')).toBe('received');
      }
      expect(await offsetOf(client, path)).toBe(file.length);
      expect(await stateOf(client, path)).toMatchObject({ state: 'received' });
      expect(await digest('SHA-256', new Uint8Array(await stored(client)))).toBe(await digest('SHA-256', file));
    }
  });

  it('has failed when its bytes are lost, and says so', async () => {
    const client = archiveClient();
    const file = bytes(2 * PART);
    const path = await create(client, file.length);
    await patch(client, path, 0, file.slice(0, PART + 5));
    const row = await client.bindings.database.prepare('SELECT version, multipart_id FROM upload').first<{
      version: string;
      multipart_id: string;
    }>();
    const key = `${client.prefix}/unfiled/${row!.version}.dcm`;
    await env.BUCKET.resumeMultipartUpload(key, row!.multipart_id).abort();
    expect(await codeOf(await patch(client, path, PART + 5, file.slice(PART + 5)))).toBe('410 gone');
    expect(await stateOf(client, path)).toMatchObject({ state: 'failed', reason: 'lost' });
    expect((await head(client, path)).status).toBe(410);

    const other = await create(client, 10);
    await patch(client, other, 0, 'abc');
    const { objects } = await env.BUCKET.list({ prefix: `${client.prefix}/unfiled/` });
    await env.BUCKET.delete(objects.map((object) => object.key));
    expect(await codeOf(await patch(client, other, 3, 'd'))).toBe('410 gone');
    expect((await head(client, other)).status).toBe(410);
  });
});
