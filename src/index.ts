import { DEFAULT_ARCHIVE } from './access/role';
import { createApp } from './app';
import { Activity } from './archive/activity';
import type { QueueMessage } from './archive/background-messages';
import { Ledger } from './archive/memory/ledger';
import type { Archive } from './archive/ports';
import { beginArchive } from './archive/remove/archive-id';
import { StatementBudget } from './archive/statement-budget';
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
 * @param count gets the number of statements of each call of D1
 */
function archiveOf(env: Env, name: string, count?: (statements: number) => void): Archive | undefined {
  const bindings: Record<string, unknown> = { ...env };
  const database = bindings[bindingOf('DB', name)] as D1Database | undefined;
  const bucket = bindings[bindingOf('BUCKET', name)] as R2Bucket | undefined;
  if (database === undefined) return undefined;
  const isDefault = name === DEFAULT_ARCHIVE;
  const prefix = bucket === undefined ? `archives/${name}/` : '';
  const others = furtherDatabases(bindings, name) as D1Database[];
  const ofArchive = { database, bucket: bucket ?? env.BUCKET, queue: env.COMPACTION, others };
  return openArchive(isDefault ? '' : name, ofArchive, prefix, count);
}

/** The archives for work in the background, whose statements are counted. */
function counted(env: Env): { deployment: Deployment; budget: StatementBudget } {
  const budget = StatementBudget.ofInvocation();
  return { deployment: new Deployment(env, (of, name) => archiveOf(of, name, budget.note)), budget };
}

export default {
  fetch: app.fetch,

  async queue({ messages }, env) {
    const { deployment, budget } = counted(env);
    const archives = (name: string) => deployment.find(name || DEFAULT_ARCHIVE);
    await consume(messages, { archives, ledger, activity, budget });
  },

  async scheduled(_controller, env) {
    const { deployment, budget } = counted(env);
    const archives = deployment.names.map((name) => deployment.find(name)!);
    await runHourly(archives, ledger, budget);
  },
} satisfies ExportedHandler<Env, QueueMessage>;
