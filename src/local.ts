import type { QueueMessage } from './archive/background-messages';
import worker from './index';

/** After the isolate's first request, and from one run to the next. */
const FIRST_AFTER_MS = 3000;
const EVERY_MS = 60 * 60 * 1000;

let dueAt: number | undefined;

/**
 * The Worker of `npm start`: the deployed one, whose hourly run begins with a request that comes when it is due, since
 * `wrangler pages dev` has no cron. `npm start` itself sends such requests (scripts/start/front-door.mjs).
 */
export default {
  ...worker,
  fetch(request, env, context) {
    const now = Date.now();
    dueAt ??= now + FIRST_AFTER_MS;
    if (now >= dueAt) {
      dueAt = now + EVERY_MS;
      // What fails is in the log; the next run comes in an hour.
      context.waitUntil(worker.scheduled({} as ScheduledController, env).catch(() => undefined));
    }
    return worker.fetch(request, env, context);
  },
} satisfies ExportedHandler<Env, QueueMessage>;
