import { Hono, type MiddlewareHandler } from 'hono';
import type { RouteAccess } from './access/permission';
import { DEFAULT_ARCHIVE } from './access/role';
import { CopyRequests } from './archive/images/copy-requests';
import { decodingWith } from './archive/images/decode-queue';
import { Ledger } from './archive/memory/ledger';
import type { Archive } from './archive/ports';
import { carryOtherIDs } from './archive/remove/archive-id';
import type { Separation } from './archive/remove/sweep-index';
import { InstanceDataCache } from './archive/retrieve/instance-data';
import { LayoutCache } from './archive/retrieve/layout-cache';
import { IndexingWatch } from './archive/search-attributes/indexing-watch';
import { gate, permit } from './auth/gate';
import { KEY_ROUTES } from './auth/key-routes';
import { limitRate } from './auth/rate-limit';
import { type Config, isMisdirected, parseConfig, publicOrigin } from './config';
import { crossOrigin, refuseForeignPages } from './dicomweb/answer/cross-origin';
import { errorResponse, methodNotAllowed, notFound } from './dicomweb/answer/error-response';
import { secured } from './dicomweb/answer/secured';
import { retrieveCapabilities } from './dicomweb/capabilities/capabilities';
import type { App, AppContext, AppEnv } from './dicomweb/context';
import { endRequestBody } from './dicomweb/request-body';
import { allowedMethods, routerPath, type Service } from './dicomweb/route';
import { SERVICES } from './dicomweb/routes';
import { HttpProblem } from './http/problem';
import { logFailure } from './log';
import { logRequest } from './observability/request-log';
import { OPERATIONS } from './observability/routes';
import { ConfigurationError } from './settings';

/**
 * Builds the Hono app. A request passes these steps in order: the security headers and the log, which are written after
 * everything else; the ending of its body (which runs after the answer is made); the deployment's settings and archive,
 * which are only opened, not queried; the cross-origin rules (a preflight carries no credentials); the gate; the limit on the rate of requests; the refusal of
 * changes that a page of a foreign origin asks for; the check that the bucket and the index belong to the same archive; the
 * handler that the tables of routes (dicomweb/routes, observability/routes, auth/key-routes) name.
 * @param archiveOf opens the archive that a deployment's bindings hold
 * @param ledger the account of the isolate's memory
 * @param begin checks an archive when its first request arrives; without it, nothing is checked
 */
export function createApp(
  archiveOf: (env: Env) => Archive,
  ledger = new Ledger(),
  begin: Begin = async () => undefined,
): App {
  const app: App = new Hono<AppEnv>({ strict: false });
  app.onError(errorResponse);
  app.notFound(permitted('identity', notFound));
  app.use(
    secured,
    logRequest,
    endRequestBody,
    deployment(archiveOf, ledger),
    crossOrigin,
    gate,
    limitRate,
    refuseForeignPages,
    belongingTogether(begin),
    followedConfiguration,
  );

  for (const service of [...SERVICES, ...OPERATIONS, KEY_ROUTES]) serve(app, service);
  return app;
}

/** Registers every resource with its methods and OPTIONS. Any other method is answered with 405. */
function serve(app: App, service: Service): void {
  const { base, routes } = service;
  if (base !== '') {
    app.options(base, permitted('identity', retrieveCapabilities(service, '')));
    app.all(base, permitted('identity', methodNotAllowed(allowedMethods([]))));
  }
  for (const [template, here] of Map.groupBy(routes, ([, path]) => path)) {
    const path = base + routerPath(template);
    for (const [method, , name, access, handler] of here) {
      app.on(method, path, (c) => {
        c.set('transaction', name);
        permit(c, access);
        return handler(c);
      });
    }
    app.options(path, permitted('identity', retrieveCapabilities(service, template)));
    app.all(path, permitted('identity', methodNotAllowed(allowedMethods(here))));
  }
}

/** A handler that is called once the gate permits the request. */
function permitted<Answer>(access: RouteAccess, handler: (c: AppContext) => Answer): (c: AppContext) => Answer {
  return (c) => {
    permit(c, access);
    return handler(c);
  };
}

/**
 * Says whether an archive's bucket and index belong together, and creates the id of a new archive: see
 * archive/remove/archive-id.
 */
type Begin = (archive: Archive) => Promise<Separation | undefined>;

/**
 * Checks, on the first request of an isolate, that the bucket and the index belong to the same archive. Until the
 * result is known, a request that changes something waits for it. If they do not belong together, the request is
 * refused, because the instances it stored would be in no archive.
 */
function belongingTogether(begin: Begin): MiddlewareHandler<AppEnv> {
  const together = new WeakSet<Archive>();
  const looked = new WeakSet<Archive>();
  const look = async (archive: Archive): Promise<Separation | undefined> => {
    looked.add(archive);
    try {
      const apart = await begin(archive);
      if (apart === undefined) together.add(archive);
      return apart;
    } catch (error) {
      // The bucket or the index does not answer. The request will fail by itself, and the next request checks again.
      looked.delete(archive);
      logFailure('archive-not-begun', error);
      return undefined;
    }
  };
  return async (c, next) => {
    const archive = c.get('wholeArchive');
    const separation = async () => (together.has(archive) ? undefined : await look(archive));
    c.set('separation', separation);
    // A client without an identity is refused by the route.
    if (c.get('identity') === undefined) return await next();
    if (!SAFE_METHODS.has(c.req.method)) {
      if (carryOtherIDs(await separation())) {
        throw new ConfigurationError('the database and the bucket do not belong to the same archive.');
      }
    } else if (!looked.has(archive)) {
      c.executionCtx.waitUntil(look(archive));
    }
    await next();
  };
}

/** RFC 9110 9.2.1. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The first request that the gate lets through makes the index follow the configuration. */
const followedConfiguration: MiddlewareHandler<AppEnv> = async (c, next) => {
  const begun = c.get('identity') && c.get('indexing').begin(Date.now());
  if (begun !== undefined) c.executionCtx.waitUntil(begun);
  await next();
};

/** Opens what a deployment's bindings hold, once for each isolate. */
function deployment(archiveOf: (env: Env) => Archive, ledger: Ledger): MiddlewareHandler<AppEnv> {
  const copyRequests = new CopyRequests();
  const isolate = { layouts: new LayoutCache(), instanceData: new InstanceDataCache() };
  ledger.keeps(isolate.layouts);
  ledger.keeps(isolate.instanceData);
  const known = new WeakMap<Env, { config: Config; archive: Archive; indexing: IndexingWatch }>();
  return async (c, next) => {
    let found = known.get(c.env);
    if (found === undefined) {
      const config = parseConfig({ ...c.env });
      const archive = archiveOf(c.env);
      found = { config, archive, indexing: new IndexingWatch(archive, config.searchAttributes) };
      known.set(c.env, found);
    }
    if (isMisdirected(found.config, c.req.url)) {
      throw new HttpProblem('misdirected', 'The archive does not answer at this address.');
    }
    c.set('config', found.config);
    c.set('archiveName', DEFAULT_ARCHIVE);
    c.set('wholeArchive', found.archive);
    c.set('layouts', isolate.layouts);
    c.set('instanceData', isolate.instanceData);
    c.set('ledger', ledger);
    c.set('decoding', decodingWith(ledger, c.req.raw.signal));
    c.set('copyRequests', copyRequests);
    c.set('indexing', found.indexing);
    c.set('baseURI', `${publicOrigin(found.config, c.req.url)}/dicomweb`);
    const answered = next();
    // When a client disconnects, the platform ends the request at whatever point it has reached. Nothing is then
    // cleaned up, and the memory that the request held stays unavailable until its lease expires. With waitUntil the
    // request runs to its end.
    c.executionCtx.waitUntil(answered.catch(() => undefined));
    await answered;
  };
}
