import { Hono, type MiddlewareHandler } from 'hono';
import { DecodeQueue } from './archive/decode-queue';
import { IndexingWatch } from './archive/indexing-watch';
import { InstanceDataCache } from './archive/instance-data';
import { LayoutCache } from './archive/layout-cache';
import type { Archive } from './archive/ports';
import { gate } from './auth/gate';
import { type Config, parseConfig, publicOrigin } from './config';
import { retrieveCapabilities } from './dicomweb/capabilities';
import type { App, AppEnv } from './dicomweb/context';
import { crossOrigin } from './dicomweb/cross-origin';
import { errorResponse, methodNotAllowed, notFound } from './dicomweb/error-response';
import { allowedMethods, routerPath, type Service } from './dicomweb/route';
import { SERVICES } from './dicomweb/routes';

/**
 * The order in which a request passes: the deployment's settings and archive, which is not asked anything yet;
 * cross-origin rules (preflights carry no credentials); the gate; what the table of routes (dicomweb/routes) has for it.
 * @param archiveOf opens the archive that a deployment's bindings hold
 * @param decoding the isolate's memory for images
 */
export function createApp(archiveOf: (env: Env) => Archive, decoding = new DecodeQueue()): App {
  const app: App = new Hono<AppEnv>({ strict: false });
  app.onError(errorResponse);
  app.notFound(notFound);
  app.use(deployment(archiveOf, decoding), crossOrigin, gate, followedConfiguration);

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

/** The isolate's first request that is let in sees to it that the index follows the configuration. */
const followedConfiguration: MiddlewareHandler<AppEnv> = async (c, next) => {
  const begun = c.get('indexing').begin(Date.now());
  if (begun !== undefined) c.executionCtx.waitUntil(begun);
  await next();
};

/** What a deployment's bindings amount to, made once an isolate. */
function deployment(archiveOf: (env: Env) => Archive, decoding: DecodeQueue): MiddlewareHandler<AppEnv> {
  const isolate = { layouts: new LayoutCache(), instanceData: new InstanceDataCache(), decoding };
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
    c.set('decoding', isolate.decoding.until(c.req.raw.signal));
    c.set('indexing', found.indexing);
    c.set('baseURI', `${publicOrigin(found.config, c.req.url)}/dicomweb`);
    const answered = next();
    // A request whose client has gone would be ended wherever it stands, and keep for good what it has taken of the isolate.
    if (c.req.method === 'GET' || c.req.method === 'HEAD') c.executionCtx.waitUntil(answered.catch(() => undefined));
    await answered;
    // Stored bytes come from the viewer's own origin: no browser may take them for a page or a script.
    c.res.headers.set('X-Content-Type-Options', 'nosniff');
  };
}
