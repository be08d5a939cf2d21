import { isZip } from '../../../src/dicom/part10/media-file.ts';
import { fileStart } from './file-start.mjs';
import { readHead } from './head.mjs';
import { MOST_LISTED, zipEntries } from './zip-entries.mjs';

/** @typedef {import('../sending/source.mjs').Source} Source */
/** @typedef {import('./head.mjs').Head} Head */

/** Bytes by which a file is recognised. */
const RECOGNISED = 512;

/**
 * One DICOM file that is to be stored: a chosen file, or a member of a ZIP file.
 * @typedef {object} Instance
 * @property {string} name its path
 * @property {Head} head
 * @property {import('../sending/outcome.mjs').Outcome} [outcome] what became of it
 * @property {() => Promise<string>} [sha256] of a member of a ZIP file
 */

/**
 * A file that is sent.
 * @typedef {object} Item
 * @property {string} path within what was chosen
 * @property {number} size bytes
 * @property {number} modified milliseconds since 1970
 * @property {Source} source
 * @property {'dicom' | 'zip'} kind
 * @property {Instance[]} instances exactly one of a DICOM file; those of a ZIP file as far as it could be looked into
 * @property {boolean} [isPartlyUnseen] of a ZIP file: the archive may find more in it than `instances` and `others`
 * @property {LeftOut[]} others members of a ZIP file that are not images, and are left out
 * @property {'waiting' | 'checking' | 'sending' | 'sent' | 'done'} state
 * @property {number} sentBytes
 * @property {string} [digest] SHA-256, hexadecimal
 * @property {string} [url] the path of its upload, once it has begun
 */

/**
 * A file that is not sent.
 * @typedef {{ path: string, size: number, why: string, isUnread?: boolean }} LeftOut `isUnread`: nobody knows what it is, since it could
 * not be read
 */

/**
 * Looks at a file before it is sent. Its bytes decide what it is, not its name.
 * @param {{ path: string, modified: number, source: Source }} file
 * @returns {Promise<{ item: Item } | { leftOut: LeftOut }>}
 */
export async function look({ path, modified, source }) {
  const { size } = source;
  const leftOut = (/** @type {string} */ why) => ({ leftOut: { path, size, why } });
  const item = (/** @type {Pick<Item, 'kind' | 'instances' | 'others' | 'isPartlyUnseen'>} */ found) => ({
    item: /** @type {Item} */ ({ path, size, modified, source, ...found, state: 'waiting', sentBytes: 0 }),
  });
  if (size === 0) return leftOut('The file is empty.');
  const start = await source.read(0, RECOGNISED).catch(() => undefined);
  if (start === undefined) return { leftOut: unread(path, size) };
  if (fileStart(start) !== undefined) {
    const head = await readHead((length) => source.read(0, length)).catch(() => null);
    if (head === null) return { leftOut: unread(path, size) };
    if (head === undefined) return leftOut(NOT_DICOM);
    if (head.isDirectory) return leftOut(DIRECTORY);
    return item({ kind: 'dicom', instances: [{ name: path, head }], others: [] });
  }
  if (!isZip(start)) return leftOut(NOT_DICOM);
  const inside = await lookInto(path, source);
  // If it cannot be looked into from here, the archive says why.
  if (inside === undefined) return item({ kind: 'zip', instances: [], others: [] });
  if (inside.instances.length === 0 && inside.isPartlyUnseen) return item({ kind: 'zip', instances: [], others: [] });
  return inside.instances.length > 0
    ? item({ kind: 'zip', ...inside })
    : leftOut('There is no DICOM file in this ZIP file.');
}

/**
 * A file that cannot be read.
 * @param {string} path
 * @param {number} [size]
 * @returns {LeftOut}
 */
export function unread(path, size = 0) {
  return { path, size, why: 'The file cannot be read.', isUnread: true };
}

const NOT_DICOM = 'This is not a DICOM file.';
const DIRECTORY = 'This is a DICOMDIR: a directory of other files, without an image.';

/**
 * @param {string} path
 * @param {Source} zip
 * @returns {Promise<Pick<Item, 'instances' | 'others' | 'isPartlyUnseen'> | undefined>} nothing if it has no directory that can be read
 */
async function lookInto(path, zip) {
  const entries = await zipEntries(zip).catch(() => undefined);
  if (entries === undefined) return undefined;
  /** @type {Pick<Item, 'instances' | 'others' | 'isPartlyUnseen'>} */
  const found = { instances: [], others: [], isPartlyUnseen: entries.length === MOST_LISTED };
  for (const { name, size, start, sha256 } of entries) {
    const bytes = await start(RECOGNISED).catch(() => undefined);
    // Encrypted, damaged, compressed in a way that is not known here, or a ZIP file: the archive says what it is.
    if (bytes === undefined || (bytes.length === 0 && size > 0) || isZip(bytes)) {
      found.isPartlyUnseen = true;
      continue;
    }
    const head = await readHead(start).catch(() => undefined);
    if (head === undefined) found.others.push({ path: `${path}: ${name}`, size, why: NOT_DICOM });
    else if (head.isDirectory) found.others.push({ path: `${path}: ${name}`, size, why: DIRECTORY });
    else found.instances.push({ name: `${path}: ${name}`, head, sha256 });
  }
  return found;
}
