import { DicomError } from '../errors';

/**
 * The places of an instance's pixel data and bulk data. They are computed once when the instance is stored and kept in
 * its index row, so that reading them needs no parsing. Offsets are bytes from the start of the data object: the `.dcm`
 * object itself or, for a deflated transfer syntax, the inflated data set that is kept beside it.
 */
export interface InstanceLayout {
  /** The object to which the offsets refer: the Part 10 file as stored, or its inflated data set. */
  readonly object: 'dcm' | 'inflated';
  /** Absent when the instance has no pixel data. */
  readonly pixels?: NativePixels | EncapsulatedPixels;
  /** Every value that the metadata refers to by BulkDataURI, except encapsulated pixel data. */
  readonly bulk?: readonly BulkRange[];
  /** Length in bytes of the frame's losslessly compressed copy; 0: no copy can be made; absent: not decided yet. */
  readonly copyLength?: number;
}

/** A value outside the metadata: [path, offset, length, word]. */
export type BulkRange = readonly [
  /** The path in the BulkDataURI: hexadecimal tags and item numbers from 0, joined by slashes (54000100/0/54001010). */
  path: string,
  offset: number,
  length: number,
  /**
   * The number of bytes in a word that are reversed when the stored value is big-endian; 1 when the value is served as
   * stored.
   */
  word: number,
];

/** Uncompressed pixels: frame n (from 0) starts `n * bitsPerFrame` bits after `offset`. */
export interface NativePixels {
  readonly kind: 'native';
  readonly offset: number;
  /** Bytes of the value as stored. */
  readonly length: number;
  readonly frames: number;
  readonly bitsPerFrame: number;
  /**
   * The number of bytes in a word that are reversed (2, 4 or 8) when stored big-endian; 1 when stored little-endian.
   */
  readonly word: number;
}

/** Compressed pixels, PS3.5 A.4. */
export interface EncapsulatedPixels {
  readonly kind: 'encapsulated';
  readonly frames: number;
  /** The entry of the only frame; absent when the entries are in the `.frames` object. */
  readonly only?: FrameEntry;
}

/** One compressed frame. */
export interface FrameEntry {
  /** Offset of the first byte of the value of the frame's first fragment. */
  readonly offset: number;
  /** Bytes from there to the end of the frame's last fragment, including item headers between fragments. */
  readonly span: number;
  /** Bytes of the frame itself: equal to `span` when the frame is one fragment. */
  readonly length: number;
}

/** Size of one entry of the frame table in bytes: entry n starts at n times this. */
export const FRAME_ENTRY_BYTES = 16;

/**
 * Reads one entry of the frame table.
 *
 * @param bytes at least FRAME_ENTRY_BYTES: u64 offset, u32 span, u32 length, little-endian
 */
export function readFrameEntry(bytes: Uint8Array): FrameEntry {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    // A DataView's BigInt would cost an allocation for each frame.
    offset: view.getUint32(0, true) + view.getUint32(4, true) * 0x1_0000_0000,
    span: view.getUint32(8, true),
    length: view.getUint32(12, true),
  };
}

/** Writes the frame table that readFrameEntry reads. Only the bytes of the entries are kept in memory. */
export class FrameTable {
  count = 0;
  /** The first frame, of any length: the entry of a single frame is not kept in the table. */
  first: FrameEntry | undefined;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  /** @param capacity the maximum number of entries */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity * FRAME_ENTRY_BYTES);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** The bytes of the table: FRAME_ENTRY_BYTES for each entry. */
  get bytes(): Uint8Array {
    const length = this.count * FRAME_ENTRY_BYTES;
    return length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, length);
  }

  /** @throws DicomError `too-large` when one of several frames is too long for the table */
  add(entry: FrameEntry): void {
    const { offset, span, length } = entry;
    this.first ??= entry;
    if (span > 0xffffffff && this.#bytes.length > FRAME_ENTRY_BYTES)
      throw new DicomError('too-large', 'a frame is longer than four gibibytes', '7FE00010');
    const at = this.count * FRAME_ENTRY_BYTES;
    this.#view.setUint32(at, offset % 0x1_0000_0000, true);
    this.#view.setUint32(at + 4, Math.floor(offset / 0x1_0000_0000), true);
    this.#view.setUint32(at + 8, span, true);
    this.#view.setUint32(at + 12, length, true);
    this.count++;
  }
}
