import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runNpm } from '../support/npm.mjs';
import { ROOT } from '../support/paths.mjs';

/** OHIF as it is published. A new version needs its integrity here, and `servedPath` in build-viewer.mjs has to be checked. */
export const OHIF = {
  name: '@ohif/app',
  version: '3.13.2',
  integrity: 'sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==',
};

/**
 * Returns the package's tarball from the cache in `.cache/`, or otherwise by `npm pack`. The tarball must have the
 * pinned hash.
 * @param {(line: string) => void} progress
 * @returns {Promise<Buffer>} the gzipped tarball
 */
export async function fetchPackage(progress) {
  const cache = join(ROOT, '.cache');
  const cached = join(cache, `ohif-${OHIF.version}.tgz`);
  const kept = readIfIntact(cached);
  if (kept) return kept;

  progress(`fetching ${OHIF.name} ${OHIF.version} with npm (50 MB)`);
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'pack-'));
  const started = Date.now();
  const ticker = setInterval(() => progress(`still fetching, ${Math.round((Date.now() - started) / 1000)} s`), 5000);
  try {
    // Runs in a folder without a package.json, so that npm ignores ours.
    await runNpm(['pack', `${OHIF.name}@${OHIF.version}`, '--ignore-scripts', '--pack-destination', folder], {
      cwd: folder,
    });
    const file = readdirSync(folder).find((name) => name.endsWith('.tgz'));
    if (!file) throw new Error('npm pack made no archive file.');
    const bytes = readIfIntact(join(folder, file));
    if (!bytes) throw new Error(`${OHIF.name}@${OHIF.version} does not have the integrity that is pinned for it.`);
    renameSync(join(folder, file), cached);
    return bytes;
  } finally {
    clearInterval(ticker);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} path */
function readIfIntact(path) {
  try {
    const bytes = readFileSync(path);
    return `sha512-${createHash('sha512').update(bytes).digest('base64')}` === OHIF.integrity ? bytes : undefined;
  } catch {
    return undefined;
  }
}
