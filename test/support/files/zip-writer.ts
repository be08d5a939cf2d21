import { deflateSync } from 'fflate';
import { crc32 } from '../../../src/imaging/crc32';
import { ascii, joined } from './part10';

/** A member of a ZIP archive, and how it is written. */
export interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly stored?: boolean;
  /** Lengths and CRC are in a data descriptor behind the member. */
  readonly descriptor?: boolean;
  /** Lengths and offset are in the ZIP64 extra field of the directory. */
  readonly zip64?: boolean;
  /** Values that are not true. */
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly length?: number;
  /** Where its local header begins, and its compressed length. */
  readonly over?: { readonly offset: number; readonly packed: number };
  readonly body?: Uint8Array;
}

/** Writes a ZIP archive of PKWARE APPNOTE, by the clause and not by the archive's own code. */
export function zipOf(files: readonly ZipFile[], { zip64 = false, comment = '' } = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  const write = (...pieces: Uint8Array[]) => {
    for (const piece of pieces) {
      parts.push(piece);
      at += piece.length;
    }
  };
  for (const file of files) {
    const name = new TextEncoder().encode(file.name);
    const body = file.body ?? (file.stored ? file.bytes : deflateSync(file.bytes));
    const crc = file.crc ?? crc32(file.bytes);
    const length = file.length ?? file.bytes.length;
    const method = file.method ?? (file.stored ? 0 : 8);
    const flags = (file.flags ?? 0) | 0x0800 | (file.descriptor ? 0x0008 : 0);
    const offset = at;
    const known = file.descriptor ? [0, 0, 0] : [crc, body.length, length];
    write(
      record([4, 0x04034b50], [2, 20], [2, flags], [2, method], [4, 0], ...known.map((n) => [4, n] as const)),
      record([2, name.length], [2, 0]),
      name,
      body,
    );
    if (file.descriptor) write(record([4, 0x08074b50], [4, crc], [4, body.length], [4, length]));
    const long = file.zip64 ?? false;
    const listed = file.over ?? { offset, packed: body.length };
    directory.push(
      record([4, 0x02014b50], [2, 45], [2, 45], [2, flags], [2, method], [4, 0], [4, crc]),
      record([4, long ? 0xffffffff : listed.packed], [4, long ? 0xffffffff : length], [2, name.length]),
      record([2, long ? 28 : 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, long ? 0xffffffff : listed.offset]),
      name,
      ...(long ? [record([2, 1], [2, 24], [8, length], [8, listed.packed], [8, listed.offset])] : []),
    );
  }
  const start = at;
  const list = joined(directory);
  write(list);
  const count = files.length;
  if (zip64) {
    const end = at;
    write(
      record([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count]),
      record([8, list.length], [8, start]),
      record([4, 0x07064b50], [4, 0], [8, end], [4, 1]),
    );
  }
  const short = (value: number, none: number) => (zip64 ? none : value);
  write(
    record([4, 0x06054b50], [2, 0], [2, 0], [2, short(count, 0xffff)], [2, short(count, 0xffff)]),
    record([4, short(list.length, 0xffffffff)], [4, short(start, 0xffffffff)], [2, comment.length]),
    ascii(comment),
  );
  return joined(parts);
}

/** Fields one after the other: the number of bytes of each, and its value, least significant byte first. */
function record(...fields: (readonly [2 | 4 | 8, number])[]): Uint8Array {
  const bytes: number[] = [];
  for (const [width, value] of fields) {
    for (let at = 0; at < width; at += 1) bytes.push(Math.floor(value / 2 ** (8 * at)) % 256);
  }
  return Uint8Array.from(bytes);
}
