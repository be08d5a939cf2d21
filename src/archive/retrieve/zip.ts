import { crc32 } from '../../imaging/crc32';
import { lengthOf, made, type ObjectPiece, type Piece } from '../body/pieces';
import type { PiecesInTurn } from '../body/stream-in-turn';
import { chained, type Transform } from '../body/transforms';
import { concatenated } from '../bytes';
import {
  centralHeader,
  centralHeaderLength,
  dataDescriptor,
  dataDescriptorLength,
  endRecords,
  localHeader,
  type ZipMember,
} from './zip-records';

/** A file that goes into an archive. */
export interface ZipFile {
  /** Its path in the archive, joined by slashes; ASCII. */
  readonly name: string;
  readonly pieces: readonly Piece[];
  /** Its CRC-32, when it is known. */
  readonly crc?: number | undefined;
}

/**
 * A ZIP archive of files, uncompressed. No file is copied or is read before its turn, and all lengths are known
 * beforehand. When the CRC of a file is not known, it is computed while the bytes pass: the pieces then serve one pass
 * from the first to the last, and must not be cut.
 */
export function zipPieces(files: readonly ZipFile[]): Piece[] {
  const directory = new Directory();
  const pieces = files.flatMap((file) => directory.add(file));
  return [...pieces, ...directory.pieces()];
}

/**
 * A ZIP archive like that of `zipPieces`, of files that are found one after the other, each when the file before it has
 * been sent.
 */
export async function* zipInTurn(files: AsyncIterable<ZipFile>): PiecesInTurn {
  const directory = new Directory();
  for await (const file of files) yield* directory.add(file);
  yield* directory.pieces();
}

/** The members of an archive so far. */
class Directory {
  private readonly members: { readonly member: ZipMember; readonly sum: Sum }[] = [];
  private offset = 0;

  /** Adds a file. @returns its pieces with their records */
  add({ name, pieces: content, crc }: ZipFile): Piece[] {
    const member = { name, length: lengthOf(content), offset: this.offset, ...(crc !== undefined && { crc }) };
    const sum: Sum = { crc: crc ?? 0 };
    this.members.push({ member, sum });
    const header = piece(localHeader(member));
    const own: Piece[] = crc === undefined ? [header, ...describedAfter(member, content, sum)] : [header, ...content];
    this.offset += lengthOf(own);
    return own;
  }

  /** The records at the end, after the pieces of all files. */
  pieces(): Piece[] {
    const { members, offset } = this;
    const length = members.reduce((sum, { member }) => sum + centralHeaderLength(member), 0);
    const make = () => concatenated(members.map(({ member, sum }) => centralHeader(member, sum.crc)));
    return [{ length, make }, piece(endRecords(members.length, offset, length))];
  }
}

/** The pieces of a file, with the CRC computed while they pass, and then the record with the CRC. */
function describedAfter(member: ZipMember, content: readonly Piece[], sum: Sum): Piece[] {
  const descriptor = { length: dataDescriptorLength(member), make: () => dataDescriptor(member, sum.crc) };
  return [...content.map((each) => summed(each, sum)), descriptor];
}

interface Sum {
  crc: number;
}

function piece(bytes: Uint8Array): Piece {
  return { bytes, length: bytes.length };
}

/** A piece with the bytes of `each`. They are added to the CRC when they pass. */
function summed(each: Piece, sum: Sum): Piece {
  if ('key' in each) return { ...each, transform: chainedTo(each, counting(sum)) };
  return {
    length: each.length,
    make: async () => {
      const bytes = 'bytes' in each ? each.bytes : await made(each);
      sum.crc = crc32(bytes, sum.crc);
      return bytes;
    },
  };
}

function chainedTo({ transform }: ObjectPiece, next: Transform): Transform {
  return transform === undefined ? next : chained(transform, next);
}

function counting(sum: Sum): Transform {
  return () => ({
    push(chunk) {
      sum.crc = crc32(chunk, sum.crc);
      return chunk;
    },
    end: () => new Uint8Array(0),
  });
}
