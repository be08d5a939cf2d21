import { InstanceReader } from '../../../dicom/instance/instance-reader';
import { crc32 } from '../../../imaging/crc32';
import { UNASKED } from '../../memory/upload-memory';
import type { ReadFile, StoreLimits } from '../../store/incoming/incoming-instance';
import { DIGEST_MEMORY } from '../running-digest';

/** What hashes a file. */
interface Digest {
  write(bytes: Uint8Array): Promise<void>;
  digest(): Promise<string>;
}

/** Bytes that are parsed at a time. */
const PIECE_BYTES = 256 * 1024;

/** A file may be deflated until its meta information has been read: a small piece does not become much. */
const CAREFUL_BYTES = 4096;

/** Bytes of memory that a reading takes beside its metadata. */
const BASE_BYTES = PIECE_BYTES + DIGEST_MEMORY;

/**
 * A Part 10 file that is read piece by piece, while its parts arrive. Whatever is in the way, such as long metadata or a file that
 * is no instance, ends the reading; nothing depends on it.
 */
export class FileReading {
  /** Bytes that were read. */
  length = 0;
  isOver = false;
  private crc = 0;
  private readonly reader: InstanceReader;

  /**
   * @param limits of a Store request
   * @param version under which the file is in the bucket
   * @param hash of the whole file
   */
  constructor(
    private readonly limits: StoreLimits,
    readonly version: string,
    private readonly hash: Digest,
  ) {
    const { nestingDepth: maxDepth, metadataCharacters: maxMetadataCharacters } = limits;
    this.reader = new InstanceReader({ maxDepth, maxMetadataCharacters });
  }

  /** Bytes of memory that are held. */
  get held(): number {
    return BASE_BYTES + 2 * this.reader.metadataCharacters;
  }

  /** Reads the next bytes. */
  async read(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.isOver; ) {
      const isBegun = this.reader.transferSyntaxUID !== undefined;
      const piece = bytes.subarray(at, at + (isBegun ? PIECE_BYTES : CAREFUL_BYTES));
      at += piece.length;
      this.length += piece.length;
      this.isOver = !this.canRead(piece) || this.length > this.limits.instanceBytes;
      this.crc = crc32(piece, this.crc);
      await this.hash.write(piece);
    }
  }

  /** @returns false when the ingest has to read the file: it is refused, deflated, or its metadata is long */
  private canRead(piece: Uint8Array): boolean {
    try {
      this.reader.push(piece);
    } catch {
      return false;
    }
    return !this.reader.deflated && this.reader.metadataCharacters <= UNASKED;
  }

  /** The file, once all its bytes were read. Is called once. */
  async end(): Promise<ReadFile> {
    this.isOver = true;
    return { reader: this.reader, byteLength: this.length, digest: await this.hash.digest(), crc32: this.crc };
  }
}
