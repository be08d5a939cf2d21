import type { CommitGroup, CommitOutcome, InstanceRecord } from '../../archive/commit-group';
import type { Statement, Statements } from '../statements/d1-client';
import { jsonChunks } from '../statements/json-chunks';
import { retrying } from '../statements/retries';
import type { Author } from './author';
import { contentOf } from './commit-keys';
import { identicalTo, type ReturnedRow } from './instance-outcomes';
import { selectAside } from './sql/aside-sql';
import * as outcomeSQL from './sql/outcome-sql';

/**
 * What the index has of instances whose commit may have taken effect without an answer. Others may have changed it
 * since.
 */
export async function knownStates(
  database: Statements,
  { instances, duplicates }: CommitGroup,
  author: Author,
): Promise<ReturnedRow[]> {
  const asked = jsonChunks(instances.map(contentOf));
  const statements: Statement[] = [
    ...asked.map(({ json }) => database.prepare(outcomeSQL.SELECT_KNOWN).bind(json)),
    ...(author.confined ? selectAside(instances, duplicates, author) : []).map(({ sql, parameters }) =>
      database.prepare(sql).bind(...parameters),
    ),
    ...jsonChunks(instances.map(({ version }) => version)).map(({ json }) =>
      database.prepare(outcomeSQL.SELECT_REMOVED).bind(json),
    ),
  ];
  const results = await retrying(() => database.batch<ReturnedRow>(statements));
  return results.flatMap(({ results }) => results);
}

/** The outcomes of those instances whose bytes, or whose data set, the index has under their UIDs. */
export async function identicalAmong(
  database: Statements,
  instances: readonly InstanceRecord[],
): Promise<ReadonlyMap<InstanceRecord, CommitOutcome>> {
  const statements = jsonChunks(instances.map(contentOf)).map(({ json }) =>
    database.prepare(outcomeSQL.SELECT_KNOWN).bind(json),
  );
  const results = await retrying(() => database.batch<outcomeSQL.KnownState>(statements));
  const found = new Map(results.flatMap(({ results }) => results.map((state) => [state.known, state])));
  return new Map(
    instances.flatMap((instance) => {
      const state = found.get(instance.version);
      const same = state && identicalTo(instance, state);
      return same === undefined ? [] : [[instance, { ...same, seriesSegments: 0 }]];
    }),
  );
}
