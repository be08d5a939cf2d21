import { createApp } from './app';
import { decodingWith } from './archive/images/decode-queue';
import { copyFrames } from './archive/images/frame-copies';
import { Ledger } from './archive/memory/ledger';
import { compactSeries } from './archive/metadata/compact';
import type { Archive } from './archive/ports';
import { beginArchive } from './archive/remove/archive-id';
import { sweep } from './archive/remove/sweep';
import { InstanceDataCache } from './archive/retrieve/instance-data';
import { followConfiguration, reindex } from './archive/search-attributes/reindex';
import { DEFAULT_LIMITS, ISOLATE_LIMITS, parseConfig } from './config';
import type { CompactionMessage, FrameCopiesMessage, QueueMessage, ReindexMessage } from './storage/compaction-queue';
import { openArchive } from './storage/open-archive';

/** The isolate's memory: of requests, and of work in the background. */
const ledger = new Ledger(ISOLATE_LIMITS.memory);
const app = createApp(
  (env) => archiveOf(env),
  ledger,
  (archive) => beginArchive(archive, Date.now()),
);

/** The deployment's archive, or another by the name that a queue message gives. */
function archiveOf(env: Env, name = ''): Archive {
  return openArchive(name, { database: env.DB, bucket: env.BUCKET, queue: env.COMPACTION });
}

export default {
  fetch: app.fetch,

  async queue(batch, env) {
    let readsLeft = READS_PER_RUN;
    for (const [name, messages] of Map.groupBy(batch.messages, ({ body }) => body.archive)) {
      const archive = archiveOf(env, name);
      readsLeft -= await runReindex(archive, env, messages.filter(isReindex));
      readsLeft -= await runCompaction(archive, messages.filter(isCompaction), readsLeft);
      await runFrameCopies(archive, env, messages.filter(isFrameCopies));
    }
  },

  async scheduled(_controller, env) {
    const archive = archiveOf(env);
    const { duplicates, searchAttributes } = parseConfig({ ...env });
    await sweep(archive, Date.now(), duplicates.retentionMs);
    await followConfiguration(archive, searchAttributes, Date.now(), true);
  },
} satisfies ExportedHandler<Env, QueueMessage>;

/** R2 reads of one run of the consumer, well under the 10,000 subrequests it may make. */
const READS_PER_RUN = 5000;

/** Series that one run of the consumer looks at: each takes some ten of the 1,000 statements that it may send to D1. */
const SERIES_PER_RUN = 80;

/** One run, however many messages ask for it; it asks for the next itself. @returns R2 reads made */
async function runReindex(archive: Archive, env: Env, messages: readonly Message<ReindexMessage>[]): Promise<number> {
  if (messages.length === 0) return 0;
  try {
    const { searchAttributes } = parseConfig({ ...env });
    const { reads, unfinished } = await reindex(archive, searchAttributes, Date.now());
    if (unfinished) await archive.compaction.requestReindex();
    for (const message of messages) message.ack();
    return reads;
  } catch (error) {
    // Tried again by the queue; until then searches say that they are answered from what is there.
    console.error(JSON.stringify({ event: 'reindex-failed', name: (error as Error).name }));
    for (const message of messages) message.retry({ delaySeconds: 30 });
    return 0;
  }
}

/**
 * Merges the metadata of each series named, once a batch. What is too much for one run is asked for anew: to retry the
 * message would spend one of the attempts that the queue gives to what fails.
 * @returns R2 reads made
 */
async function runCompaction(
  archive: Archive,
  messages: readonly Message<CompactionMessage>[],
  readsLeft: number,
): Promise<number> {
  let reads = 0;
  const bySeries = Map.groupBy(messages, ({ body }) => `${body.studyInstanceUID}/${body.seriesInstanceUID}`);
  for (const [at, [first, ...repeats]] of [...bySeries.values()].entries()) {
    for (const message of repeats) message.ack();
    if (first === undefined) continue;
    try {
      const postponed = reads >= readsLeft || at >= SERIES_PER_RUN;
      const done = postponed
        ? { reads: 0, again: 0 }
        : await compactSeries(archive, first.body, DEFAULT_LIMITS, Date.now());
      reads += done.reads;
      if (done.again !== undefined) await archive.compaction.request([first.body], done.again);
      first.ack();
    } catch (error) {
      // Tried again by the queue; until then the series is read from its segments as they are.
      console.error(JSON.stringify({ event: 'compaction-failed', name: (error as Error).name }));
      first.retry({ delaySeconds: 30 });
    }
  }
  return reads;
}

/** Frames of one run of the consumer: some seconds of work. */
const FRAMES_PER_RUN = 200;

/** Some frames a run, of one series after the other; what is left comes again. */
async function runFrameCopies(
  archive: Archive,
  env: Env,
  messages: readonly Message<FrameCopiesMessage>[],
): Promise<void> {
  if (messages.length === 0) return;
  const series = [...new Map(messages.map(({ body }) => [`${body.studyInstanceUID}/${body.seriesInstanceUID}`, body]))];
  const left: FrameCopiesMessage[] = [];
  let frames = parseConfig({ ...env }).frameCopies ? FRAMES_PER_RUN : 0;
  try {
    for (const [, one] of frames === 0 ? [] : series) {
      const imaging = { decoding: decodingWith(ledger), instanceData: new InstanceDataCache() };
      const looked = await copyFrames(archive, one, imaging, frames);
      frames -= looked;
      if (frames === 0) left.push(one);
    }
    if (left.length > 0) await archive.compaction.requestFrameCopies(left);
    for (const message of messages) message.ack();
  } catch (error) {
    // Tried again by the queue; until then frames are sent as they lie.
    console.error(JSON.stringify({ event: 'frame-copies-failed', name: (error as Error).name }));
    for (const message of messages) message.retry({ delaySeconds: 60 });
  }
}

function isFrameCopies(message: Message<QueueMessage>): message is Message<FrameCopiesMessage> {
  return 'kind' in message.body && message.body.kind === 'frame-copies';
}

function isReindex(message: Message<QueueMessage>): message is Message<ReindexMessage> {
  return 'kind' in message.body && message.body.kind === 'reindex';
}

function isCompaction(message: Message<QueueMessage>): message is Message<CompactionMessage> {
  return !('kind' in message.body);
}
