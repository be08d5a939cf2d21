import type { Statements } from './d1-client';
import { retrying } from './retries';
import { type Fragment, fragment } from './sql-fragment';

/** D1's error when the batch begins with a mark that is there. */
const MARKED = 'UNIQUE constraint failed: kept_answer.key';

const MARK = 'INSERT INTO kept_answer (key, fingerprint, status, headers, body, created_at)';

/**
 * Runs statements as one transaction, which takes effect once, also when it is repeated because its response was lost.
 * Otherwise the repetition could undo a change that another request made in the meantime, for example delete what that
 * request stored. The transaction begins with a mark among the kept answers: a second try fails at it as a whole, and
 * reads the result there.
 * @param result selects one row with one column, JSON, after the statements
 * @param now milliseconds since 1970; a day later the mark is forgotten
 * @param then statements after that
 * @param unless selects a row: then nothing is done
 * @returns the result; undefined when nothing was done
 */
export async function batchOnce<Result>(
  to: Statements,
  statements: readonly Fragment[],
  result: Fragment,
  now: number,
  then: readonly Fragment[] = [],
  unless?: Fragment,
): Promise<Result | undefined> {
  const key = `batch:${crypto.randomUUID()}`;
  const mark = fragment(`${MARK} VALUES (?, '', 0, '{}', '', ?)`, key, now);
  // The same mark again makes the transaction fail as a whole.
  const again =
    unless &&
    fragment(`${MARK} SELECT ?, '', 0, '{}', '', ? WHERE EXISTS (${unless.sql})`, key, now, ...unless.parameters);
  const before = again === undefined ? [mark] : [mark, again];
  const keep = fragment(`UPDATE kept_answer SET body = (${result.sql}) WHERE key = ?`, ...result.parameters, key);
  const read = fragment('SELECT body FROM kept_answer WHERE key = ?', key);
  const prepared = ({ sql, parameters }: Fragment) => to.prepare(sql).bind(...parameters);
  return await retrying(async () => {
    try {
      const results = await to.batch<{ body: string }>([...before, ...statements, keep, ...then, read].map(prepared));
      return resultOf(results.at(-1));
    } catch (error) {
      if (!(error instanceof Error && error.message.includes(MARKED))) throw error;
      return resultOf(await prepared(read).all<{ body: string }>());
    }
  });
}

function resultOf<Result>(read: D1Result<{ body: string }> | undefined): Result | undefined {
  const kept = read?.results[0]?.body;
  return kept === undefined ? undefined : (JSON.parse(kept) as Result);
}
