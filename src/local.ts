import type { QueueMessage } from './archive/background-messages';
import { HttpProblem, problemResponse } from './http/problem';
import { addSecurityHeaders } from './http/security-headers';
import worker from './index';

/** Milliseconds from the isolate's first request to the first hourly run, and from one run to the next. */
const FIRST_AFTER_MS = 3000;
const EVERY_MS = 60 * 60 * 1000;

/**
 * Cloudflare's network tells the Worker the client's address, whatever the client says. Here, only this machine can be
 * a client.
 */
const OWN_ADDRESS = '127.0.0.1';

let dueAt: number | undefined;

/**
 * The Worker of `npm start`: the deployed one, whose hourly run begins with a request that comes when it is due, since
 * the local runtime has no cron. `npm start` itself sends such requests (scripts/start/front-door.mjs).
 */
export default {
  ...worker,
  fetch(request, env, context) {
    if (isForeignHost(request.url, env.PUBLIC_ORIGIN)) {
      return refusal();
    }
    const addressed = new Request(request);
    addressed.headers.set('CF-Connecting-IP', OWN_ADDRESS);
    const now = Date.now();
    dueAt ??= now + FIRST_AFTER_MS;
    if (now >= dueAt) {
      dueAt = now + EVERY_MS;
      // What fails is in the log; the next run comes in an hour.
      context.waitUntil(worker.scheduled({} as ScheduledController, env).catch(() => undefined));
    }
    return worker.fetch(addressed, env, context);
  },
} satisfies ExportedHandler<Env, QueueMessage>;

function refusal(): Response {
  const answer = problemResponse(
    new HttpProblem('misdirected', 'This archive answers requests to this machine alone.'),
  );
  addSecurityHeaders(answer.headers, { secure: false, origins: [] });
  return answer;
}

/**
 * Whether a request names a host of the Internet. A page there could have its host name lead to this machine, and its
 * browser would then take this archive for a part of the page (DNS rebinding). Host names without a dot belong to no page.
 */
function isForeignHost(url: string, publicOrigin: string): boolean {
  const { hostname } = new URL(url);
  if (!hostname.includes('.') || /^127\.[\d.]+$/.test(hostname) || hostname.endsWith('.localhost')) return false;
  return !publicOrigin.split(',').some((origin) => URL.canParse(origin) && new URL(origin).hostname === hostname);
}
