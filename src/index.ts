import { createApp } from './app';
import type { QueueMessage } from './archive/background-messages';
import { Ledger } from './archive/memory/ledger';
import type { Archive } from './archive/ports';
import { beginArchive } from './archive/remove/archive-id';
import { consume } from './background/queue';
import { runHourly } from './background/scheduled';
import { ISOLATE_LIMITS, parseConfig } from './config';
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

  async queue({ messages }, env) {
    const archives = (name: string) => archiveOf(env, name);
    await consume(messages, { archiveOf: archives, config: () => parseConfig({ ...env }), ledger });
  },

  async scheduled(_controller, env) {
    await runHourly(archiveOf(env), parseConfig({ ...env }));
  },
} satisfies ExportedHandler<Env, QueueMessage>;
