import { Hono, type MiddlewareHandler } from 'hono';
import { getPathNoStrict as pathOf } from 'hono/utils/url';
import { isPermission, type RouteAccess } from './access/permission';
import { DEFAULT_ARCHIVE } from './access/role';
import { Activity } from './archive/activity';
import { DeidentifiedArchives } from './archive/deidentify/deidentified-archive';
import { CopyRequests } from './archive/images/copy-requests';
import { decodingWith } from './archive/memory/image-memory';
import { Ledger } from './archive/memory/ledger';
import type { Archive } from './archive/ports';
import { carryOtherIDs } from './archive/remove/archive-id';
import type { Separation } from './archive/remove/sweep-index';
import { InstanceDataCache } from './archive/retrieve/instance-data';
import { LayoutCache } from './archive/retrieve/layout-cache';
import { gate, permit } from './auth/gate';
import { limitRate } from './auth/rate-limit';
import { isMisdirected, publicOrigin } from './config';
import { Deployment, type OpenArchive } from './deployment';
import { crossOrigin, refuseForeignPages } from './dicomweb/answer/cross-origin';
import { errorResponse, methodNotAllowed, notFound } from './dicomweb/answer/error-response';
import { secured } from './dicomweb/answer/secured';
import { archivePath } from './dicomweb/archive-path';
import { retrieveCapabilities } from './dicomweb/capabilities/capabilities';
import type { App, AppContext, AppEnv } from './dicomweb/context';
import { endRequestBody } from './dicomweb/request-body';
import { allowedMethods, routerPath, type Service } from './dicomweb/route';
import { HttpProblem } from './http/problem';
import { logFailure } from './log';
import { recordRequest } from './observability/audit/record-requests';
import { logRequest } from './observability/request-log';
import { ALL_SERVICES } from './services';
import { ConfigurationError } from './settings';

/**
 * Builds the Hono app. A request passes these steps in order: the security headers and the log, which are written after
 * everything else; the ending of its body (which runs after the answer is made); the deployment's settings and archive,
 * which are only opened, not queried; the record, which is written after the answer is made; the cross-origin rules (a
 * preflight carries no credentials); the gate; the limit on the rate of requests; the refusal of changes that a page of a
 * foreign origin asks for; the check that the bucket and the index belong to the same archive; the permission that the
 * route needs; the de-identification of a shared study; the handler that the tables of routes (dicomweb/routes,
 * observability/routes, and those of auth) name.
 * @param archiveOf opens the archives that a deployment's bindings hold
 */
export function createApp(
  archiveOf: OpenArchive,
  { ledger = new Ledger(), begin = async () => undefined, activity = new Activity(ledger), letIn = gate }: Parts = {},
): App {
  const app: App = new Hono<AppEnv>({ getPath: routePath });
  app.onError(errorResponse);
  app.notFound(permitted('identity', notFound));
  app.use(
    secured,
    logRequest,
    endRequestBody,
    deployment(archiveOf, ledger, activity),
    recordRequest,
    crossOrigin,
    letIn,
    limitRate,
    refuseForeignPages,
    belongingTogether(begin),
    followedConfiguration,
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
      app.on(method, path, async (c) => {
        c.set('transaction', name);
        permit(c, access);
        if (isPermission(access)) await refuseAnothersIndex(c);
        // A route that needs no permission has no archive, and shows nothing of one.
        const seenAsStored = c.get('deidentification') === undefined || c.get('archive') === undefined;
        return seenAsStored ? handler(c) : seenDeidentified(c, handler);
      });
    }
    app.options(path, permitted('identity', retrieveCapabilities(service, template)));
    app.all(path, permitted('identity', methodNotAllowed(allowedMethods(here))));
  }
}

/**
 * Where a deployment has several archives, a wrong binding would show one archive to those who have access to another. So
 * nothing is read either until it is known that the index and the bucket belong together: one look of an isolate.
 * @throws ConfigurationError
 */
async function refuseAnothersIndex(c: AppContext): Promise<void> {
  if (c.get('archiveNames').length === 1) return;
  if (carryOtherIDs(await c.get('separation')())) throw new ConfigurationError(APART);
}

const APART = 'the database and the bucket do not belong to the same archive.';

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
        throw new ConfigurationError(APART);
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

/**
 * Lets a handler see a principal's study de-identified, when the gate says so: the handler then serves from an archive
 * that has nothing else, and changes nothing.
 * @throws HttpProblem 403
 */
async function seenDeidentified(c: AppContext, handler: (c: AppContext) => Response | Promise<Response>) {
  const { by, of } = c.get('deidentification')!;
  if (!SAFE_METHODS.has(c.req.method)) throw new HttpProblem('forbidden', 'A shared study cannot be changed.');
  c.set('archive', (await c.get('deidentifiedArchives').of(c.get('archive'), by, of)).archive);
  return await handler(c);
}

/** Finds the archive that the URL names. What a deployment's bindings hold is opened once for each isolate. */
function deployment(archiveOf: OpenArchive, ledger: Ledger, activity: Activity): MiddlewareHandler<AppEnv> {
  const copyRequests = new CopyRequests();
  const isolate = { layouts: new LayoutCache(), instanceData: new InstanceDataCache() };
  const deidentifiedArchives = new DeidentifiedArchives();
  ledger.keeps(isolate.layouts);
  ledger.keeps(isolate.instanceData);
  ledger.keeps(deidentifiedArchives);
  const known = new WeakMap<Env, Deployment>();
  return async (c, next) => {
    activity.begin(Date.now());
    let archives = known.get(c.env);
    if (archives === undefined) {
      archives = new Deployment(c.env, archiveOf);
      known.set(c.env, archives);
    }
    const { archive: named = DEFAULT_ARCHIVE, share, prefix } = archivePath(pathOf(c.req.raw));
    const found = archives.find(named);
    // The gate answers as if everything in an archive that does not exist were absent.
    const home = archives.find(DEFAULT_ARCHIVE)!;
    const { config, archive, indexing } = found ?? home;
    if (isMisdirected(config, c.req.url)) {
      throw new HttpProblem('misdirected', 'The archive does not answer at this address.');
    }
    c.set('home', home);
    c.set('archiveNames', archives.names);
    c.set('archiveName', found === undefined ? undefined : named);
    c.set('shareID', share);
    c.set('config', config);
    c.set('wholeArchive', archive);
    c.set('layouts', isolate.layouts);
    c.set('instanceData', isolate.instanceData);
    c.set('deidentifiedArchives', deidentifiedArchives);
    c.set('ledger', ledger);
    c.set('decoding', decodingWith(ledger, c.req.raw));
    c.set('copyRequests', copyRequests);
    c.set('indexing', indexing);
    c.set('rootURI', publicOrigin(config, c.req.url) + prefix);
    c.set('baseURI', `${c.get('rootURI')}/dicomweb`);
    const answered = next();
    // When a client disconnects, the platform ends the request at whatever point it has reached. Nothing is then
    // cleaned up, and the memory that the request held stays unavailable until its lease expires. With waitUntil the
    // request runs to its end.
    c.executionCtx.waitUntil(answered.catch(() => undefined));
    await answered;
  };
}
