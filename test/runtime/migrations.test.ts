import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drain } from '../support/archive/extra-archive';
import { putReleasedArchive, RELEASED } from '../support/archive/released-archive';
import { resetAll } from '../support/archive/with-archive';
import { type WorkerClient, workerClient } from '../support/clients/worker-client';

const { MIGRATIONS } = env as unknown as { MIGRATIONS: D1Migration[] };
const released = MIGRATIONS.filter(({ name }) => RELEASED.migrations.includes(name));
const later = MIGRATIONS.slice(released.length);

beforeEach(async () => {
  await resetAll();
  await applyD1Migrations(env.DB, released);
  await putReleasedArchive();
});
afterEach(resetAll);

/** Every answer is the one that the released version gave. */
async function expectSameAnswers(client: WorkerClient): Promise<void> {
  for (const [path, { status, body }] of Object.entries(RELEASED.answers)) {
    const response = await client.fetch(path, { headers: { Accept: '*/*' } });
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(response.status, path).toBe(status);
    expect(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''), path).toBe(body);
  }
}

const count = async (sql: string): Promise<number> => (await env.DB.prepare(sql).first<number>('count')) ?? 0;

describe('an archive of the released version', () => {
  it('has its migrations first, in their order', () => {
    expect(MIGRATIONS.slice(0, released.length).map(({ name }) => name)).toEqual(RELEASED.migrations);
  });

  it('answers the same once all later migrations have run, and after the hourly run', async () => {
    await applyD1Migrations(env.DB, [...released, ...later]);
    const client = workerClient({ DUPLICATES: 'replace' });
    await expectSameAnswers(client);
    const statistics = await (await client.fetch('/statistics')).json();
    expect(statistics).toMatchObject({ studies: 2, series: 2, instances: 4, restorable: { instances: 2 } });
    await client.scheduled();
    await drain(client);
    await expectSameAnswers(client);
  });

  it('can be restored from and stored to', async () => {
    await applyD1Migrations(env.DB, [...released, ...later]);
    const client = workerClient({});
    expect((await client.fetch('/dicomweb/studies/1.2.6/restore', { method: 'POST' })).status).toBe(204);
    expect(await (await client.fetch('/statistics')).json()).toMatchObject({ studies: 3, instances: 5 });
    expect((await client.fetch('/dicomweb/studies/1.2.6/metadata')).status).toBe(200);
  });
});

/**
 * A migration as the rule in 0001_archive.sql wants it: it adds a column, and has the job in the background fill it. The
 * Worker fills the columns that it knows, so the tests empty one of those.
 */
const ADDS_A_COLUMN: D1Migration = {
  name: '9999_test.sql',
  queries: [
    'ALTER TABLE study ADD COLUMN of_a_later_version TEXT',
    `INSERT INTO description_position SELECT 1, 0 WHERE EXISTS (SELECT 1 FROM series)
    ON CONFLICT (id) DO UPDATE SET series_id = 0`,
  ],
};

describe('a migration that adds a column', () => {
  it('leaves answers as they are, and the job in the background fills the column', async () => {
    await env.DB.exec('UPDATE study SET patient_id = NULL');
    await applyD1Migrations(env.DB, [...released, ...later, ADDS_A_COLUMN]);
    const client = workerClient({});
    const path = '/dicomweb/studies?PatientID=MRN0000002';
    expect(await client.json(path)).toHaveLength(0);
    await expectSameAnswers(client);
    await client.scheduled();
    await drain(client);
    expect(await client.json(path)).toHaveLength(2);
    await expectSameAnswers(client);
    expect(await count('SELECT count(*) AS count FROM description_position')).toBe(0);
  });

  it('writes as many rows for a thousand studies as for two', async () => {
    const written = async (): Promise<number> => {
      const results = await env.DB.batch(ADDS_A_COLUMN.queries.map((sql) => env.DB.prepare(sql)));
      return results.reduce((sum, { meta }) => sum + meta.rows_written, 0);
    };
    const few = await written();
    await env.DB.exec('DELETE FROM description_position; ALTER TABLE study DROP COLUMN of_a_later_version');
    await env.DB.exec(
      `INSERT INTO study (study_instance_uid, attributes, created_at, updated_at)
      SELECT '1.9.' || key, '{}', 0, 0 FROM json_each('[0' || replace(hex(zeroblob(999)), '00', ',0') || ']')`.replaceAll(
        '\n',
        ' ',
      ),
    );
    expect(await count('SELECT count(*) AS count FROM study')).toBe(1002);
    expect(await written()).toBe(few);
  });
});
