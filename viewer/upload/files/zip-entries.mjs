import { Inflate } from 'fflate';
import { createSHA256 } from 'hash-wasm';
import { joined } from './head.mjs';

/**
 * A member of a ZIP file.
 * @typedef {object} ZipEntry
 * @property {string} name its path in the ZIP file
 * @property {number} size bytes, unpacked
 * @property {(length: number) => Promise<Uint8Array>} start reads as many of its first bytes, or all if there are fewer
 * @property {() => Promise<string>} sha256 of all its bytes, hexadecimal
 */

/** @typedef {import('../sending/source.mjs').Source} Source */

/** Signatures of APPNOTE 4.3: end of central directory, the same of ZIP64 and its locator, entry, local header. */
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const ENTRY = 0x02014b50;

/** The end record can be followed by a comment of 64 KiB. */
const TAIL = 22 + 0xffff;
const CHUNK = 64 * 1024;
/** More members than a page can show; the archive reads all of them. */
export const MOST_LISTED = 20_000;

/**
 * Lists the files in a ZIP file, to show what is in it. The archive unpacks it.
 * @param {Source} zip
 * @returns {Promise<ZipEntry[]>} rejects when there is no directory that can be read
 */
export async function zipEntries(zip) {
  const { offset, length } = await directoryOf(zip);
  const bytes = await zip.read(offset, offset + length);
  const view = viewOf(bytes);
  const entries = [];
  for (let at = 0; at + 46 <= bytes.length && view.getUint32(at, true) === ENTRY && entries.length < MOST_LISTED; ) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((each) => view.getUint16(at + each, true));
    const nameEnd = at + 46 + /** @type {number} */ (nameLength);
    const extraEnd = nameEnd + /** @type {number} */ (extraLength);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, nameEnd));
    const sizes = sizesOf(view, at, nameEnd, extraEnd);
    const isEncrypted = (view.getUint16(at + 8, true) & 1) !== 0;
    const method = isEncrypted ? -1 : view.getUint16(at + 10, true);
    if (!name.endsWith('/')) {
      entries.push({
        name,
        size: sizes.size,
        start: (/** @type {number} */ wanted) => startOf(zip, method, sizes, wanted),
        sha256: () => digestOf(zip, method, sizes),
      });
    }
    at = extraEnd + /** @type {number} */ (commentLength);
  }
  return entries;
}

/** @param {Source} zip */
async function directoryOf(zip) {
  const from = Math.max(0, zip.size - TAIL);
  const tail = await zip.read(from, zip.size);
  const view = viewOf(tail);
  let at = tail.length - 22;
  while (at >= 0 && view.getUint32(at, true) !== END) at -= 1;
  if (at < 0) throw new Error('The ZIP file has no directory: it is cut short or damaged.');
  const found = { length: view.getUint32(at + 12, true), offset: view.getUint32(at + 16, true) };
  if (found.offset !== 0xffffffff || at < 20 || view.getUint32(at - 20, true) !== LOCATOR_64) return found;
  const end64 = Number(view.getBigUint64(at - 12, true));
  const record = viewOf(await zip.read(end64, end64 + 56));
  if (record.byteLength < 56 || record.getUint32(0, true) !== END_64) throw new Error('The ZIP file is broken.');
  return { length: Number(record.getBigUint64(40, true)), offset: Number(record.getBigUint64(48, true)) };
}

/**
 * The compressed size of an entry, and where its local header is. Numbers that do not fit into 32 bits are in the ZIP64
 * extra field (APPNOTE 4.5.3).
 * @param {DataView} view
 * @param {number} at
 * @param {number} extra
 * @param {number} extraEnd
 */
function sizesOf(view, at, extra, extraEnd) {
  const sizes = {
    compressed: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    offset: view.getUint32(at + 42, true),
  };
  for (let field = extra; field + 4 <= extraEnd; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== 1) continue;
    let next = field + 4;
    const wide = (/** @type {number} */ value) => {
      if (value !== 0xffffffff) return value;
      next += 8;
      return Number(view.getBigUint64(next - 8, true));
    };
    sizes.size = wide(sizes.size);
    sizes.compressed = wide(sizes.compressed);
    sizes.offset = wide(sizes.offset);
  }
  return sizes;
}

/** @typedef {{ compressed: number, offset: number }} Place of a member: its bytes as they are in the file, and its local header */

/**
 * The bytes of a member, unpacked.
 * @param {Source} zip
 * @param {number} method 0: stored, 8: deflated; nothing is known of others
 * @param {Place} place
 */
async function* contentOf(zip, method, { compressed, offset }) {
  const local = viewOf(await zip.read(offset, offset + 30));
  if (local.byteLength < 30 || (method !== 0 && method !== 8)) return;
  const begin = offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  const end = begin + compressed;
  /** @type {Uint8Array[]} */
  let chunks = [];
  const inflate = new Inflate((chunk) => chunks.push(chunk));
  for (let at = begin; at < end; at += CHUNK) {
    const bytes = await zip.read(at, Math.min(end, at + CHUNK));
    if (method === 0) yield bytes;
    else {
      inflate.push(bytes, at + CHUNK >= end);
      yield* chunks;
      chunks = [];
    }
  }
}

/** @param {Source} zip @param {number} method @param {Place} place @param {number} wanted bytes */
async function startOf(zip, method, place, wanted) {
  const chunks = [];
  let length = 0;
  for await (const chunk of contentOf(zip, method, place)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= wanted) break;
  }
  return joined(chunks).subarray(0, wanted);
}

/** @param {Source} zip @param {number} method @param {Place} place */
async function digestOf(zip, method, place) {
  const hash = await createSHA256();
  for await (const chunk of contentOf(zip, method, place)) hash.update(chunk);
  return hash.digest('hex');
}

/** @param {Uint8Array} bytes */
function viewOf({ buffer, byteOffset, byteLength }) {
  return new DataView(buffer, byteOffset, byteLength);
}
