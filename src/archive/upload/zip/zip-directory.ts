import type { ObjectBytes } from '../object-bytes';
import { ZipError } from './zip-error';

/** Where the central directory of a ZIP archive lies in its object, and how many members it names. */
export interface ZipDirectory {
  readonly offset: number;
  readonly length: number;
  readonly count: number;
}

/** A member as the central directory describes it (PKWARE APPNOTE 4.3.12). Lengths are bytes. */
export interface ZipEntry {
  /** The name of the member, for people only: it is never used as a path. */
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  readonly compressedLength: number;
  readonly length: number;
  /** Where its local header begins. Only zipMember checks that the member lies in the archive. */
  readonly offset: number;
  /** Where the record of the next member begins. */
  readonly next: number;
}

const END = 0x06054b50;
const END_BYTES = 22;
const END_64 = 0x06064b50;
const END_64_BYTES = 56;
const LOCATOR_64 = 0x07064b50;
const LOCATOR_64_BYTES = 20;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const LONGEST_COMMENT = 0xffff;

/** The value of a field whose number is in the ZIP64 extra field. */
const LIMIT_32 = 0xffffffff;
const LIMIT_16 = 0xffff;
const ZIP64_EXTRA = 0x0001;

/** General purpose bits 0 and 6: the member is encrypted. Bit 13: the directory is. Bit 11: its name is UTF-8. */
const ENCRYPTED = 0x0001 | 0x0040 | 0x2000;
const UTF8_NAME = 0x0800;

/**
 * Finds the central directory (APPNOTE 4.3.14 to 4.3.16).
 * @throws ZipError
 */
export async function zipDirectory(bytes: ObjectBytes): Promise<ZipDirectory> {
  const tailBytes = Math.min(bytes.length, END_BYTES + LONGEST_COMMENT + LOCATOR_64_BYTES);
  const tail = await bytes.exactly(bytes.length - tailBytes, tailBytes);
  const at = endRecord(tail);
  if (at === undefined) throw new ZipError('no-directory');
  const view = viewOf(tail);
  const end = bytes.length - tailBytes + at;
  const disks = [view.getUint16(at + 4, true), view.getUint16(at + 6, true)];
  const [here, count] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
  const [length, offset] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
  const long = [...disks, here, count].includes(LIMIT_16) || [length, offset].includes(LIMIT_32);
  const locator = at - LOCATOR_64_BYTES;
  if (long && locator >= 0 && view.getUint32(locator, true) === LOCATOR_64) {
    if (view.getUint32(locator + 16, true) > 1) throw new ZipError('split');
    return await directory64(bytes, uint64(view, locator + 8), end);
  }
  if (disks.some((disk) => disk !== 0) || here !== count) throw new ZipError('split');
  return checked({ offset, length, count }, end);
}

/** The last end record whose comment reaches to the end of the object. Bytes after a comment are not read as one. */
function endRecord(tail: Uint8Array): number | undefined {
  const view = viewOf(tail);
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    if (tail[at] !== 0x50 || view.getUint32(at, true) !== END) continue;
    if (at + END_BYTES + view.getUint16(at + 20, true) === tail.length) return at;
  }
  return undefined;
}

async function directory64(bytes: ObjectBytes, at: number, end: number): Promise<ZipDirectory> {
  if (at + END_64_BYTES > end) throw new ZipError('malformed');
  const view = viewOf(await bytes.exactly(at, END_64_BYTES));
  if (view.getUint32(0, true) !== END_64) throw new ZipError('malformed');
  const here = uint64(view, 24);
  const count = uint64(view, 32);
  if (view.getUint32(16, true) !== 0 || view.getUint32(20, true) !== 0 || here !== count) throw new ZipError('split');
  return checked({ length: uint64(view, 40), offset: uint64(view, 48), count }, at);
}

function checked(directory: ZipDirectory, end: number): ZipDirectory {
  const { offset, length, count } = directory;
  if (offset + length > end || count * ENTRY_BYTES > length) throw new ZipError('malformed');
  return directory;
}

/**
 * Reads the central directory as a stream.
 * @param from where the record of the first wanted member begins: the directory's offset, or `next` of the one before
 * @throws ZipError
 */
export async function* zipEntries(
  bytes: ObjectBytes,
  directory: ZipDirectory,
  from = directory.offset,
): AsyncGenerator<ZipEntry> {
  const end = directory.offset + directory.length;
  for (let at = from; at < end; ) {
    // A digital signature (APPNOTE 4.3.13) may follow the last member.
    if (at + ENTRY_BYTES > end) return;
    const fixed = await bytes.exactly(at, ENTRY_BYTES);
    const view = viewOf(fixed);
    if (view.getUint32(0, true) !== ENTRY) return;
    const nameBytes = view.getUint16(28, true);
    const extraBytes = view.getUint16(30, true);
    const next = at + ENTRY_BYTES + nameBytes + extraBytes + view.getUint16(32, true);
    if (next > end) throw new ZipError('malformed');
    const rest = await bytes.exactly(at + ENTRY_BYTES, nameBytes + extraBytes);
    yield entry(view, rest.subarray(0, nameBytes), rest.subarray(nameBytes), next);
    at = next;
  }
}

function entry(view: DataView, name: Uint8Array, extra: Uint8Array, next: number): ZipEntry {
  const flags = view.getUint16(8, true);
  const long = longNumbers(extra);
  const number = (at: number) => {
    const value = view.getUint32(at, true);
    return value === LIMIT_32 ? (long.shift() ?? value) : value;
  };
  // The order of APPNOTE 4.5.3.
  const length = number(24);
  const compressedLength = number(20);
  const offset = number(42);
  return {
    name: nameOf(name, (flags & UTF8_NAME) !== 0),
    method: view.getUint16(10, true),
    encrypted: (flags & ENCRYPTED) !== 0,
    crc: view.getUint32(16, true),
    compressedLength,
    length,
    offset,
    next,
  };
}

/** The numbers of the ZIP64 extra field, in their order. */
function longNumbers(extra: Uint8Array): number[] {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === ZIP64_EXTRA) {
      const numbers = Math.floor(Math.min(length, extra.length - at - 4, 24) / 8);
      return Array.from({ length: numbers }, (_, index) => wide(view, at + 4 + 8 * index));
    }
    at += 4 + length;
  }
  return [];
}

/** Characters of a name that are kept: its end, because that tells the members of one folder apart. */
const NAME_CHARACTERS = 120;

/** The name of a member. Without UTF-8 its character set is unknown, and only ASCII is kept. */
function nameOf(bytes: Uint8Array, utf8: boolean): string {
  const text = new TextDecoder(utf8 ? 'utf-8' : 'latin1').decode(bytes);
  const readable = text.replace(utf8 ? /\p{C}/gu : /[^\x20-\x7e]/g, '?');
  return [...readable].slice(-NAME_CHARACTERS).join('');
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** @throws ZipError for a number that no position can have */
function uint64(view: DataView, at: number): number {
  const value = wide(view, at);
  if (!Number.isSafeInteger(value)) throw new ZipError('malformed');
  return value;
}

function wide(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
}
