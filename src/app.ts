import { Hono, type MiddlewareHandler } from 'hono';
import { DecodeQueue } from './archive/decode-queue';
import { IndexingWatch } from './archive/indexing-watch';
import { InstanceDataCache } from './archive/instance-data';
import { LayoutCache } from './archive/layout-cache';
import type { Archive } from './archive/ports';
import { gate } from './auth/gate';
import { type Config, parseConfig } from './config';
import type { App, AppEnv } from './dicomweb/context';
import { crossOrigin } from './dicomweb/cross-origin';
import { deleteScope, restoreScope } from './dicomweb/delete';
import { errorResponse, methodNotAllowed, notFound } from './dicomweb/error-response';
import * as qido from './dicomweb/qido-rs';
import { listSearchAttributes } from './dicomweb/search-attributes';
import * as stow from './dicomweb/stow-rs';
import * as bulkData from './dicomweb/wado-rs-bulk-data';
import { retrieveFrames } from './dicomweb/wado-rs-frames';
import { retrieveInstances } from './dicomweb/wado-rs-instances';
import { retrieveMetadata } from './dicomweb/wado-rs-metadata';
import { retrieveByURI } from './dicomweb/wado-uri';

/** A study, a series, an instance. */
const LEVELS = [
  '/studies/:study',
  '/studies/:study/series/:series',
  '/studies/:study/series/:series/instances/:instance',
] as const;

/**
 * The whole URL surface, and the order in which a request passes: the deployment's settings and archive, which is not
 * asked anything yet; cross-origin rules (preflights carry no credentials); the gate.
 * @param archiveOf opens the archive that a deployment's bindings hold
 */
export function createApp(archiveOf: (env: Env) => Archive): App {
  const app: App = new Hono<AppEnv>({ strict: false });
  app.onError(errorResponse);
  app.notFound(notFound);
  app.use(deployment(archiveOf), crossOrigin, gate, followedConfiguration);

  const dicomweb: App = new Hono<AppEnv>();
  dicomweb.post('/studies', stow.store);
  dicomweb.post('/studies/:study', stow.store);

  dicomweb.get('/studies', qido.searchStudies);
  dicomweb.get('/series', qido.searchSeries);
  dicomweb.get('/instances', qido.searchInstances);
  dicomweb.get('/studies/:study/series', qido.searchSeries);
  dicomweb.get('/studies/:study/instances', qido.searchInstances);
  dicomweb.get('/studies/:study/series/:series/instances', qido.searchInstances);

  dicomweb.get('/search-attributes', listSearchAttributes);

  dicomweb.get('/studies/:study', retrieveInstances);
  dicomweb.get('/studies/:study/metadata', retrieveMetadata);
  dicomweb.get('/studies/:study/series/:series', retrieveInstances);
  dicomweb.get('/studies/:study/series/:series/metadata', retrieveMetadata);
  dicomweb.get('/studies/:study/series/:series/instances/:instance', retrieveInstances);
  dicomweb.get('/studies/:study/series/:series/instances/:instance/metadata', retrieveMetadata);
  dicomweb.get('/studies/:study/series/:series/instances/:instance/frames/:frames', retrieveFrames);
  dicomweb.get('/studies/:study/series/:series/instances/:instance/bulkdata/:path{.+}', bulkData.retrieveBulkData);
  for (const path of LEVELS) {
    dicomweb.get(`${path}/bulkdata`, bulkData.retrieveAllBulkData);
    dicomweb.get(`${path}/pixeldata`, bulkData.retrievePixelData);
  }

  for (const path of LEVELS) {
    dicomweb.delete(path, deleteScope);
    dicomweb.post(`${path}/restore`, restoreScope);
  }

  for (const [path, routes] of Map.groupBy(dicomweb.routes, (route) => route.path)) {
    dicomweb.all(path, methodNotAllowed(routes.map(({ method }) => method)));
  }
  app.route('/dicomweb', dicomweb);
  app.get('/wado', retrieveByURI);
  return app;
}

/** The isolate's first request that is let in sees to it that the index follows the configuration. */
const followedConfiguration: MiddlewareHandler<AppEnv> = async (c, next) => {
  const begun = c.get('indexing').begin(Date.now());
  if (begun !== undefined) c.executionCtx.waitUntil(begun);
  await next();
};

/** What a deployment's bindings amount to, made once an isolate. */
function deployment(archiveOf: (env: Env) => Archive): MiddlewareHandler<AppEnv> {
  const isolate = { layouts: new LayoutCache(), instanceData: new InstanceDataCache(), decoding: new DecodeQueue() };
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
    c.set('decoding', isolate.decoding);
    c.set('indexing', found.indexing);
    c.set('baseURI', `${found.config.publicOrigin || new URL(c.req.url).origin}/dicomweb`);
    await next();
    // Stored bytes come from the viewer's own origin: no browser may take them for a page or a script.
    c.res.headers.set('X-Content-Type-Options', 'nosniff');
  };
}
