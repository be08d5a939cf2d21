import { Inflate } from 'fflate';
import { crc32 } from '../../../imaging/crc32';
import { Pauses, PIECE_BYTES } from '../../../imaging/pauses';
import type { ByteReader } from '../../store/incoming-instance';
import type { ObjectBytes } from '../object-bytes';
import type { ZipEntry } from './zip-directory';
import { ZipError } from './zip-error';

const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;

/** Compression methods: APPNOTE 4.4.5. */
const STORED = 0;
const DEFLATED = 8;

/** Deflated bytes that are inflated at a time: they become at most about 4 MB. */
const DEFLATED_PIECE_BYTES = 4096;
const LEAST_PIECE_BYTES = 256;

/**
 * A member may always be as long as this, bytes. Beyond it, its length is limited to a multiple of what it takes in the
 * archive: pixels rarely shrink that much, and data made to shrink would cost the server far more than its sender.
 */
const FREE_BYTES = 256 * 1024 ** 2;
const MAX_RATIO = 100;

/**
 * Opens a member. Its bytes are checked against its length and its CRC-32 when their end is read.
 * @param end where the members end: the offset of the central directory
 * @throws ZipError when the member cannot be read
 */
export async function zipMember(bytes: ObjectBytes, entry: ZipEntry, end: number): Promise<ByteReader> {
  const { method, compressedLength, length, offset } = entry;
  if (entry.encrypted) throw new ZipError('encrypted');
  if (method !== STORED && method !== DEFLATED) throw new ZipError('unknown-method');
  if (method === STORED && length !== compressedLength) throw new ZipError('malformed');
  if (length > FREE_BYTES + MAX_RATIO * compressedLength) throw new ZipError('bomb');
  if (offset + LOCAL_BYTES > end) throw new ZipError('malformed');
  const header = await bytes.exactly(offset, LOCAL_BYTES);
  const view = new DataView(header.buffer);
  if (view.getUint32(0, true) !== LOCAL) throw new ZipError('malformed');
  // The lengths in the local header, or in the data descriptor, repeat what the central directory says.
  const start = offset + LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  if (start + compressedLength > end) throw new ZipError('malformed');
  const raw = new Range(bytes, start, compressedLength);
  return new CheckedMember(method === STORED ? raw : new InflatedBytes(raw, length), entry);
}

/** A part of an object. */
class Range {
  constructor(
    private readonly bytes: ObjectBytes,
    private at: number,
    private left: number,
  ) {}

  async read(most = Number.POSITIVE_INFINITY): Promise<Uint8Array | null> {
    if (this.left === 0) return null;
    this.bytes.seek(this.at);
    const bytes = await this.bytes.read(Math.min(most, this.left));
    if (bytes === null) throw new ZipError('malformed');
    this.at += bytes.length;
    this.left -= bytes.length;
    return bytes;
  }
}

/** Inflates in small pieces, so that little is in memory, and the isolate's thread is held only for a moment. */
class InflatedBytes implements ByteReader {
  private made: Uint8Array[] = [];
  private total = 0;
  private piece = DEFLATED_PIECE_BYTES;
  private ended = false;
  private readonly pauses = new Pauses(PIECE_BYTES);
  private readonly inflate = new Inflate((bytes) => {
    this.total += bytes.length;
    if (this.total > this.length) throw new ZipError('checksum');
    if (bytes.length > 0) this.made.push(bytes);
  });

  constructor(
    private readonly raw: Range,
    private readonly length: number,
  ) {}

  async read(): Promise<Uint8Array | null> {
    while (this.made.length === 0) {
      if (this.ended) return null;
      await this.more();
    }
    return this.made.shift()!;
  }

  private async more(): Promise<void> {
    const bytes = await this.raw.read(this.piece);
    this.ended = bytes === null;
    const before = this.total;
    try {
      // A copy, because the decoder keeps the bytes that it cannot use yet.
      this.inflate.push(bytes?.slice() ?? new Uint8Array(0), this.ended);
    } catch (error) {
      throw error instanceof ZipError ? error : new ZipError('checksum');
    }
    const inflated = this.total - before;
    if (bytes === null || inflated === 0) return;
    const next = Math.ceil((bytes.length * PIECE_BYTES) / inflated);
    this.piece = Math.max(LEAST_PIECE_BYTES, Math.min(DEFLATED_PIECE_BYTES, next));
    if (this.pauses.due(inflated)) await this.pauses.pause();
  }
}

/** Checks a member's length and CRC-32 at its end. */
class CheckedMember implements ByteReader {
  private crc = 0;
  private total = 0;

  constructor(
    private readonly source: ByteReader,
    private readonly entry: ZipEntry,
  ) {}

  async read(): Promise<Uint8Array | null> {
    const bytes = await this.source.read();
    if (bytes !== null) {
      this.total += bytes.length;
      this.crc = crc32(bytes, this.crc);
      return bytes;
    }
    const { length, crc } = this.entry;
    if (this.total !== length || this.crc !== crc) throw new ZipError('checksum');
    return null;
  }
}
