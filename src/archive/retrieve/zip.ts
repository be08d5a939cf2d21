import { crc32 } from '../../imaging/crc32';
import { lengthOf, made, type ObjectPiece, type Piece } from '../body/pieces';
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
  const pieces: Piece[] = [];
  const members: { readonly member: ZipMember; readonly sum: Sum }[] = [];
  let offset = 0;
  for (const { name, pieces: content, crc } of files) {
    const member = { name, length: lengthOf(content), offset, ...(crc !== undefined && { crc }) };
    const sum: Sum = { crc: crc ?? 0 };
    members.push({ member, sum });
    const header = piece(localHeader(member));
    const own: Piece[] = crc === undefined ? [header, ...describedAfter(member, content, sum)] : [header, ...content];
    pieces.push(...own);
    offset += lengthOf(own);
  }
  const directory = members.reduce((length, { member }) => length + centralHeaderLength(member), 0);
  pieces.push({
    length: directory,
    make: () => concatenated(members.map(({ member, sum }) => centralHeader(member, sum.crc))),
  });
  pieces.push(piece(endRecords(files.length, offset, directory)));
  return pieces;
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

/** The same piece; its bytes are added to the CRC when they pass. */
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
