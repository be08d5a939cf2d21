import { keepAccess } from '../archive/access/keep-access';
import type { Activity } from '../archive/activity';
import type {
  CompactionMessage,
  FrameCopiesMessage,
  IngestMessage,
  MovesMessage,
  QueueMessage,
  ReindexMessage,
  RemakeMessage,
  SnapshotsMessage,
} from '../archive/background-messages';
import { ObjectMissing } from '../archive/body/stream-pieces';
import type { SeriesIdentity } from '../archive/identities';
import { copyFrames } from '../archive/images/frame-copies';
import { decodingWith } from '../archive/memory/image-memory';
import type { Ledger } from '../archive/memory/ledger';
import { compactSeries } from '../archive/metadata/compact';
import { remakeSegments } from '../archive/metadata/remake';
import { moveStep } from '../archive/moves/move-studies';
import type { Archive } from '../archive/ports';
import { InstanceDataCache } from '../archive/retrieve/instance-data';
import { reindex } from '../archive/search-attributes/reindex';
import { takeSnapshots } from '../archive/snapshot/take-snapshots';
import { StatementBudget } from '../archive/statement-budget';
import type { Config } from '../config';
import { DEFAULT_LIMITS, RUN_LIMITS } from '../limits';
import { logFailure } from '../log';
import { runIngests } from './ingest-uploads';

/** The parts that work in the background needs. */
export interface Background {
  /**
   * Finds an archive, with its settings, by the name that a message gives. The deployment's own is ''.
   * @returns undefined when the deployment does not have it any more
   * @throws ConfigurationError
   */
  archives(name: string): { readonly archive: Archive; readonly config: Config } | undefined;
  /** The isolate's memory. */
  readonly ledger: Ledger;
  /** The requests of the isolate. */
  readonly activity: Activity;
  /** Gets all statements that the archives send. */
  readonly budget?: StatementBudget;
}

/**
 * One run of the queue's consumer: the messages of each archive by their kinds. A message whose work fails is tried again
 * by the queue; work that does not fit into one run is requested again by a new message.
 */
export async function consume(messages: readonly Message<QueueMessage>[], background: Background): Promise<void> {
  const { budget = StatementBudget.ofInvocation() } = background;
  let readsLeft = RUN_LIMITS.reads;
  for (const [name, ofArchive] of Map.groupBy(messages, ({ body }) => body.archive)) {
    const found = background.archives(name);
    if (found === undefined) {
      logFailure('no-such-archive', undefined, { archive: name, messages: ofArchive.length });
      for (const message of ofArchive) message.ack();
      continue;
    }
    const { archive, config } = found;
    const home = background.archives('')?.archive ?? archive;
    readsLeft -= await runReindex(archive, config, ofArchive.filter(isReindex));
    await runSnapshots(archive, ofArchive.filter(isSnapshots), budget.part(2));
    await runMoves(archive, ofArchive.filter(isMoves), budget);
    readsLeft -= await runRemakes(archive, ofArchive.filter(isRemake), readsLeft, budget);
    readsLeft -= await runCompaction(archive, ofArchive.filter(isCompaction), readsLeft, budget);
    await runIngests({ archive, home, config, ledger: background.ledger }, ofArchive.filter(isIngest), budget);
    await runFrameCopies(archive, config, background, ofArchive.filter(isFrameCopies));
  }
}

/**
 * Runs the re-index job once, however many messages ask for it. The job requests its next run itself.
 * @returns R2 reads made
 */
async function runReindex(
  archive: Archive,
  { searchAttributes }: Config,
  messages: readonly Message<ReindexMessage>[],
): Promise<number> {
  if (messages.length === 0) return 0;
  try {
    const { reads, unfinished } = await reindex(archive, searchAttributes, Date.now());
    if (unfinished) await archive.background.requestReindex();
    for (const message of messages) message.ack();
    return reads;
  } catch (error) {
    // The queue tries again. Until then, searches warn that results may be missing.
    logFailure('reindex-failed', error, { archive: archive.name });
    for (const message of messages) message.retry({ delaySeconds: 30 });
    return 0;
  }
}

/**
 * Copies the rows of changed studies into the bucket once, however many messages ask for it, and the links that ended with a
 * deleted study.
 */
async function runSnapshots(
  archive: Archive,
  messages: readonly Message<SnapshotsMessage>[],
  budget: StatementBudget,
): Promise<void> {
  if (messages.length === 0) return;
  try {
    const { more } = await takeSnapshots(archive, Date.now(), budget);
    const moreEnded = await keepAccess(archive, Date.now());
    if (more || moreEnded) await archive.background.requestSnapshots();
    for (const message of messages) message.ack();
  } catch (error) {
    // The queue tries again, and so does the hourly run.
    logFailure('snapshots-failed', error, { archive: archive.name });
    for (const message of messages) message.retry({ delaySeconds: 30 });
  }
}

/** Moves studies between databases once, however many messages ask for it. */
async function runMoves(
  archive: Archive,
  messages: readonly Message<MovesMessage>[],
  budget: StatementBudget,
): Promise<void> {
  if (messages.length === 0) return;
  try {
    const delayMs = await moveStep(archive, Date.now(), budget);
    if (delayMs !== undefined) await archive.background.requestMoves(delayMs);
    for (const message of messages) message.ack();
  } catch (error) {
    // The queue tries again, and so does the hourly run.
    logFailure('moves-failed', error, { archive: archive.name });
    for (const message of messages) message.retry({ delaySeconds: 30 });
  }
}

/**
 * Merges the metadata of each series once. Series for which one run has no room are requested by new messages: a retry
 * would use one of the attempts that the queue allows for failures.
 * @returns R2 reads made
 */
async function runCompaction(
  archive: Archive,
  messages: readonly Message<CompactionMessage>[],
  readsLeft: number,
  budget: StatementBudget,
): Promise<number> {
  const goesOn = budget.units(20);
  let reads = 0;
  for (const [at, [first, ...repeats]] of bySeries(messages).entries()) {
    for (const message of repeats) message.ack();
    if (first === undefined) continue;
    try {
      const postponed = reads >= readsLeft || at >= RUN_LIMITS.series || !goesOn();
      const done = postponed
        ? { reads: 0, again: 0 }
        : await compactSeries(archive, first.body, DEFAULT_LIMITS, Date.now());
      reads += done.reads;
      if (done.again !== undefined) await archive.background.requestCompaction([first.body], done.again);
      first.ack();
    } catch (error) {
      const { studyInstanceUID, seriesInstanceUID } = first.body;
      // A lost segment stays lost, however often the queue tries again.
      if (error instanceof ObjectMissing && (await isRemakeRequested(archive, first.body))) {
        first.ack();
        continue;
      }
      // The queue tries again. Until then, the series is read from its segments as they are.
      logFailure('compaction-failed', error, {
        archive: archive.name,
        studyInstanceUID,
        seriesInstanceUID,
        attempts: first.attempts,
      });
      first.retry({ delaySeconds: 30 });
    }
  }
  return reads;
}

/** Messages in groups, one for each series. */
function bySeries<Body extends SeriesIdentity>(messages: readonly Message<Body>[]): Group<Body>[] {
  const groups = Map.groupBy(messages, ({ body }) => `${body.studyInstanceUID}/${body.seriesInstanceUID}`);
  return [...groups.values()] as Group<Body>[];
}

type Group<Body> = [Message<Body>, ...Message<Body>[]];

async function isRemakeRequested(archive: Archive, series: CompactionMessage): Promise<boolean> {
  return await archive.background.requestRemake([series]).then(
    () => true,
    () => false,
  );
}

/**
 * Makes the lost metadata of each series again, once. Series for which one run has no room are requested by new messages.
 * @returns R2 reads made
 */
async function runRemakes(
  archive: Archive,
  messages: readonly Message<RemakeMessage>[],
  readsLeft: number,
  budget: StatementBudget,
): Promise<number> {
  const goesOn = budget.units(30);
  let reads = 0;
  for (const ofSeries of bySeries(messages)) {
    const series = ofSeries[0].body;
    try {
      // Of the reads of a run, half are left to the other work.
      const isPostponed = reads > readsLeft / 2 || !goesOn();
      const done = isPostponed
        ? { reads: 0, isMade: false, more: true }
        : await remakeSegments(archive, series, DEFAULT_LIMITS, Date.now());
      reads += done.reads;
      if (done.more) await archive.background.requestRemake([series]);
      else if (done.isMade) await archive.background.requestCompaction([series]);
      for (const message of ofSeries) message.ack();
    } catch (error) {
      // The queue tries again. Until then, the metadata stays lost.
      const { studyInstanceUID, seriesInstanceUID } = series;
      logFailure('remake-failed', error, { archive: archive.name, studyInstanceUID, seriesInstanceUID });
      for (const message of ofSeries) message.retry({ delaySeconds: 30 });
    }
  }
  return reads;
}

/**
 * Milliseconds after which copies are made beside the requests of a busy isolate, one in PATIENCE_MS: 1 to 2 % of its
 * time.
 */
const OVERDUE_MS = 10 * 60_000;
const PATIENCE_MS = 2000;

/**
 * Copies the frames of one series after the other while the isolate has no requests to answer. A new message requests
 * the rest: a retry would use one of the attempts that the queue allows for failures.
 */
async function runFrameCopies(
  archive: Archive,
  config: Config,
  { ledger, activity }: Background,
  messages: readonly Message<FrameCopiesMessage>[],
): Promise<void> {
  if (messages.length === 0) return;
  const bySeries = Map.groupBy(messages, ({ body }) => `${body.studyInstanceUID}/${body.seriesInstanceUID}`);
  const begun = Date.now();
  try {
    for (const ofSeries of config.frameCopies ? bySeries.values() : []) {
      const since = Math.min(...ofSeries.map(({ body }) => body.since));
      const series = ofSeries[0]!.body;
      const overdue = begun - since >= OVERDUE_MS;
      const turn = async () => {
        const left = begun + RUN_LIMITS.copyingMs - Date.now();
        if (left <= 0) return false;
        return (await activity.idle(overdue ? Math.min(left, PATIENCE_MS) : left)) || overdue;
      };
      const imaging = { decoding: decodingWith(ledger), instanceData: new InstanceDataCache() };
      const begins = overdue || activity.isIdle(begun);
      const done = begins && (await copyFrames(archive, series, imaging, turn));
      if (!done) await archive.background.requestFrameCopies([series], since);
    }
    for (const message of messages) message.ack();
  } catch (error) {
    // The queue tries again. Until then, frames are sent as stored.
    logFailure('frame-copies-failed', error, { archive: archive.name });
    for (const message of messages) message.retry({ delaySeconds: 60 });
  }
}

function isFrameCopies(message: Message<QueueMessage>): message is Message<FrameCopiesMessage> {
  return 'kind' in message.body && message.body.kind === 'frame-copies';
}

function isIngest(message: Message<QueueMessage>): message is Message<IngestMessage> {
  return 'kind' in message.body && message.body.kind === 'ingest';
}

function isSnapshots(message: Message<QueueMessage>): message is Message<SnapshotsMessage> {
  return 'kind' in message.body && message.body.kind === 'snapshots';
}

function isMoves(message: Message<QueueMessage>): message is Message<MovesMessage> {
  return 'kind' in message.body && message.body.kind === 'moves';
}

function isReindex(message: Message<QueueMessage>): message is Message<ReindexMessage> {
  return 'kind' in message.body && message.body.kind === 'reindex';
}

function isRemake(message: Message<QueueMessage>): message is Message<RemakeMessage> {
  return 'kind' in message.body && message.body.kind === 'remake';
}

function isCompaction(message: Message<QueueMessage>): message is Message<CompactionMessage> {
  return !('kind' in message.body);
}
