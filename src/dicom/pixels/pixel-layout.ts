import { DicomError } from '../errors';

/**
 * Where an instance's pixel data and bulk data lie, computed once at store and kept in its index row, so that a read
 * parses nothing. Offsets are bytes from the start of the data object: the `.dcm` itself, or, for a deflated transfer
 * syntax, the inflated data set kept beside it.
 */
export interface InstanceLayout {
  /** The object that the offsets refer to: the Part 10 file as stored, or its inflated data set. */
  readonly object: 'dcm' | 'inflated';
  /** Absent when the instance has no pixel data. */
  readonly pixels?: NativePixels | EncapsulatedPixels;
  /** Every value that the metadata names by BulkDataURI, but for encapsulated pixel data. */
  readonly bulk?: readonly BulkRange[];
  /** Bytes of the frame's losslessly compressed copy; 0: there is none to be had; absent: nobody has looked yet. */
  readonly copyLength?: number;
}

/** A value outside the metadata: [path, offset, length, word]. */
export type BulkRange = readonly [
  /** As in the BulkDataURI: hexadecimal tags and item numbers from 0, joined by slashes (54000100/0/54001010). */
  path: string,
  offset: number,
  length: number,
  /** Bytes in a word to be reversed when the stored value is big-endian; 1 when it is served as it lies. */
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
  /** Bytes in a word to be reversed (2, 4 or 8) when stored big-endian; 1 when little. */
  readonly word: number;
}

/** Compressed pixels, PS3.5 A.4. */
export interface EncapsulatedPixels {
  readonly kind: 'encapsulated';
  readonly frames: number;
  /** The only frame's entry; absent when the entries are in the `.frames` object. */
  readonly only?: FrameEntry;
}

/** One compressed frame. */
export interface FrameEntry {
  /** Of the first byte of the frame's first fragment's value. */
  readonly offset: number;
  /** Bytes from there to the end of its last fragment, item headers between fragments included. */
  readonly span: number;
  /** Bytes of the frame itself: equal to span when it is one fragment. */
  readonly length: number;
}

/** Width of a frame's entry in the frame table: entry n starts n times this. */
export const FRAME_ENTRY_BYTES = 16;

/**
 * Reads one entry of the frame table.
 *
 * @param bytes at least FRAME_ENTRY_BYTES: u64 offset, u32 span, u32 length, little-endian
 */
export function readFrameEntry(bytes: Uint8Array): FrameEntry {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    // A DataView's BigInt would cost an allocation per frame.
    offset: view.getUint32(0, true) + view.getUint32(4, true) * 0x1_0000_0000,
    span: view.getUint32(8, true),
    length: view.getUint32(12, true),
  };
}

/** The frame table that readFrameEntry reads, while it is written: nothing but its bytes is held of a frame. */
export class FrameTable {
  count = 0;
  /** Of whatever length: a single frame is kept beside the table. */
  first: FrameEntry | undefined;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  /** @param capacity entries at most */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity * FRAME_ENTRY_BYTES);
    this.#view = new DataView(this.#bytes.buffer);
  }

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
