import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { look, unread } from '../../viewer/upload/files/look.mjs';
import { findFiles } from './find-files.mjs';

/** @typedef {import('../../viewer/upload/files/look.mjs').Item} Item */
/** @typedef {import('../../viewer/upload/files/look.mjs').LeftOut} LeftOut */
/** @typedef {import('./find-files.mjs').Found} Found */
/** @typedef {import('./find-files.mjs').Path} Path */

/** Files that are looked at, at the same time. */
const AT_ONCE = 8;

/**
 * Looks at all files at and below paths.
 * @param {readonly string[]} paths absolute
 * @returns {Promise<{ items: Item[], leftOut: LeftOut[], fileOf: Map<Item, Path> }>} `leftOut`: also what could not be read;
 * `fileOf`: the absolute path of each. Rejects when one of the paths is not there
 */
export async function lookAt(paths) {
  const { found, unread: unreadFolders } = await findFiles(paths);
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
    leftOut: [...seen.flatMap((each) => ('leftOut' in each ? [each.leftOut] : [])), ...unreadFolders],
    fileOf,
  };
}

/** @param {Found} found */
async function lookAtFile({ path, file }) {
  const stats = await stat(file).catch(() => undefined);
  if (stats === undefined) return { leftOut: unread(path) };
  if (!stats.isFile()) return { leftOut: { path, size: 0, why: 'This is not a file.' } };
  const { size, mtimeMs } = stats;
  return look({
    path,
    modified: mtimeMs,
    source: { size, read: (start, end) => readRange(file, start, Math.min(end, size)) },
  });
}

/** @param {Path} file @param {number} start @param {number} end @returns {Promise<Uint8Array>} */
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

/** SHA-256 of a file, hexadecimal. @param {Path} file @param {AbortSignal} signal */
export async function sha256(file, signal) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash, { signal });
  return hash.digest('hex');
}

/**
 * How tus-js-client reads a file of Node: by ranges, without holding them.
 * @returns {{ openFile: (file: Path) => Promise<{ size: number, slice: (start: number, end: number) => Promise<{ value: any, done: boolean }>, close: () => void }> }}
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
