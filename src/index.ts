import { createApp } from './app';
import { compactSeries } from './archive/compact';
import type { Archive } from './archive/ports';
import { sweep } from './archive/sweep';
import { DEFAULT_LIMITS } from './config';
import type { CompactionMessage } from './storage/compaction-queue';
import { openArchive } from './storage/open-archive';

const app = createApp(archiveOf);

/** The deployment's archive. */
function archiveOf(env: Env): Archive {
  return openArchive('', { database: env.DB, bucket: env.BUCKET, queue: env.COMPACTION });
}

export default {
  fetch: app.fetch,

  /** Merges the metadata of each series named, once a batch; what is too much for one run comes again. */
  async queue(batch, env) {
    const archive = archiveOf(env);
    const bySeries = Map.groupBy(batch.messages, ({ body }) => `${body.studyInstanceUID}/${body.seriesInstanceUID}`);
    let reads = 0;
    for (const [first, ...repeats] of bySeries.values()) {
      for (const message of repeats) message.ack();
      if (first === undefined) continue;
      if (reads > READS_PER_RUN) {
        first.retry();
        continue;
      }
      try {
        const done = await compactSeries(archive, first.body, DEFAULT_LIMITS, Date.now());
        reads += done.reads;
        if (done.unfinished) await archive.compaction.request([first.body]);
        first.ack();
      } catch {
        // Tried again by the queue; until then the series is read from its segments as they are.
        first.retry({ delaySeconds: 30 });
      }
    }
  },

  async scheduled(_controller, env) {
    await sweep(archiveOf(env), Date.now());
  },
} satisfies ExportedHandler<Env, CompactionMessage>;

/** R2 reads of one run of the consumer, well under the 10,000 subrequests it may make. */
const READS_PER_RUN = 5000;
