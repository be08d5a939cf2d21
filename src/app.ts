import { Hono, type MiddlewareHandler } from 'hono';
import { TrieRouter } from 'hono/router/trie-router';
import { getPathNoStrict as pathOf } from 'hono/utils/url';
import { type Begin, checkArchive } from './app/check-archive';
import { findArchive } from './app/find-archive';
import { passBookmarkOn } from './app/pass-bookmark-on';
import { permitted, serve } from './app/serve';
import { Activity } from './archive/activity';
import { Ledger } from './archive/memory/ledger';
import { gate } from './auth/gate';
import { limitRate } from './auth/rate-limit';
import type { OpenArchive } from './deployment';
import { crossOrigin, refuseForeignPages } from './dicomweb/answer/cross-origin';
import { errorResponse, notFound } from './dicomweb/answer/error-response';
import { secured } from './dicomweb/answer/secured';
import { archivePath } from './dicomweb/archive-path';
import type { App, AppEnv } from './dicomweb/context';
import { endRequestBody } from './dicomweb/request-body';
import { tusAnswers } from './dicomweb/uploads/tus';
import { recordRequest } from './observability/audit/record-requests';
import { logRequest } from './observability/request-log';
import { ALL_SERVICES } from './services';

/**
 * Builds the Hono app. A request passes the steps in this order. Steps whose comments mention the answer act after the
 * steps below them. Then the handler of the route runs: see app/serve.
 * @param archiveOf opens the archives that a deployment's bindings hold
 */
export function createApp(
  archiveOf: OpenArchive,
  { ledger = new Ledger(), begin = async () => undefined, activity = new Activity(ledger), letIn = gate }: Parts = {},
): App {
  // Hono would first try its other router, which does not take these paths, and spend 8 ms of a new isolate's first request.
  const app: App = new Hono<AppEnv>({ getPath: routePath, router: new TrieRouter() });
  app.onError(errorResponse);
  app.notFound(permitted('identity', notFound));
  app.use(
    secured, // adds the security headers to the answer
    logRequest, // writes the log once the answer is made
    endRequestBody, // ends what is left of the body once the answer is made
    findArchive(archiveOf, ledger, activity), // opens the archive, and asks it nothing yet
    tusAnswers, // adds the headers of tus to answers about uploads, errors included
    recordRequest, // adds the request to the record once the answer is made
    crossOrigin, // answers preflights, which carry no credentials
    letIn, // finds out who sends the request
    limitRate,
    refuseForeignPages, // refuses changes that a page of a foreign origin asks for
    checkArchive(begin), // refuses changes while the bucket and the index do not belong together
    passBookmarkOn, // tells the client up to which state of the index its changes reach, once the answer is made
    followConfiguration,
  );

  for (const service of ALL_SERVICES) serve(app, service);
  return app;
}

/** What an isolate shares between its requests and its other work, and what tests replace. */
export interface Parts {
  /** The account of the isolate's memory. */
  readonly ledger?: Ledger;
  /** Checks an archive when its first request arrives; without it, nothing is checked. */
  readonly begin?: Begin;
  /** Is told of each request. */
  readonly activity?: Activity;
  /** The gate. */
  readonly letIn?: MiddlewareHandler<AppEnv>;
}

/** The path of the URL without a slash at its end, and without the prefix that names an archive or a share. */
function routePath(request: Request): string {
  const path = pathOf(request);
  return path.slice(archivePath(path).prefix.length);
}

/** The first request that the gate lets through makes the index follow the configuration. */
const followConfiguration: MiddlewareHandler<AppEnv> = async (c, next) => {
  const begun = c.get('identity') && c.get('indexing').begin(Date.now());
  if (begun !== undefined) c.executionCtx.waitUntil(begun);
  await next();
};
