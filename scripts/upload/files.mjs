import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { look } from '../../viewer/upload/look.mjs';

/** @typedef {import('../../viewer/upload/look.mjs').Item} Item */
/** @typedef {import('../../viewer/upload/look.mjs').LeftOut} LeftOut */
/** @typedef {{ path: string, file: string }} Found `path`: to be shown; `file`: absolute */

/** Files that are looked at, at the same time. */
const AT_ONCE = 8;

/**
 * Looks at all files at and below paths.
 * @param {readonly string[]} paths absolute
 * @returns {Promise<{ items: Item[], leftOut: LeftOut[], fileOf: Map<Item, string> }>} `fileOf`: the absolute path of each.
 * Rejects when one of the paths is not there
 */
export async function lookAt(paths) {
  /** @type {Found[]} */
  const found = [];
  for (const path of paths) await find(path, basename(path), found);
  /** @type {({ item: Item } | { leftOut: LeftOut })[]} */
  const seen = new Array(found.length);
  let next = 0;
  const work = async () => {
    for (let at = next++; at < found.length; at = next++) seen[at] = await lookAtFile(/** @type {Found} */ (found[at]));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const fileOf = new Map(seen.flatMap((each, at) => ('item' in each ? [[each.item, found[at]?.file ?? '']] : [])));
  return {
    items: [...fileOf.keys()],
    leftOut: seen.flatMap((each) => ('leftOut' in each ? [each.leftOut] : [])),
    fileOf,
  };
}

/**
 * @param {string} file
 * @param {string} path
 * @param {Found[]} found in the order of their names
 */
async function find(file, path, found) {
  if (!(await stat(file)).isDirectory()) {
    found.push({ path, file });
    return;
  }
  // A link to a folder is not followed: it could lead back here.
  const entries = await readdir(file, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const each of files.sort()) found.push({ path: join(path, relative(file, each)), file: each });
}

/** @param {Found} found */
async function lookAtFile({ path, file }) {
  const stats = await stat(file).catch(() => undefined);
  if (stats === undefined || !stats.isFile())
    return { leftOut: { path, size: 0, why: 'This is not a file that can be read.' } };
  const { size, mtimeMs } = stats;
  return look({
    path,
    modified: mtimeMs,
    source: { size, read: (start, end) => readRange(file, start, Math.min(end, size)) },
  });
}

/** @param {string} file @param {number} start @param {number} end @returns {Promise<Uint8Array>} */
async function readRange(file, start, end) {
  const handle = await open(file);
  try {
    const buffer = new Uint8Array(Math.max(0, end - start));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** SHA-256 of a file, hexadecimal. @param {string} file @param {AbortSignal} signal */
export async function sha256(file, signal) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash, { signal });
  return hash.digest('hex');
}

/**
 * How tus-js-client reads a file of Node: by ranges, without holding them.
 * @returns {{ openFile: (file: string) => Promise<{ size: number, slice: (start: number, end: number) => Promise<{ value: any, done: boolean }>, close: () => void }> }}
 */
export function rangeReader() {
  return {
    openFile: async (file) => {
      const { size } = await stat(file);
      return {
        size,
        slice: async (start, end) => {
          const to = Math.min(end, size);
          const stream = createReadStream(file, { start, end: to - 1 });
          // The client does not notice an error of the file. A request that gets no more bytes ends by its timeout.
          stream.on('error', () => {});
          // The client looks for the length here.
          return { value: Object.assign(stream, { size: to - start }), done: to === size };
        },
        close: () => {},
      };
    },
  };
}
