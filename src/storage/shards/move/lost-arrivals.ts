import { jsonChunks } from '../../statements/json-chunks';
import type { Span } from '../span';
import { ARRIVED_AMONG, LEFT_AMONG } from './move-sql';
import type { NumberedDatabases } from './numbered-databases';

/**
 * Studies that have left a database, and have not arrived where the directory says that they are: that database was put back to
 * an earlier time. Their objects are not orphans.
 * @param databases those of the span
 */
export async function lostArrivals(
  span: Span,
  databases: NumberedDatabases,
  studies: readonly string[],
): Promise<ReadonlySet<string>> {
  const some = [...new Set(studies)].map((studyInstanceUID) => ({ studyInstanceUID }));
  if (some.length === 0) return new Set();
  const left = new Set<string>();
  for (const number of span.numbers) for (const uid of await among(number, LEFT_AMONG, some)) left.add(uid);
  const moved = some.filter(({ studyInstanceUID }) => left.has(studyInstanceUID));
  for (const [number, there] of await span.byDatabase(moved)) {
    for (const uid of await among(number, ARRIVED_AMONG, there)) left.delete(uid);
  }
  return left;

  async function among(number: number, sql: string, named: typeof some): Promise<string[]> {
    const found: string[] = [];
    for (const { json } of jsonChunks(named.map(({ studyInstanceUID }) => studyInstanceUID))) {
      found.push(...(await databases.all<{ uid: string }>(number, sql, json)).map(({ uid }) => uid));
    }
    return found;
  }
}
