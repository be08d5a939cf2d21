import { DEFAULT_ARCHIVE } from './access/role';
import { createApp } from './app';
import { Activity } from './archive/activity';
import type { QueueMessage } from './archive/background-messages';
import { Ledger } from './archive/memory/ledger';
import type { Archive } from './archive/ports';
import { beginArchive } from './archive/remove/archive-id';
import { consume } from './background/queue';
import { runHourly } from './background/scheduled';
import { bindingOf, Deployment, furtherDatabases } from './deployment';
import { ISOLATE_LIMITS } from './limits';
import { openArchive } from './storage/open-archive';
import { PLACES } from './storage/shards/places';

/** The isolate's memory: of requests, and of work in the background. */
const ledger = new Ledger(ISOLATE_LIMITS.memory);
ledger.keeps(PLACES);
/** The requests of the isolate, to which work in the background gives way. */
const activity = new Activity(ledger);
const app = createApp(archiveOf, { ledger, activity, begin: (archive) => beginArchive(archive, Date.now()) });

/**
 * Opens an archive of the deployment. An archive without a bucket of its own keeps its objects in the deployment's, under a
 * prefix.
 */
function archiveOf(env: Env, name: string): Archive | undefined {
  const bindings: Record<string, unknown> = { ...env };
  const database = bindings[bindingOf('DB', name)] as D1Database | undefined;
  const bucket = bindings[bindingOf('BUCKET', name)] as R2Bucket | undefined;
  if (database === undefined) return undefined;
  const isDefault = name === DEFAULT_ARCHIVE;
  const prefix = bucket === undefined ? `archives/${name}/` : '';
  const others = furtherDatabases(bindings, name) as D1Database[];
  const ofArchive = { database, bucket: bucket ?? env.BUCKET, queue: env.COMPACTION, others };
  return openArchive(isDefault ? '' : name, ofArchive, prefix);
}

export default {
  fetch: app.fetch,

  async queue({ messages }, env) {
    const deployment = new Deployment(env, archiveOf);
    await consume(messages, { archives: (name) => deployment.find(name || DEFAULT_ARCHIVE), ledger, activity });
  },

  async scheduled(_controller, env) {
    const deployment = new Deployment(env, archiveOf);
    await runHourly(
      deployment.names.map((name) => deployment.find(name)!),
      ledger,
    );
  },
} satisfies ExportedHandler<Env, QueueMessage>;
