import { utf8 } from '../bytes';

/**
 * The records of a ZIP archive (PKWARE APPNOTE 4.3) whose members are stored uncompressed. A CRC-32 that is known only
 * once the member has passed follows the member in a data descriptor. Lengths that do not fit 32 bits are written in 64
 * bits.
 */

/** A member as its records describe it. */
export interface ZipMember {
  /** Its path, joined by slashes; ASCII. */
  readonly name: string;
  /** Length, bytes. */
  readonly length: number;
  /** Where its local header begins, bytes from the beginning of the archive. */
  readonly offset: number;
  /** Its CRC-32; absent when a data descriptor follows the member. */
  readonly crc?: number;
}

/** A number of this value or more is written in 64 bits, and the field of 32 bits has this value. */
const LIMIT_32 = 0xffffffff;
const LIMIT_16 = 0xffff;

const ZIP64_EXTRA = 0x0001;

/** Versions of the format that readers need: 2.0, and 4.5 for 64 bits. */
const VERSION = 20;
const VERSION_64 = 45;

/** General purpose bit 3: the CRC and the lengths are in the data descriptor. */
function flags({ crc }: ZipMember): Field {
  return uint16(crc === undefined ? 0x0008 : 0);
}

/**
 * 1 January 1980, the first date of the format. A fixed date makes the archive of the same instances always the same.
 */
const DATE = 0x0021;

/** The record before a member: APPNOTE 4.3.7. */
export function localHeader(member: ZipMember): Uint8Array {
  const { name, length, crc } = member;
  const long = length >= LIMIT_32;
  const known = crc === undefined ? 0 : length;
  const size = uint32(long ? LIMIT_32 : known);
  return record([
    uint32(0x04034b50),
    uint16(long ? VERSION_64 : VERSION),
    flags(member),
    uint16(STORED),
    uint16(0),
    uint16(DATE),
    uint32(crc ?? 0),
    size,
    size,
    uint16(name.length),
    uint16(long ? 20 : 0),
    utf8(name),
    // 4.3.9.1: when a descriptor follows, the extra field says that the descriptor's lengths have 64 bits.
    ...(long ? [uint16(ZIP64_EXTRA), uint16(16), uint64(known), uint64(known)] : []),
  ]);
}

const STORED = 0;

/** The length of a member's data descriptor, bytes. */
export function dataDescriptorLength({ length }: ZipMember): number {
  return length >= LIMIT_32 ? 24 : 16;
}

/** The record after a member whose CRC was not known before: APPNOTE 4.3.9. */
export function dataDescriptor({ length }: ZipMember, crc: number): Uint8Array {
  const size = length >= LIMIT_32 ? uint64(length) : uint32(length);
  return record([uint32(0x08074b50), uint32(crc), size, size]);
}

/** The numbers that need 64 bits, in the order of APPNOTE 4.5.3. */
function longNumbers({ length, offset }: ZipMember): number[] {
  return [...(length >= LIMIT_32 ? [length, length] : []), ...(offset >= LIMIT_32 ? [offset] : [])];
}

/** The length of a member's record in the central directory, bytes. */
export function centralHeaderLength(member: ZipMember): number {
  const long = longNumbers(member).length;
  return 46 + member.name.length + (long === 0 ? 0 : 4 + 8 * long);
}

/** A member's record in the central directory: APPNOTE 4.3.12. */
export function centralHeader(member: ZipMember, crc: number): Uint8Array {
  const { name, length, offset } = member;
  const long = longNumbers(member);
  const version = long.length > 0 ? VERSION_64 : VERSION;
  const size = uint32(Math.min(length, LIMIT_32));
  return record([
    uint32(0x02014b50),
    uint16(version),
    uint16(version),
    flags(member),
    uint16(STORED),
    uint16(0),
    uint16(DATE),
    uint32(crc),
    size,
    size,
    uint16(name.length),
    uint16(long.length === 0 ? 0 : 4 + 8 * long.length),
    uint16(0),
    uint16(0),
    uint16(0),
    uint32(0),
    uint32(Math.min(offset, LIMIT_32)),
    utf8(name),
    ...(long.length === 0 ? [] : [uint16(ZIP64_EXTRA), uint16(8 * long.length), ...long.map(uint64)]),
  ]);
}

/**
 * The records at the end of an archive.
 * @param count of members
 * @param offset of the central directory, bytes
 * @param length of the central directory, bytes
 */
export function endRecords(count: number, offset: number, length: number): Uint8Array {
  const long = count >= LIMIT_16 || offset >= LIMIT_32 || length >= LIMIT_32;
  const end64 = [
    uint32(0x06064b50),
    uint64(44),
    uint16(VERSION_64),
    uint16(VERSION_64),
    uint32(0),
    uint32(0),
    uint64(count),
    uint64(count),
    uint64(length),
    uint64(offset),
    uint32(0x07064b50),
    uint32(0),
    uint64(offset + length),
    uint32(1),
  ];
  const entries = uint16(Math.min(count, LIMIT_16));
  return record([
    ...(long ? end64 : []),
    uint32(0x06054b50),
    uint16(0),
    uint16(0),
    entries,
    entries,
    uint32(Math.min(length, LIMIT_32)),
    uint32(Math.min(offset, LIMIT_32)),
    uint16(0),
  ]);
}

type Field = Uint8Array | readonly [bytes: 2 | 4 | 8, value: number];

const uint16 = (value: number): Field => [2, value];
const uint32 = (value: number): Field => [4, value];
/** @param value a safe integer */
const uint64 = (value: number): Field => [8, value];

/** Writes fields one after the other, each with its least significant byte first. */
function record(fields: readonly Field[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, field) => sum + (isBytes(field) ? field.length : field[0]), 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const field of fields) {
    if (isBytes(field)) {
      bytes.set(field, at);
      at += field.length;
      continue;
    }
    const [width, value] = field;
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value % 0x1_0000_0000, true);
    if (width === 8) view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
    at += width;
  }
  return bytes;
}

function isBytes(field: Field): field is Uint8Array {
  return field instanceof Uint8Array;
}
