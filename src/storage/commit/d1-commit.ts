import type { CommitGroup, CommitOutcome, InstanceRecord } from '../../archive/commit-group';
import type { SeriesIdentity } from '../../archive/identities';
import { RefusedError, UnavailableError } from '../../archive/unavailable';
import { jsonChunks } from '../json-chunks';
import { retrying } from '../retries';
import { confinedTo, type Refusal, refusedAmong } from './commit-rehearsal';
import * as commitSQL from './commit-sql';
import { commitStatements } from './commit-statements';
import type { KnownSeries } from './known-series';

/**
 * Makes a group of instances visible: one D1 batch, and a second one when some of them were not new. Instances that the
 * index refuses because of their content do not affect the others: they are left out of the batch.
 * @throws UnavailableError, TooMuchWorkError
 */
export async function commitGroup(
  database: D1DatabaseSession,
  group: CommitGroup,
  known: KnownSeries,
): Promise<CommitOutcome[]> {
  try {
    return await commitKnown(database, group, known);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const refused = await refusedAmong(group, (some) => rehearse(database, some));
    const rest = confinedTo(
      group,
      group.instances.filter((instance) => !refused.has(instance)),
    );
    const outcomes = new Map<InstanceRecord, CommitOutcome>();
    for (const [at, outcome] of (await commitRest(database, rest)).entries())
      outcomes.set(rest.instances[at]!, outcome);
    return group.instances.map((instance) => outcomes.get(instance) ?? refusal(refused.get(instance) ?? 'refused'));
  }
}

/**
 * For a series that is known the batch contains no descriptions. If the series turns out to be gone, the batch has
 * stored nothing, and is run again with the descriptions. So this is only for a group of one series: then no part of
 * the group is visible before all of it is.
 */
async function commitKnown(
  database: D1DatabaseSession,
  group: CommitGroup,
  known: KnownSeries,
): Promise<CommitOutcome[]> {
  const brief = group.duplicates !== 'replace' && group.series.length === 1 && known.hasAll(group.series);
  const outcomes = brief ? await commitTo(database, group, false) : undefined;
  if (outcomes !== undefined) return outcomes;
  known.forget(group.series);
  const found = await commitTogether(database, group);
  known.remember(group.series);
  return found;
}

async function commitTogether(database: D1DatabaseSession, group: CommitGroup): Promise<CommitOutcome[]> {
  return (await commitTo(database, group, true)) ?? [];
}

async function commitRest(database: D1DatabaseSession, group: CommitGroup): Promise<CommitOutcome[]> {
  if (group.instances.length === 0) return [];
  try {
    return await commitTogether(database, group);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return group.instances.map(() => refusal(error.reason));
  }
}

function refusal(reason: Refusal): CommitOutcome {
  return { result: reason, seriesSegments: 0 };
}

/** Fails after every statement before it has run, so that its batch keeps nothing. */
const GIVE_UP = 'SELECT abs(-9223372036854775807 - 1)';
const GIVEN_UP = 'integer overflow';

/**
 * Tries a group without keeping anything.
 * @returns the reason why the index refuses the group; undefined when it does not refuse it
 */
async function rehearse(database: D1DatabaseSession, group: CommitGroup): Promise<Refusal | undefined> {
  try {
    const statements = prepared(database, group);
    await retrying(() => database.batch([...statements, database.prepare(GIVE_UP)]));
    throw new Error('D1 committed a rehearsal');
  } catch (error) {
    if (error instanceof RefusedError) return error.reason;
    if (error instanceof Error && error.message.includes(GIVEN_UP)) return undefined;
    throw error;
  }
}

function prepared(database: D1DatabaseSession, group: CommitGroup, described = true): D1PreparedStatement[] {
  return commitStatements(group, described).map(({ sql, parameters }) => database.prepare(sql).bind(...parameters));
}

/**
 * @param described whether to make studies and series that do not exist
 * @returns undefined when `described` is false and the series of some instances does not exist
 * @throws RefusedError when the index refuses a part of the group: then no part of it is visible
 */
async function commitTo(
  database: D1DatabaseSession,
  group: CommitGroup,
  described: boolean,
): Promise<CommitOutcome[] | undefined> {
  const statements = prepared(database, group, described);
  const results = await retrying(() => database.batch<Returned>(statements));
  const returned = results.flatMap(({ results }) => results);
  const inserted = new Set(returned.map(({ version }) => version));
  const kept = new Set(returned.map((row) => row.kept));
  const segments = new Map(returned.map((row) => [seriesKey(row), row.segments ?? 0]));
  const others = group.instances.filter(({ version }) => !inserted.has(version) && !kept.has(version));
  // Sent before or, when the batch had to be tried again, inserted by its first try.
  const { known, removed } =
    others.length === 0
      ? { known: [], removed: new Set<string | undefined>() }
      : await knownStates(database, others, group.segments).catch(afterwards);
  const stateOf = new Map(known.map((state) => [others[state.place], state]));
  if (!described && others.some((instance) => !stateOf.has(instance))) return undefined;
  return group.instances.map((instance): CommitOutcome => {
    const seriesSegments = segments.get(seriesKey(instance)) ?? 0;
    if (kept.has(instance.version)) return { result: 'kept', seriesSegments };
    // Stored by a first try whose response was lost, and deleted or replaced since: a removed instance has these bytes.
    if (removed.has(instance.version)) return { result: 'stored', seriesSegments };
    return { result: resultOf(instance, inserted, stateOf.get(instance)), seriesSegments };
  });
}

/** The group is visible: a failure from now on does not mean that a part of it is refused. */
function afterwards(error: unknown): never {
  throw error instanceof RefusedError ? new UnavailableError('failed after a commit') : error;
}

/** The rows that the statements of a commit return; each statement has columns of its own. */
type Returned = Partial<InstanceState & SegmentCount & { kept: string }>;

/**
 * What the index has in place of the instances that it did not take. Also deletes those segments of the group in which
 * no instance counts.
 */
async function knownStates(
  database: D1DatabaseSession,
  others: readonly InstanceRecord[],
  segments: CommitGroup['segments'],
): Promise<{ known: readonly KnownState[]; removed: ReadonlySet<string | undefined> }> {
  const digests = jsonChunks(others.map(digestOf));
  const names = jsonChunks(segments.map(({ name }) => name));
  const statements = [
    ...digests.map(({ json }) => database.prepare(commitSQL.SELECT_KNOWN).bind(json)),
    ...jsonChunks(others.map(({ version }) => version)).map(({ json }) =>
      database.prepare(commitSQL.SELECT_REMOVED).bind(json),
    ),
    ...names.map(({ json }) => database.prepare(commitSQL.DELETE_DEAD_SEGMENTS).bind(json)),
  ];
  const results = await retrying(() => database.batch<KnownState & { removed?: string }>(statements));
  const removed = new Set(results.flatMap(({ results }) => results.map((row) => row.removed)));
  let first = 0;
  const known = digests.flatMap(({ records }, at) => {
    const before = first;
    first += records.length;
    return results[at]!.results.map((state) => ({ ...state, place: before + state.place }));
  });
  removed.delete(undefined);
  return { known, removed };
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

/** @param known absent when the instance was inserted, or in the rare case that it has been deleted since */
function resultOf(
  { version, digest }: InstanceRecord,
  inserted: ReadonlySet<string | undefined>,
  known: KnownState | undefined,
): CommitOutcome['result'] {
  if (inserted.has(version) || known?.version === version) return 'stored';
  if (known?.kept != null) return known.kept === version ? 'kept' : 'kept before';
  return known?.digest === digest ? 'identical' : 'conflict';
}

/** The UIDs of a record and its digest. */
function digestOf({ studyInstanceUID, seriesInstanceUID, sopInstanceUID, digest }: InstanceRecord) {
  return { studyInstanceUID, seriesInstanceUID, sopInstanceUID, digest };
}
