import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { emptyArchive, migrateDatabase, withArchive } from '../support/archive/with-archive';
import { archiveClient } from '../support/clients/archive-client';
import { slice } from '../support/files/samples';

withArchive();

const schema = async () =>
  (await env.DB.prepare('SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name').all()).results;
const studies = async () => await archiveClient().json('/dicomweb/studies');

describe('the empty archive of a test', () => {
  it('has no rows that a test before has written too late', async () => {
    const before = await schema();
    await emptyArchive();
    expect((await archiveClient().store([slice()])).status).toBe(200);
    expect(await studies()).toHaveLength(1);
    await migrateDatabase(env.DB);
    expect(await studies()).toEqual([]);
    expect(await schema()).toEqual(before);
    expect((await archiveClient().store([slice()])).status).toBe(200);
  });

  it('has the current schema where that was changed', async () => {
    const before = await schema();
    await emptyArchive();
    await env.DB.prepare('DROP TRIGGER beyond_quota').run();
    expect(await schema()).not.toEqual(before);
    await migrateDatabase(env.DB);
    expect(await schema()).toEqual(before);
  });
});
