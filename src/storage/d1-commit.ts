import type { CommitGroup, CommitOutcome, InstanceRecord } from '../archive/commit';
import type { SeriesIdentity } from '../archive/ports';
import * as commitSQL from './commit-sql';
import { identitiesJSON } from './d1-rows';
import { insertValues, markUnindexed } from './extra-value-sql';
import { insertInstances } from './instance-sql';
import type { KnownSeries } from './known-series';
import { keepOthers, leaveReplaced, noteReplaced } from './removal-sql';
import { retrying } from './retries';
import { type Fragment, fragment } from './sql-fragment';

/**
 * Makes a group of instances visible: one D1 batch, and a second where some of them were not new. To a series that is
 * known the batch carries no descriptions. If the series turns out to be gone, the batch has stored nothing, and is run
 * again with them; so this is for a group of one series alone, of which nothing is visible before everything is.
 */
export async function commitGroup(
  database: D1DatabaseSession,
  group: CommitGroup,
  known: KnownSeries,
): Promise<CommitOutcome[]> {
  const brief = group.duplicates !== 'replace' && group.series.length === 1 && known.hasAll(group.series);
  const outcomes = brief ? await run(database, group, false) : undefined;
  if (outcomes !== undefined) return outcomes;
  known.forget(group.series);
  const found = await run(database, group, true);
  known.remember(group.series);
  return found ?? [];
}

/**
 * @param described whether studies and series that are not there are made
 * @returns undefined when they are not, and some instances had no series to go to
 */
async function run(
  database: D1DatabaseSession,
  group: CommitGroup,
  described: boolean,
): Promise<CommitOutcome[] | undefined> {
  const statements = commitStatements(database, group, described);
  const results = await retrying(() => database.batch<Returned>(statements));
  const returned = results.flatMap(({ results }) => results);
  const inserted = new Set(returned.map(({ version }) => version));
  const kept = new Set(returned.map((row) => row.kept));
  const segments = new Map(returned.map((row) => [seriesKey(row), row.segments ?? 0]));
  const others = group.instances.filter(({ version }) => !inserted.has(version) && !kept.has(version));
  // Sent before, or, when the batch had to be tried again, inserted by its first try.
  const known = others.length === 0 ? [] : await knownStates(database, others, group.segments);
  const stateOf = new Map(known.map((state) => [others[state.place], state]));
  if (!described && others.some((instance) => !stateOf.has(instance))) return undefined;
  return group.instances.map((instance): CommitOutcome => {
    const seriesSegments = segments.get(seriesKey(instance)) ?? 0;
    if (kept.has(instance.version)) return { result: 'kept', seriesSegments };
    return { result: resultOf(instance, inserted, stateOf.get(instance)), seriesSegments };
  });
}

/** What the statements of a commit return, each its own. */
type Returned = Partial<InstanceState & SegmentCount & { kept: string }>;

/** What the index has in place of instances that it did not take; of their segments, those that are of no use go. */
async function knownStates(
  database: D1DatabaseSession,
  others: readonly InstanceRecord[],
  segments: CommitGroup['segments'],
): Promise<KnownState[]> {
  const names = JSON.stringify(segments.map(({ name }) => name));
  const statements = [
    database.prepare(commitSQL.SELECT_KNOWN).bind(digestsJSON(others)),
    database.prepare(commitSQL.DELETE_DEAD_SEGMENTS).bind(names),
  ];
  const [known] = await retrying(() => database.batch<KnownState>(statements));
  return known?.results ?? [];
}

/** The bytes that the index has for an instance. */
interface InstanceState {
  version: string;
  digest: string;
}

interface KnownState extends InstanceState {
  place: number;
  kept: string | null;
}

interface SegmentCount extends SeriesIdentity {
  segments: number;
}

function seriesKey({ studyInstanceUID, seriesInstanceUID }: Partial<SeriesIdentity>): string {
  return `${studyInstanceUID}/${seriesInstanceUID}`;
}

/** @param known absent when the instance was inserted, or, at a rare moment, deleted since */
function resultOf(
  { version, digest }: InstanceRecord,
  inserted: ReadonlySet<string | undefined>,
  known: KnownState | undefined,
): CommitOutcome['result'] {
  if (inserted.has(version) || known?.version === version) return 'stored';
  if (known?.kept != null) return known.kept === version ? 'kept' : 'kept before';
  return known?.digest === digest ? 'identical' : 'conflict';
}

/** The UIDs of each record and its digest, as one parameter. */
function digestsJSON(instances: readonly InstanceRecord[]): string {
  return JSON.stringify(
    instances.map(({ studyInstanceUID, seriesInstanceUID, sopInstanceUID, digest }) => ({
      studyInstanceUID,
      seriesInstanceUID,
      sopInstanceUID,
      digest,
    })),
  );
}

function commitStatements(database: D1DatabaseSession, group: CommitGroup, described: boolean): D1PreparedStatement[] {
  const { now } = group;
  const segmentNames = JSON.stringify(group.segments.map(({ name }) => name));
  const statements: Fragment[] = [
    ...(described
      ? [
          fragment(commitSQL.INSERT_STUDIES, JSON.stringify(group.studies), now),
          fragment(commitSQL.INSERT_SERIES, JSON.stringify(group.series), now),
        ]
      : []),
    ...(group.series.some(({ requests }) => requests.length > 0)
      ? [commitSQL.insertRequestAttributes(commitSQL.recordsOf(group.series))]
      : []),
    fragment(commitSQL.INSERT_SEGMENTS, JSON.stringify(group.segments)),
    ...chunks(group.instances, group.duplicates === 'replace').flatMap((chunk) => insertStatements(chunk, group)),
    ...(group.duplicates === 'replace'
      ? commitSQL.describeAgain(
          commitSQL.recordsReplaced(group.studies, now),
          commitSQL.recordsReplaced(group.series, now),
          now,
        )
      : []),
    ...(group.values === undefined ? [] : insertValues(group.values)),
    markUnindexed(group.series, group.values),
    fragment(commitSQL.COUNT_NAMED_SEGMENTS, segmentNames),
    fragment(commitSQL.COUNT_SERIES, identitiesJSON(group.series), now),
    fragment(commitSQL.COUNT_STUDIES, identitiesJSON(group.studies), now),
  ];
  return statements.map(({ sql, parameters }) => database.prepare(sql).bind(...parameters));
}

/** What becomes of instances whose UIDs are known is decided here, inside the transaction. */
function insertStatements(instances: readonly InstanceRecord[], { duplicates, now, purgeAt }: CommitGroup): Fragment[] {
  const records = commitSQL.recordsOf(instances);
  switch (duplicates) {
    case 'reject':
      return [insertInstances(records, 'stays', now)];
    case 'keep':
      return [insertInstances(records, 'stays', now), keepOthers(records, now)];
    case 'replace':
      return [
        noteReplaced(records, now, purgeAt),
        leaveReplaced(records),
        insertInstances(records, 'is replaced', now),
      ];
  }
}

/** A bound value may have 2 MB; an instance takes under 1 KB, or up to 4 KB with much bulk data. */
const INSTANCES_PER_STATEMENT = 400;

/** @param apart an instance that is there twice comes in two chunks, so that the second replaces the first */
function chunks(instances: readonly InstanceRecord[], apart: boolean): InstanceRecord[][] {
  const found: InstanceRecord[][] = [];
  let chunk: InstanceRecord[] = [];
  let seen = new Set<string>();
  for (const instance of instances) {
    const key = `${seriesKey(instance)}/${instance.sopInstanceUID}`;
    if (chunk.length === 0 || chunk.length === INSTANCES_PER_STATEMENT || (apart && seen.has(key))) {
      chunk = [];
      seen = new Set();
      found.push(chunk);
    }
    chunk.push(instance);
    seen.add(key);
  }
  return found;
}
