import { DEFAULT_ARCHIVE } from '../access/role';
import { viewpointOfSender } from '../access/viewpoint-of-sender';
import type { IngestMessage } from '../archive/background-messages';
import { CopyRequests } from '../archive/images/copy-requests';
import type { Ledger } from '../archive/memory/ledger';
import type { Archive } from '../archive/ports';
import { StatementBudget } from '../archive/statement-budget';
import type { StoreResult } from '../archive/store/store-result';
import { CLAIM_MS } from '../archive/upload/claim';
import { type IngestEnding, ingest } from '../archive/upload/ingest/ingest';
import type { IngestContext } from '../archive/upload/ingest/ingest-run';
import type { Config } from '../config';
import { logEvent, logFailure } from '../log';

/** The most uploads of one run, and milliseconds after which it begins no further upload. */
const RUN_UPLOADS = 10;
const RUN_MS = 2000;

/** Milliseconds that a run works on one archive at most. A run may take 15 minutes. */
const LONGEST_MS = 120_000;

/** The parts that an ingest in the background needs. */
export interface IngestParts {
  readonly archive: Archive;
  /** The deployment's own archive: it keeps who may store. */
  readonly home: Archive;
  readonly config: Pick<
    Config,
    'duplicates' | 'searchAttributes' | 'limits' | 'frameCopies' | 'roles' | 'allowAnonymous'
  >;
  readonly ledger: Ledger;
}

/** The series for which this isolate has recently asked for copies of frames in the background. */
const copyRequests = new CopyRequests();

/**
 * Ingests the uploads that messages name. New messages request the uploads that did not fit into this run, and the uploads
 * that another run has claimed, because that run may be lost.
 */
export async function runIngests(
  parts: IngestParts,
  messages: readonly Message<IngestMessage>[],
  budget = StatementBudget.UNLIMITED,
): Promise<void> {
  if (messages.length === 0) return;
  try {
    const uploads = [...new Set(messages.map(({ body }) => body.upload))];
    const { later, claimed } = await ingestAll(parts, uploads, budget);
    await parts.archive.background.requestIngest(later);
    await parts.archive.background.requestIngest(claimed, CLAIM_MS);
    for (const message of messages) message.ack();
  } catch (error) {
    // The queue tries again, and so do a request for the results and the hourly run.
    logFailure('ingests-failed', error, { archive: parts.archive.name });
    for (const message of messages) message.retry({ delaySeconds: 30 });
  }
}

/** The hourly run ingests uploads whose message was lost. */
export async function ingestWaiting(parts: IngestParts, budget = StatementBudget.UNLIMITED): Promise<void> {
  const waiting = await parts.archive.ingests.waiting(Date.now(), 100 * RUN_UPLOADS);
  if (waiting.length === 0) return;
  const { later, claimed } = await ingestAll(parts, waiting, budget);
  logEvent('uploads-ingested', { archive: parts.archive.name, waiting: waiting.length, later: later.length });
  await parts.archive.background.requestIngest([...later, ...claimed]);
}

async function ingestAll(
  parts: IngestParts,
  uploads: readonly string[],
  budget: StatementBudget,
): Promise<{ later: readonly string[]; claimed: readonly string[] }> {
  const begun = Date.now();
  const later: string[] = [];
  const others: string[] = [];
  const goesOn = budget.units(60);
  let isFull = false;
  for (const [at, upload] of uploads.entries()) {
    isFull ||= at >= RUN_UPLOADS || Date.now() - begun > RUN_MS || !goesOn();
    const ending: IngestEnding = isFull ? 'more' : await ingest(contextOf(parts), upload, begun + LONGEST_MS);
    if (ending === 'more') later.push(upload);
    if (ending === 'more') isFull = true;
    if (ending === 'other') others.push(upload);
  }
  // Of these, another run has claimed only those that are not done.
  const states = others.length === 0 ? [] : await parts.archive.uploads.findAll(others);
  return { later, claimed: states.filter(({ state }) => state === 'received').map(({ id }) => id) };
}

function contextOf({ archive, home, config, ledger }: IngestParts): IngestContext {
  const { limits, duplicates, searchAttributes, roles, allowAnonymous } = config;
  const places = { archiveName: archive.name || DEFAULT_ARCHIVE, archive, home, roles, allowAnonymous };
  return {
    archive,
    settings: { ...limits, ...duplicates, searchAttributes },
    ledger,
    viewpointOf: (sender) => viewpointOfSender(sender, places, Date.now()),
    onStored: (results) => {
      if (config.frameCopies) void requestCopies(archive, results);
    },
  };
}

async function requestCopies(archive: Archive, results: readonly StoreResult[]): Promise<void> {
  const now = Date.now();
  const series = results.flatMap((one) => (one.result === 'stored' ? [one.instance] : []));
  try {
    await archive.background.requestFrameCopies(copyRequests.due(archive.name, series, now), now);
  } catch (error) {
    logFailure('copies-not-requested', error);
  }
}
