import { lengthOf, type Piece } from '../body/pieces';
import { concatenated } from '../bytes';
import { centralHeader, centralHeaderLength, endRecords, localHeader, type ZipMember } from './zip-records';

/** A file that goes into an archive. */
export interface ZipFile {
  /** Its path in the archive, joined by slashes; ASCII. */
  readonly name: string;
  readonly pieces: readonly Piece[];
  /** Its CRC-32. */
  readonly crc: number;
}

/**
 * A ZIP archive of files, uncompressed. No file is copied or is read before its turn, and all lengths are known
 * beforehand.
 */
export function zipPieces(files: readonly ZipFile[]): Piece[] {
  const pieces: Piece[] = [];
  const members: ZipMember[] = [];
  let offset = 0;
  for (const { name, pieces: content, crc } of files) {
    const member = { name, length: lengthOf(content), offset, crc };
    members.push(member);
    const own = [piece(localHeader(member)), ...content];
    pieces.push(...own);
    offset += lengthOf(own);
  }
  const directory = members.reduce((length, member) => length + centralHeaderLength(member), 0);
  pieces.push({ length: directory, make: () => concatenated(members.map(centralHeader)) });
  pieces.push(piece(endRecords(files.length, offset, directory)));
  return pieces;
}

function piece(bytes: Uint8Array): Piece {
  return { bytes, length: bytes.length };
}
