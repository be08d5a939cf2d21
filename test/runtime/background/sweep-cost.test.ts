import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { beginArchive } from '../../../src/archive/remove/archive-id';
import { runHourly } from '../../../src/background/scheduled';
import { parseConfig } from '../../../src/config';
import { type ArchiveBindings, openArchive } from '../../../src/storage/open-archive';
import * as deleteSQL from '../../../src/storage/remove/delete-sql';
import * as purgeSQL from '../../../src/storage/remove/purge-sql';
import * as replaceSQL from '../../../src/storage/remove/replace-sql';
import * as restoreSQL from '../../../src/storage/remove/restore-sql';
import * as sweepSQL from '../../../src/storage/remove/sweep-sql';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { replacing } from '../../support/platform/replacing';
import { skipTime } from '../../support/time/skipped-time';

withArchive();

const STATEMENTS = Object.entries<unknown>({
  ...sweepSQL,
  ...deleteSQL,
  ...restoreSQL,
  ...replaceSQL,
  ...purgeSQL,
}).filter((entry): entry is [string, string] => typeof entry[1] === 'string');

/** Tables with one row or few, and rows that are given or limited. */
const SMALL =
  /^SCAN (archive_identity|archive_total|audit_chain|sweep_state|sweep_position|sweep_gap|retention_look|verification|\w+_position|search_attribute|j|json_each|next|some|purged|segment|found|gone|counted|less|of_modality|known|CONSTANT ROW)\b|^SCAN \(subquery/;
/** Parts of statements that read as many rows as their LIMIT says, or a table that no archive makes large. */
const ANY_ROWS: readonly string[] = [
  // Of a few hours, or of one verification.
  'DELETE FROM search_mark',
  'FROM verification_finding',
  'FROM orphan WHERE accepted_at IS NULL LIMIT',
  'FROM series_to_index LIMIT',
  'FROM instance ORDER BY id LIMIT',
  'FROM instance WHERE id > ?1 ORDER BY id LIMIT',
  // What waits: claimed ones are few.
  'FROM changed_study WHERE (taken_at IS NULL',
  // The index has those alone that wait.
  'access_copy WHERE is_kept = 0',
];
const DAY = 24 * 60 * 60 * 1000;

/** Statements that read as many rows as their LIMIT says, in any order. */
const LIMITED = new Set(['SOME_INSTANCES', 'COUNT_INSTANCES', 'COUNT_ORPHANS']);

/** Notes each statement that an archive prepares, with the values of its first use. */
function noting(found: Map<string, readonly unknown[]>) {
  const note = (statement: D1PreparedStatement, sql: string) =>
    new Proxy(statement, {
      get: (of, name) =>
        name !== 'bind'
          ? Reflect.get(of, name)
          : (...values: unknown[]) => {
              if (!found.has(sql)) found.set(sql, values);
              return of.bind(...values);
            },
    });
  return (real: ArchiveBindings): ArchiveBindings => ({
    ...real,
    database: replacing(real.database, {
      withSession: (constraint?: string) => {
        const session = real.database.withSession(constraint);
        return replacing(session, { prepare: (sql: string) => note(session.prepare(sql), sql) });
      },
    }),
  });
}

describe('the hourly run, when it reads the index', () => {
  it('scans no table with any statement, whatever there is to do', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const client = archiveClient({ DUPLICATES: 'replace' });
    const file = (study: string, seed = 1, sop = 1) =>
      slice({ study, series: `${study}.1`, sop: `${study}.1.${sop}`, seed });
    const studies = ['1.2.1', '1.2.2', '1.2.3', '1.2.4'];
    await client.store(studies.flatMap((study) => [file(study), file(study, 1, 2)]));
    await client.store([file('1.2.1', 2)]);
    await client.fetch('/dicomweb/studies/1.2.2', { method: 'DELETE' });
    await client.fetch('/dicomweb/studies/1.2.3/hold', {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: '{"reason":"a case"}',
    });
    await client.fetch('/dicomweb/studies/1.2.3/shares', { method: 'POST', body: '{}' });
    const orphan = `${client.prefix}/instances/1.2.9/1.2.9.1/1.2.9.1.1/00000000000000000000000000000001.dcm`;
    await client.bindings.bucket.put(orphan, 'a file that no row names');
    const config = parseConfig({
      ...env,
      ALLOW_ANONYMOUS: 'true',
      RETENTION_RULES: '{"old":{"modalities":["CT","MR","OT"],"days":40,"delete":true}}',
    } as unknown as Record<string, unknown>);
    const found = new Map<string, readonly unknown[]>();
    const archive = openArchive(client.prefix, noting(found)(client.bindings));
    await beginArchive(archive, Date.now());
    for (const days of [1, 2, 33, 10, 40]) {
      skipTime(days * DAY);
      await runHourly([{ archive, config }]);
    }
    expect(found.size).toBeGreaterThan(100);
    const scans: string[] = [];
    for (const [sql, values] of found) {
      if (ANY_ROWS.some((part) => sql.includes(part))) continue;
      const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .bind(...values)
        .all<{ detail: string }>();
      for (const { detail } of results)
        if (detail.startsWith('SCAN') && !SMALL.test(detail)) scans.push(`${detail}: ${sql}`);
    }
    expect(scans).toEqual([]);
  });

  it.each(STATEMENTS)('%s scans no table', async (name, sql) => {
    const parameters = Math.max(0, ...[...sql.matchAll(/\?(\d+)/g)].map(([, number]) => Number(number)));
    const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...Array(parameters).fill('[]'))
      .all<{ detail: string }>();
    const scans = results
      .map(({ detail }) => detail)
      .filter((detail) => detail.startsWith('SCAN') && !SMALL.test(detail));
    if (!LIMITED.has(name)) expect(scans).toEqual([]);
  });

  it('reads as many rows as it looks at, however many series and segments there are', async () => {
    const client = archiveClient();
    await client.store([slice()]);
    const { sweeps } = openArchive(client.prefix, client.bindings);
    const columns = async (table: string) => {
      const sql = `SELECT name FROM pragma_table_info('${table}')`;
      return (await env.DB.prepare(sql).all<{ name: string }>()).results.map(({ name }) => name);
    };
    const others = (await columns('series')).filter((name) => name !== 'id' && name !== 'series_instance_uid');
    await env.DB.prepare(
      `INSERT INTO series (series_instance_uid, ${others})
      WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 999)
      SELECT series_instance_uid || '.' || n, ${others} FROM (SELECT * FROM series LIMIT 1), number`,
    ).run();
    await env.DB.prepare(
      `INSERT INTO metadata_segment (series_id, name, byte_length, entry_count, live_count)
      SELECT id, 'segment ' || id, 1, 1, id % 500 <> 0 FROM series WHERE id > 1
      UNION ALL SELECT id, 'another ' || id, 1, 1, 1 FROM series WHERE id % 500 = 1`,
    ).run();
    const read = async (sql: string) => (await env.DB.prepare(sql).bind(100).all()).meta.rows_read;
    expect(await read(sweepSQL.NEXT_SEGMENTS)).toBeLessThan(500);
    expect(await read(sweepSQL.LAST_OF_NEXT_SERIES)).toBeLessThan(250);

    // Ten looks see each series once, and begin again.
    const seen: unknown[] = [];
    for (let look = 0; look < 10; look += 1) {
      const { series, lastSeriesRow } = await sweeps.nextSegments(100);
      expect(lastSeriesRow).toBe((look + 1) * 100);
      seen.push(
        ...series.map(({ seriesInstanceUID, live, dead }) => [seriesInstanceUID.split('.').at(-1), live, dead]),
      );
      await sweeps.keepSegmentPosition(lastSeriesRow);
    }
    expect(seen).toEqual([
      ['0', 2, []],
      ['499', 0, ['segment 500']],
      ['500', 2, []],
      ['999', 0, ['segment 1000']],
    ]);
    expect(await sweeps.nextSegments(100)).toEqual({ series: [], lastSeriesRow: 0 });
  });
});
