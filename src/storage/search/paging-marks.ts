import type { PagingMarks, RowMark } from '../../archive/ports';
import { PAGING_MS } from '../../archive/search/paging';
import type { StatementsOf } from '../statements/d1-client';
import { retrying } from '../statements/retries';

/** Marks that an isolate remembers: the mark of a study list that many clients look at is written only once. */
const REMEMBERED = 1000;

/** Paging marks in the archive's database. */
export function pagingMarks(database: StatementsOf): PagingMarks {
  const run = async <Row>(sql: string, ...parameters: (string | number)[]): Promise<Row[]> => {
    const statement = () =>
      database
        .withSession('first-primary')
        .prepare(sql)
        .bind(...parameters)
        .all<Row>();
    return (await retrying(statement)).results;
  };
  const written = new Map<string, { readonly newestRow: RowMark; readonly at: number }>();

  return {
    async remember(key, newestRow, now) {
      const last = written.get(key);
      // The same mark, and recent enough for the paging that begins now.
      if (last?.newestRow === newestRow && now - last.at < PAGING_MS / 2) return;
      await run(REMEMBER, key, newestRow, now);
      written.delete(key);
      written.set(key, { newestRow, at: now });
      const [oldest] = written.keys();
      if (written.size > REMEMBERED && oldest !== undefined) written.delete(oldest);
    },

    async recall(key, now) {
      const [row] = await run<{ newest_row: RowMark }>(RECALL, key, now - PAGING_MS);
      return row?.newest_row;
    },

    async forgetBefore(time) {
      await run(FORGET, time);
    },
  };
}

const REMEMBER = `INSERT INTO search_mark (key, newest_row, created_at) VALUES (?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET newest_row = excluded.newest_row, created_at = excluded.created_at`;

const RECALL = 'SELECT newest_row FROM search_mark WHERE key = ? AND created_at >= ?';

const FORGET = 'DELETE FROM search_mark WHERE created_at < ?';
