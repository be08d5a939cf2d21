import type { CommitGroup, CommitOutcome, InstanceRecord } from '../../archive/commit-group';
import { RefusedError, TooMuchWorkError, UnavailableError } from '../../archive/unavailable';
import type { Statement, Statements } from '../statements/d1-client';
import { jsonChunks } from '../statements/json-chunks';
import { retrying } from '../statements/retries';
import type { Author } from './author';
import { uidsOf, versionOf } from './commit-keys';
import { confinedTo, type Refusal, refusedAmong } from './commit-rehearsal';
import { commitStatements, type SharedSegments } from './commit-statements';
import { OtherStates, outcomeOf, type ReturnedRow, ReturnedRows, type Tried } from './instance-outcomes';
import type { KnownSeries } from './known-series';
import { knownStates } from './known-states';
import * as outcomeSQL from './outcome-sql';
import { quotaStatements, withinQuota } from './quota';

/**
 * Makes a group of instances visible: one D1 batch, and a second one when some of them were not new. Instances that the
 * index refuses because of their content, and those for which there is no room, do not affect the others: they are left out of
 * the batch.
 * @throws UnavailableError, TooMuchWorkError
 */
export async function commitGroup(
  database: Statements,
  group: CommitGroup,
  author: Author,
  known: KnownSeries,
): Promise<CommitOutcome[]> {
  return await withinQuota(database, group, author, (some) => commitAccepted(database, some, author, known));
}

async function commitAccepted(
  database: Statements,
  group: CommitGroup,
  author: Author,
  known: KnownSeries,
): Promise<CommitOutcome[]> {
  try {
    return await commitKnown(database, group, author, known);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const refused = await refusedAmong(group, (some) => rehearse(database, some, author));
    const rest = confinedTo(
      group,
      group.instances.filter((instance) => !refused.has(instance)),
    );
    const outcomes = new Map<InstanceRecord, CommitOutcome>();
    for (const [at, outcome] of (await commitRest(database, rest, author)).entries())
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
  database: Statements,
  group: CommitGroup,
  author: Author,
  known: KnownSeries,
): Promise<CommitOutcome[]> {
  const brief =
    group.duplicates !== 'replace' && group.series.length === 1 && known.hasAll(group.series, author.principal);
  const outcomes = brief ? await commitTo(database, group, author, false) : undefined;
  if (outcomes !== undefined) return outcomes;
  known.forget(group.series, author.principal);
  const found = await commitTogether(database, group, author);
  known.remember(group.series, author.principal);
  return found;
}

/**
 * Bytes that were there already may be deleted or replaced before the look-up sees them. Such an instance is committed
 * once more, after that. With `replace`, an instance that met other bytes is committed once more too: only a legal hold
 * prevents the replacement.
 */
async function commitTogether(database: Statements, group: CommitGroup, author: Author): Promise<CommitOutcome[]> {
  const outcomes = (await commitTo(database, group, author, true)) ?? [];
  const met = group.instances.filter((_, at) => outcomes[at]?.isLate);
  if (met.length === 0) return outcomes;
  const rest = { ...confinedTo(group, met), sharing: group.instances };
  const again = (await commitTo(database, rest, author, true).catch(afterwards)) ?? [];
  const second = new Map(met.map((instance, at) => [instance, again[at]]));
  return group.instances
    .map((instance, at) => second.get(instance) ?? outcomes[at]!)
    .map(({ isLate: _, ...one }) => one);
}

async function commitRest(database: Statements, group: CommitGroup, author: Author): Promise<CommitOutcome[]> {
  if (group.instances.length === 0) return [];
  try {
    return await commitTogether(database, group, author);
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
async function rehearse(database: Statements, group: CommitGroup, author: Author): Promise<Refusal | undefined> {
  try {
    const statements = prepared(database, group, author);
    await retrying(() => database.batch([...statements, database.prepare(GIVE_UP).bind()]));
    throw new Error('D1 committed a rehearsal');
  } catch (error) {
    if (error instanceof RefusedError) return error.reason;
    if (error instanceof Error && error.message.includes(GIVEN_UP)) return undefined;
    throw error;
  }
}

function prepared(database: Statements, group: Committed, author: Author, described = true): Statement[] {
  return commitStatements(group, described, author).map(({ sql, parameters }) =>
    database.prepare(sql).bind(...parameters),
  );
}

/**
 * @param described whether to make studies and series that do not exist
 * @returns undefined when `described` is false and the series of some instances does not exist
 * @throws RefusedError when the index refuses a part of the group: then no part of it is visible
 */
async function commitTo(
  database: Statements,
  group: Committed,
  author: Author,
  described: boolean,
): Promise<Tried[] | undefined> {
  const { results, tooMuch } = await runCommit(database, group, author, described);
  const returned = new ReturnedRows(results.flatMap(({ results }) => results));
  // The others were sent before or, when the batch had to be tried again, inserted by its first try.
  const others = group.instances.filter((instance) => returned.resultOf(instance) === undefined);
  const found = await knownStates(database, others, group.segments, author).catch(afterwards);
  const states = new OtherStates(others, found);
  if (tooMuch !== undefined && !others.every((one) => states.has(one) || states.hasRemoved(one))) throw tooMuch;
  if (!described && !others.every((one) => states.has(one))) return undefined;
  return group.instances.map((instance) => outcomeOf(instance, returned, states, group.duplicates));
}

/** Runs the batch of a commit. @returns the answers of its statements, or the error with which D1 gave the batch up */
async function runCommit(database: Statements, group: Committed, author: Author, described: boolean): Promise<Ran> {
  const statements = [
    ...prepared(database, group, author, described),
    ...(await quotaStatements(group, author)).map(({ sql, parameters }) => database.prepare(sql).bind(...parameters)),
  ];
  let tries = 0;
  const work = async () => {
    tries += 1;
    // Others may have deleted or replaced since what the first try stored: then it must not be stored a second time.
    if (tries > 1 && (await tookEffect(database, group))) return await segmentCounts(database, group);
    return await database.batch<ReturnedRow>(statements);
  };
  return await retrying(work).then((results) => ({ results, tooMuch: undefined }), givenUp);
}

interface Ran {
  readonly results: readonly D1Result<ReturnedRow>[];
  readonly tooMuch: TooMuchWorkError | undefined;
}

/** Whether the index has a version of the group, which only a try of its commit can have written. */
async function tookEffect(database: Statements, { instances }: CommitGroup): Promise<boolean> {
  const statements = jsonChunks(instances.map(versionOf)).map(({ json }) =>
    database.prepare(outcomeSQL.SELECT_TAKEN).bind(json),
  );
  return (await database.batch(statements)).some(({ results }) => results.length > 0);
}

/** What the lost answer of a commit said of its series. */
async function segmentCounts(database: Statements, { series }: CommitGroup): Promise<D1Result<ReturnedRow>[]> {
  const statements = jsonChunks(series.map(uidsOf)).map(({ json }) =>
    database.prepare(outcomeSQL.SELECT_SEGMENT_COUNTS).bind(json),
  );
  return await database.batch<ReturnedRow>(statements);
}

/** A batch that D1 gave up may have taken effect all the same. Then the index has the group, and it is not refused. */
function givenUp(error: unknown): Ran {
  if (!(error instanceof TooMuchWorkError)) throw error;
  return { results: [], tooMuch: error };
}

/** The group may be visible: a failure from now on does not mean that a part of it is refused. */
function afterwards(error: unknown): never {
  const refuses = error instanceof RefusedError || error instanceof TooMuchWorkError;
  throw refuses ? new UnavailableError('failed after a commit') : error;
}

type Committed = CommitGroup & Partial<SharedSegments>;
