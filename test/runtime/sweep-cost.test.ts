import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { openArchive } from '../../src/storage/open-archive';
import * as deleteSQL from '../../src/storage/remove/delete-sql';
import * as purgeSQL from '../../src/storage/remove/purge-sql';
import * as replaceSQL from '../../src/storage/remove/replace-sql';
import * as restoreSQL from '../../src/storage/remove/restore-sql';
import * as sweepSQL from '../../src/storage/remove/sweep-sql';
import { archiveClient } from '../support/archive-client';
import { slice } from '../support/samples';
import { withArchive } from '../support/with-archive';

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
  /^SCAN (archive_identity|sweep_state|sweep_position|sweep_gap|j|json_each|next|some|purged)\b|^SCAN \(subquery/;
/** Statements that read as many rows as their LIMIT says, in any order. */
const LIMITED = new Set(['SOME_INSTANCES', 'COUNT_INSTANCES', 'COUNT_ORPHANS']);

describe('the hourly run, when it reads the index', () => {
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
