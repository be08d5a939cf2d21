import { createHash } from 'node:crypto';
import { FAILURE_PATCHES } from './failure-patches.mjs';
import { LETTER_PATCHES } from './letter-patches.mjs';
import { LIST_PATCHES } from './list-patches.mjs';
import { MAP_PATCHES } from './map-patches.mjs';
import { MEASURING_PATCHES } from './measuring-patches.mjs';
import { OPENING_PATCHES } from './opening-patches.mjs';
import { OVERLAY_PATCHES } from './overlay-patches.mjs';
import { PAGE_PATCHES } from './page-patches.mjs';
import { PIXEL_PATCHES } from './pixel-patches.mjs';
import { REPORT_PATCHES } from './report-patches.mjs';
import { SEGMENTATION_PATCHES } from './segmentation-patches.mjs';
import { SLAB_PATCHES } from './slab-patches.mjs';
import { SLIDE_PATCHES } from './slide-patches.mjs';
import { STORING_PATCHES } from './storing-patches.mjs';
import { VALUE_PATCHES } from './value-patches.mjs';
import { VOLUME_PATCHES } from './volume-patches.mjs';
import { WINDOW_PATCHES } from './window-patches.mjs';

/**
 * A change that OHIF does not allow by configuration: a text in one of its files, and its replacement.
 * @typedef {{ file: RegExp, why: string, find: string, put: string, times?: number }} Patch times: how often the text occurs; once
 * unless it is given
 */

/**
 * Applies the patches. It fails if a text is not found exactly as often as expected, so that a new version of OHIF is
 * checked again. A patched file with a hash in its name gets another name, because browsers keep the old file for a
 * year; the references in other files are changed too.
 * @param {Map<string, Buffer>} files by their paths; changed in place
 * @throws {Error} when a file or a text is not found as expected
 */
export function applyPatches(files) {
  const patched = new Set();
  for (const patch of [
    ...LIST_PATCHES,
    ...PAGE_PATCHES,
    ...OPENING_PATCHES,
    ...OVERLAY_PATCHES,
    ...PIXEL_PATCHES,
    ...WINDOW_PATCHES,
    ...VOLUME_PATCHES,
    ...SLAB_PATCHES,
    ...REPORT_PATCHES,
    ...FAILURE_PATCHES,
    ...VALUE_PATCHES,
    ...MEASURING_PATCHES,
    ...SEGMENTATION_PATCHES,
    ...LETTER_PATCHES,
    ...MAP_PATCHES,
    ...STORING_PATCHES,
    ...SLIDE_PATCHES,
  ]) {
    const [path, ...more] = [...files.keys()].filter((name) => patch.file.test(name));
    if (path === undefined || more.length > 0)
      throw new Error(`There is not exactly one file of OHIF with the name ${patch.file}.`);
    const parts = text(files, path).split(patch.find);
    const { times = 1 } = patch;
    if (parts.length !== times + 1) {
      throw new Error(
        `A patch (${patch.why}) needs a text that occurs ${times === 1 ? 'once' : `${times} times`}; ${path} has it ${parts.length - 1} times.`,
      );
    }
    files.set(path, Buffer.from(parts.join(patch.put)));
    patched.add(path);
  }
  // The app refers to the chunks, and the page refers to the app.
  for (const path of [...patched].sort((one, other) => Number(isApp(one)) - Number(isApp(other)))) rename(files, path);
}

/** @param {string} path */
function isApp(path) {
  return path.startsWith('app.bundle.');
}

/** @param {Map<string, Buffer>} files @param {string} path */
function rename(files, path) {
  const [, before, hash, after] = /^(.+\.bundle\.)([0-9a-f]{16})(\.js)$/.exec(path) ?? [];
  const content = files.get(path);
  if (hash === undefined || content === undefined) return;
  const fresh = createHash('sha256').update(content).digest('hex').slice(0, 16);
  files.delete(path);
  files.set(`${before}${fresh}${after}`, content);
  for (const [name, bytes] of files) {
    if (/\.(js|html)$/.test(name) && bytes.includes(hash)) {
      files.set(name, Buffer.from(text(files, name).replaceAll(hash, fresh)));
    }
  }
}

/** @param {Map<string, Buffer>} files @param {string} path */
function text(files, path) {
  return files.get(path)?.toString('utf8') ?? '';
}
