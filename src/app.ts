import { Hono, type MiddlewareHandler } from 'hono';
import { CopyRequests } from './archive/images/copy-requests';
import { decodingWith } from './archive/images/decode-queue';
import { Ledger } from './archive/memory/ledger';
import type { Archive } from './archive/ports';
import { carryOtherIDs } from './archive/remove/archive-id';
import type { Separation } from './archive/remove/sweep-index';
import { InstanceDataCache } from './archive/retrieve/instance-data';
import { LayoutCache } from './archive/retrieve/layout-cache';
import { IndexingWatch } from './archive/search-attributes/indexing-watch';
import { gate } from './auth/gate';
import { type Config, ConfigurationError, parseConfig, publicOrigin } from './config';
import { crossOrigin, refuseForeignPages } from './dicomweb/answer/cross-origin';
import { errorResponse, methodNotAllowed, notFound } from './dicomweb/answer/error-response';
import { retrieveCapabilities } from './dicomweb/capabilities/capabilities';
import type { App, AppEnv } from './dicomweb/context';
import { endRequestBody } from './dicomweb/request-body';
import { allowedMethods, routerPath, type Service } from './dicomweb/route';
import { SERVICES } from './dicomweb/routes';

/**
 * The order in which a request passes: the end of its body, after everything else; the deployment's settings and archive,
 * which is not asked anything yet; cross-origin rules (preflights carry no credentials); the gate; the refusal of changes
 * that a foreign page asks for; whether the bucket and the index are of one archive; what the table of routes
 * (dicomweb/routes) has for it.
 * @param archiveOf opens the archive that a deployment's bindings hold
 * @param ledger the isolate's memory
 * @param begin looks at an archive with the first requests to it; absent: nobody does
 */
export function createApp(
  archiveOf: (env: Env) => Archive,
  ledger = new Ledger(),
  begin: Begin = async () => undefined,
): App {
  const app: App = new Hono<AppEnv>({ strict: false });
  app.onError(errorResponse);
  app.notFound(notFound);
  app.use(
    endRequestBody,
    deployment(archiveOf, ledger),
    crossOrigin,
    gate,
    refuseForeignPages,
    belongingTogether(begin),
    followedConfiguration,
  );

  for (const service of SERVICES) serve(app, service);
  return app;
}

/** Every resource answers its methods and OPTIONS; any other method is 405. */
function serve(app: App, service: Service): void {
  const { base, routes } = service;
  if (base !== '') {
    app.options(base, retrieveCapabilities(service, ''));
    app.all(base, methodNotAllowed(allowedMethods([])));
  }
  for (const [template, here] of Map.groupBy(routes, ([, path]) => path)) {
    const path = base + routerPath(template);
    for (const [method, , , handler] of here) app.on(method, path, handler);
    app.options(path, retrieveCapabilities(service, template));
    app.all(path, methodNotAllowed(allowedMethods(here)));
  }
}

/** Says whether an archive's bucket and index belong together, and makes a new archive's id: see archive/remove/archive-id. */
type Begin = (archive: Archive) => Promise<Separation | undefined>;

/**
 * Sees with an isolate's first request that the bucket and the index are of one archive. Until that is known, a request
 * that changes something waits for it, and is refused where they are not: what it stored would be in no archive.
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
      // The bucket or the index does not answer: the request will see for itself, and the next one looks again.
      looked.delete(archive);
      console.error(JSON.stringify({ event: 'archive-not-begun', name: (error as Error).name }));
      return undefined;
    }
  };
  return async (c, next) => {
    const archive = c.get('archive');
    if (!SAFE_METHODS.has(c.req.method) && !together.has(archive)) {
      if (carryOtherIDs(await look(archive))) {
        throw new ConfigurationError('the database and the bucket are not of the same archive.');
      }
    } else if (!looked.has(archive)) {
      c.executionCtx.waitUntil(look(archive));
    }
    await next();
  };
}

/** RFC 9110 9.2.1. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The isolate's first request that is let in sees to it that the index follows the configuration. */
const followedConfiguration: MiddlewareHandler<AppEnv> = async (c, next) => {
  const begun = c.get('indexing').begin(Date.now());
  if (begun !== undefined) c.executionCtx.waitUntil(begun);
  await next();
};

/** What a deployment's bindings amount to, made once an isolate. */
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
    c.set('config', found.config);
    c.set('archive', found.archive);
    c.set('layouts', isolate.layouts);
    c.set('instanceData', isolate.instanceData);
    c.set('ledger', ledger);
    c.set('decoding', decodingWith(ledger, c.req.raw.signal));
    c.set('copyRequests', copyRequests);
    c.set('indexing', found.indexing);
    c.set('baseURI', `${publicOrigin(found.config, c.req.url)}/dicomweb`);
    const answered = next();
    // The platform ends a request whose client has disconnected wherever it stands: then nothing is tidied up, and what it
    // holds is missed until its lease shows no more signs of life. Kept alive, it ends by itself.
    c.executionCtx.waitUntil(answered.catch(() => undefined));
    await answered;
    // Stored bytes come from the viewer's own origin: no browser may take them for a page or a script.
    c.res.headers.set('X-Content-Type-Options', 'nosniff');
  };
}
