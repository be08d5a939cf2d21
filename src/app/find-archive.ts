// A step of app.ts, so it uses Hono: see docs/architecture.md.
import type { MiddlewareHandler } from 'hono';
import { getPathNoStrict as pathOf } from 'hono/utils/url';
import { DEFAULT_ARCHIVE } from '../access/role';
import { isMisdirected, publicOrigin } from '../addresses';
import type { Activity } from '../archive/activity';
import { DeidentifiedArchives } from '../archive/deidentify/deidentified-archive';
import { CopyRequests } from '../archive/images/copy-requests';
import { decodingWith } from '../archive/memory/image-memory';
import { KeptBuffers } from '../archive/memory/kept-buffers';
import type { Ledger } from '../archive/memory/ledger';
import { MetadataCache } from '../archive/metadata/metadata-cache';
import { InstanceDataCache } from '../archive/retrieve/instance-data';
import { LayoutCache } from '../archive/retrieve/layout-cache';
import { SearchCache } from '../archive/search/search-cache';
import { beginTurn } from '../archive/turns';
import { Deployment, type OpenArchive } from '../deployment';
import { archivePath } from '../dicomweb/archive-path';
import type { AppContext, AppEnv } from '../dicomweb/context';
import { HttpProblem } from '../http/problem';

/**
 * Finds the archive that the URL names, and puts its values and those of the isolate on the context. The isolate opens the
 * archives of a deployment once.
 * @throws HttpProblem 421 when the deployment does not answer at the address of the request
 */
export function findArchive(archiveOf: OpenArchive, ledger: Ledger, activity: Activity): MiddlewareHandler<AppEnv> {
  const share = isolateValues(ledger);
  const known = new WeakMap<Env, Deployment>();
  return async (c, next) => {
    const now = Date.now();
    activity.begin(now);
    beginTurn(now);
    let archives = known.get(c.env);
    if (archives === undefined) {
      archives = new Deployment(c.env, archiveOf);
      known.set(c.env, archives);
    }
    setArchive(c, archives);
    share(c);
    await runToTheEnd(c, next());
  };
}

/** Sets the values of the archive that the URL names. */
function setArchive(c: AppContext, archives: Deployment): void {
  const { archive: named = DEFAULT_ARCHIVE, share, prefix } = archivePath(pathOf(c.req.raw));
  const found = archives.find(named);
  // A URL may name an archive that does not exist. The gate then answers as for a resource that does not exist.
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
  c.set('indexing', indexing);
  c.set('rootURI', publicOrigin(config, c.req.url) + prefix);
  c.set('baseURI', `${c.get('rootURI')}/dicomweb`);
}

/** Makes the caches of an isolate. @returns sets them on the context of a request */
function isolateValues(ledger: Ledger): (c: AppContext) => void {
  const layouts = new LayoutCache();
  const instanceData = new InstanceDataCache();
  const metadata = new MetadataCache();
  const searches = new SearchCache();
  const deidentifiedArchives = new DeidentifiedArchives();
  const buffers = new KeptBuffers();
  const copyRequests = new CopyRequests();
  for (const cache of [layouts, instanceData, metadata, searches, deidentifiedArchives, buffers]) ledger.keeps(cache);
  return (c) => {
    c.set('layouts', layouts);
    c.set('instanceData', instanceData);
    c.set('metadata', metadata);
    c.set('searches', searches);
    c.set('deidentifiedArchives', deidentifiedArchives);
    c.set('copyRequests', copyRequests);
    c.set('buffers', buffers);
    c.set('ledger', ledger);
    c.set('decoding', decodingWith(ledger, c.req.raw));
  };
}

/**
 * Runs a request to its end. When a client disconnects, the platform would otherwise end the request at whatever point it
 * has reached. Nothing would then be cleaned up, and the memory that the request holds would stay unavailable until its
 * lease expires.
 */
async function runToTheEnd(c: AppContext, answered: Promise<void>): Promise<void> {
  c.executionCtx.waitUntil(answered.catch(() => undefined));
  await answered;
}
