import { mostInflated } from '../../../dicom/data-set/most-inflated';
import { crc32 } from '../../../imaging/crc32';
import type { ByteReader } from '../../store/incoming/byte-reader';
import type { ObjectBytes } from '../object-bytes';
import { InflatedBytes } from './inflated-bytes';
import type { ZipEntry } from './zip-directory';
import { ZipError } from './zip-error';

const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;

/** Compression methods: APPNOTE 4.4.5. */
const STORED = 0;
const DEFLATED = 8;

/**
 * Opens a member. Its bytes are checked against its length and its CRC-32 when their end is read. It is closed by its caller.
 * @param end where the members end: the offset of the central directory
 * @throws ZipError when the member cannot be read
 */
export async function zipMember(bytes: ObjectBytes, entry: ZipEntry, end: number): Promise<ZipMember> {
  const { method, compressedLength, length, offset } = entry;
  if (entry.encrypted) throw new ZipError('encrypted');
  if (method !== STORED && method !== DEFLATED) throw new ZipError('unknown-method');
  if (method === STORED && length !== compressedLength) throw new ZipError('malformed');
  if (length > mostInflated(compressedLength)) throw new ZipError('bomb');
  if (offset + LOCAL_BYTES > end) throw new ZipError('malformed');
  const header = await bytes.exactly(offset, LOCAL_BYTES);
  const view = new DataView(header.buffer);
  if (view.getUint32(0, true) !== LOCAL) throw new ZipError('malformed');
  // The lengths in the local header, or in the data descriptor, repeat what the central directory says.
  const start = offset + LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  if (start + compressedLength > end) throw new ZipError('malformed');
  const raw = new Range(bytes, start, compressedLength);
  if (method === STORED) return new ZipMember(raw, entry);
  const inflated = new InflatedBytes(raw, length);
  return new ZipMember(inflated, entry, () => inflated.close());
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

/** A member. Its length and CRC-32 are checked at its end. */
export class ZipMember implements ByteReader {
  private crc = 0;
  private total = 0;

  constructor(
    private readonly source: ByteReader,
    private readonly entry: ZipEntry,
    /** Gives back what the source holds. */
    readonly close: () => void = () => {},
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
