import { DurableObject } from 'cloudflare:workers';
import type { QueueMessage } from '../../../src/archive/background-messages';
import worker from '../../../src/index';
import { endedInTime } from '../clients/unended-work';
import { databaseBindings } from '../databases/each-database';
import { plainBindings } from './bindings';
import { asInvocation, withinLimits } from './production-limits';

/** The deployed Worker, with each of its entries within production's limits. Tests reach it as `exports.default`. */
export default {
  fetch: (request, env, context) =>
    asInvocation(() =>
      worker.fetch(
        request as Request<unknown, IncomingRequestCfProperties>,
        limited(env),
        endedInTime(context as ExecutionContext),
      ),
    ),
  // The queue delivers some seconds after the test that sent the messages: the archive is another test's then.
  queue: (batch) => batch.ackAll(),
  scheduled: (controller, env) => asInvocation(() => worker.scheduled(controller, limited(env))),
} satisfies ExportedHandler<Env, QueueMessage>;

/** Has a SQLite database that tests reach without a request: near-database.ts. */
export class NearStorage extends DurableObject {}

const known = new WeakMap<Env, Env>();

/** The app keeps values by its environment object, so the same environment must give the same wrapper. */
function limited(env: Env): Env {
  const found = known.get(env) ?? limitedEnvironment(env);
  known.set(env, found);
  return found;
}

function limitedEnvironment(env: Env): Env {
  const bindings = withinLimits(plainBindings());
  return { ...env, ...databaseBindings(bindings), BUCKET: bindings.bucket, COMPACTION: bindings.queue };
}
