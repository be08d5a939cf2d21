import type { CommitGroup, CommitOutcome, InstanceRecord } from '../../archive/commit-group';
import { RefusedError, TooMuchWorkError, UnavailableError } from '../../archive/unavailable';
import type { Statement, Statements } from '../statements/d1-client';
import { jsonChunks } from '../statements/json-chunks';
import { retrying } from '../statements/retries';
import type { Author } from './author';
import { uidsOf, versionOf } from './commit-keys';
import { confinedTo, type Refusal, refusedAmong } from './commit-rehearsal';
import { commitStatements } from './commit-statements';
import { outcomeOf, type ReturnedRow, ReturnedRows } from './instance-outcomes';
import type { KnownSeries } from './known-series';
import { knownStates } from './known-states';
import { quotaStatements, withinQuota } from './quota';
import * as outcomeSQL from './sql/outcome-sql';

/**
 * Makes a group of instances visible by one D1 batch, which also says what became of each instance. Instances that the
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
  const found = await commitDescribed(database, group, author);
  known.remember(group.series, author.principal);
  return found;
}

async function commitDescribed(database: Statements, group: CommitGroup, author: Author): Promise<CommitOutcome[]> {
  return (await commitTo(database, group, author, true)) ?? [];
}

async function commitRest(database: Statements, group: CommitGroup, author: Author): Promise<CommitOutcome[]> {
  if (group.instances.length === 0) return [];
  try {
    return await commitDescribed(database, group, author);
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

function prepared(database: Statements, group: CommitGroup, author: Author, described = true): Statement[] {
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
  group: CommitGroup,
  author: Author,
  described: boolean,
): Promise<CommitOutcome[] | undefined> {
  const { results, lost } = await runCommit(database, group, author, described);
  const late = lost === undefined ? [] : await knownStates(database, group, author).catch(afterwards);
  const returned = new ReturnedRows([...results.flatMap(({ results }) => results), ...late], group, author);
  const found = group.instances.map((one) => outcomeOf(one, returned, group.duplicates, lost !== undefined));
  if (!described && lost === undefined && found.includes(undefined)) return undefined;
  const outcomes = found.map((outcome): CommitOutcome => outcome ?? { result: 'unknown', seriesSegments: 0 });
  const took = outcomes.some(({ result }) => TAKEN.includes(result));
  if (lost instanceof TooMuchWorkError && !took && outcomes.some(({ result }) => result === 'unknown')) throw lost;
  return outcomes;
}

/** Results of an instance of which the index has the version. */
const TAKEN: readonly CommitOutcome['result'][] = ['stored', 'kept', 'aside'];

/** Runs the batch of a commit. A later try first looks whether an earlier one, whose answer was lost, has taken effect. */
async function runCommit(database: Statements, group: CommitGroup, author: Author, described: boolean): Promise<Ran> {
  const statements = [
    ...prepared(database, group, author, described),
    ...(await quotaStatements(group, author)).map(({ sql, parameters }) => database.prepare(sql).bind(...parameters)),
  ];
  let tries = 0;
  const work = async (): Promise<Ran> => {
    tries += 1;
    // Others may have deleted or replaced since what the first try stored: then it must not be stored a second time.
    if (tries > 1 && (await tookEffect(database, group)))
      return { results: await segmentCounts(database, group), lost: 'answer' };
    return { results: await database.batch<ReturnedRow>(statements) };
  };
  return await retrying(work).catch(givenUp);
}

interface Ran {
  readonly results: readonly D1Result<ReturnedRow>[];
  /** Absent: the results are those of the batch. Otherwise its answer was lost, or D1 gave it up. */
  readonly lost?: 'answer' | TooMuchWorkError;
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
  return { results: [], lost: error };
}

/** The group may be visible: a failure from now on does not mean that a part of it is refused. */
function afterwards(error: unknown): never {
  const refuses = error instanceof RefusedError || error instanceof TooMuchWorkError;
  throw refuses ? new UnavailableError('failed after a commit') : error;
}
