/**
 * Builds viewer/dist: OHIF's prebuilt files from its npm package, with this project's settings. Does nothing if the
 * folder is up to date.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { ROOT } from './support/paths.mjs';
import { tarEntries } from './support/tar.mjs';
import { applyPatches } from './viewer/apply-patches.mjs';
import { BUNDLES, bundleScripts } from './viewer/bundle.mjs';
import { immutableRules, inlineScriptSources } from './viewer/headers.mjs';
import { minifyScripts } from './viewer/minify.mjs';
import { fetchPackage, OHIF } from './viewer/package.mjs';

const VIEWER = join(ROOT, 'viewer');
/** The path at which each of our own files is served. */
const OURS = {
  'app-config.js': 'app-config.js',
  'session.js': 'session.js',
  '404.html': '404.html',
  'pages.css': 'pages.css',
  'share-dialog.js': 'share-dialog.js',
  'shared.html': 'shared.html',
  'shared.js': 'shared.js',
  'record.html': 'record.html',
  'record.js': 'record.js',
  'upload.html': 'upload.html',
  'upload.css': 'upload.css',
  _headers: '_headers',
  'worker.mjs': '_worker.js',
};

/**
 * @param {(line: string) => void} progress
 * @returns {Promise<string>} the folder to serve
 */
export async function buildViewer(progress) {
  const dist = join(VIEWER, 'dist');
  const stampFile = join(ROOT, '.cache', 'viewer.stamp');
  const scripts = await bundleScripts();
  const stamp = sourceStamp(scripts);
  if (existsSync(join(dist, 'index.html')) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) {
    return dist;
  }
  const tarball = await fetchPackage(progress);
  progress('unpacking OHIF');
  // The build is made beside its final place and then renamed, so an interrupted build is never served.
  const fresh = join(ROOT, '.cache', `viewer-${process.pid}`);
  rmSync(fresh, { recursive: true, force: true });
  const files = new Map();
  for (const entry of tarEntries(gunzipSync(tarball))) {
    const path = servedPath(entry.name);
    if (entry.kind === 'file' && path) files.set(path, entry.data);
  }
  applyPatches(files);
  progress('shortening its scripts');
  await minifyScripts(files);
  for (const [path, data] of files) {
    const to = join(fresh, path);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, data);
  }
  for (const [name, path] of Object.entries(OURS)) writeFileSync(join(fresh, path), readFileSync(join(VIEWER, name)));
  for (const [path, script] of scripts) writeFileSync(join(fresh, path), script);
  const rules = readFileSync(join(VIEWER, '_headers'), 'utf8');
  const sources = inlineScriptSources(readFileSync(join(fresh, 'index.html'), 'utf8'));
  writeFileSync(join(fresh, '_headers'), rules.replace('INLINE_SCRIPTS', sources) + immutableRules([...files.keys()]));
  rmSync(dist, { recursive: true, force: true });
  renameSync(fresh, dist);
  writeFileSync(stampFile, stamp);
  progress(`viewer ready: ${files.size} files`);
  return dist;
}

/**
 * The path at which a file of the package is served. Undefined for files that are left out: machine-learning runtimes
 * (142 MB) for tools that are not offered; source maps; Netlify's redirects (viewer/worker.mjs knows OHIF's pages); a
 * service worker that OHIF no longer registers and that would load code from elsewhere.
 * @param {string} name
 */
function servedPath(name) {
  const path = /^package\/dist\/(.+)$/.exec(name)?.[1];
  if (!path || path.split('/').includes('..')) return undefined;
  if (path.startsWith('ort/') || path.endsWith('.map')) return undefined;
  return ['_redirects', 'serve.json', 'sw.js', ...Object.values(OURS), ...Object.keys(BUNDLES)].includes(path)
    ? undefined
    : path;
}

/** Changes when anything that becomes part of the folder changes. @param {Map<string, string>} scripts by their paths */
function sourceStamp(scripts) {
  const hash = createHash('sha256').update(OHIF.integrity);
  for (const name of Object.keys(OURS)) hash.update(readFileSync(join(VIEWER, name)));
  for (const [path, script] of scripts) hash.update(path).update(script);
  const sources = [
    'headers',
    'apply-patches',
    'minify',
    'patches',
    'page-patches',
    'opening-patches',
    'overlay-patches',
    'pixel-patches',
    'volume-patches',
    'report-patches',
    'failure-patches',
    'value-patches',
    'segmentation-patches',
    'letter-patches',
    'map-patches',
    'storing-patches',
  ].map((name) => `viewer/${name}.mjs`);
  for (const name of ['build-viewer.mjs', ...sources]) hash.update(readFileSync(join(ROOT, 'scripts', name)));
  return hash.digest('hex');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await buildViewer((line) => console.log(line));
}
