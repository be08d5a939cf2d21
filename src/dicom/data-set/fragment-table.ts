import { DicomError } from '../errors';
import { FrameTable } from '../pixels/pixel-layout';

const PIXEL_DATA = '7FE00010';

/** The number of first bytes of a fragment that show whether a code stream begins there. */
export const SIGNATURE_BYTES = 12;

/**
 * The number of first bytes of the first fragment that show how it is compressed, unless comments or profiles come
 * first.
 */
export const HEAD_BYTES = 4096;

/**
 * The fragments of encapsulated pixel data (PS3.5 A.4). Only their lengths are kept, since each fragment starts eight
 * bytes after the end of the one before it.
 */
export class FragmentTable {
  /** Offset of the first fragment's item tag. */
  start = 0;
  count = 0;
  /** The first bytes of the first fragment. */
  head: Uint8Array = new Uint8Array(0);
  #lengths = new Uint32Array(64);
  #begins = new Uint8Array(64);
  #offsetTable = new Uint8Array(0);
  #offsetTableLength = 0;
  readonly #maximum: number;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** Adds the next bytes of the Basic Offset Table. */
  addOffsets(bytes: Uint8Array): void {
    const length = this.#offsetTableLength + bytes.length;
    if (length > this.#offsetTable.length) {
      const grown = new Uint8Array(Math.max(length, this.#offsetTable.length * 2));
      grown.set(this.#offsetTable.subarray(0, this.#offsetTableLength));
      this.#offsetTable = grown;
    }
    this.#offsetTable.set(bytes, this.#offsetTableLength);
    this.#offsetTableLength = length;
  }

  /**
   * Adds a fragment of `length` bytes.
   *
   * @param begins whether a code stream starts in it
   * @param head returns a copy of its first bytes
   */
  add(length: number, begins: boolean, head: () => Uint8Array): void {
    if (this.count === 0) this.head = head();
    if (this.count >= this.#maximum) throw new DicomError('too-large', 'too many fragments of pixel data', PIXEL_DATA);
    if (this.count === this.#lengths.length) {
      const lengths = new Uint32Array(this.count * 2);
      lengths.set(this.#lengths);
      this.#lengths = lengths;
      const begin = new Uint8Array(this.count * 2);
      begin.set(this.#begins);
      this.#begins = begin;
    }
    this.#lengths[this.count] = length;
    this.#begins[this.count] = begins ? 1 : 0;
    this.count++;
  }

  /** The file ends within the last fragment: `missing` bytes of it are absent. */
  cut(missing: number): void {
    if (this.count === 0) return;
    const length = this.#lengths[this.count - 1]! - missing;
    if (length > 0) this.#lengths[this.count - 1] = length;
    else this.count--;
  }

  /**
   * Joins fragments to frames (PS3.5 A.4, PS3.3 C.7.6.3.1.8). The first rule that applies is used:
   *
   * - Each fragment is a frame when their numbers agree (as they do with an Extended Offset Table).
   * - Frames start where the Basic Offset Table says, when it has an entry for each frame.
   * - Each fragment is a frame when `whole` is set.
   * - All fragments belong to the frame when there is only one.
   * - Frames start where code streams start, when there are enough of these or the table cannot be used.
   * - Frames start where the Basic Offset Table says; without a usable table, each fragment is a frame.
   *
   * @param frames Number of Frames
   * @param whole the transfer syntax puts each frame into one fragment (RLE, PS3.5 A.4.2)
   * @returns fewer than `frames` entries when frames are missing
   */
  frames(frames: number, whole: boolean): FrameTable {
    if (this.count === frames) return this.#group(frames, () => true);
    const table = this.#offsetTableStarts();
    if (table !== undefined && table.count === frames) return this.#group(frames, (index) => table.starts[index] === 1);
    if (whole && frames > 1) return this.#group(frames, () => true);
    if (frames === 1) return this.#group(1, () => false);
    const begins = this.#begins.subarray(0, this.count).reduce((sum, each) => sum + each, 0);
    if (begins >= frames || table === undefined) {
      // Fragments before the first code stream belong to no frame when there are enough code streams.
      const from = begins >= frames ? this.#begins.indexOf(1) : 0;
      if (begins > 0) return this.#group(frames, (index) => this.#begins[index] === 1, from);
      return this.#group(frames, () => true);
    }
    return this.#group(frames, (index) => table.starts[index] === 1);
  }

  /**
   * The fragments at which frames start according to the Basic Offset Table: `starts` is 1 for each such fragment, and
   * `count` is their number. Undefined when the table is empty or does not match the fragments.
   */
  #offsetTableStarts(): { readonly starts: Uint8Array; readonly count: number } | undefined {
    const entries = Math.floor(this.#offsetTableLength / 4);
    if (entries === 0) return undefined;
    const view = new DataView(this.#offsetTable.buffer, 0, entries * 4);
    const starts = new Uint8Array(this.count);
    let offset = 0;
    let entry = 0;
    for (let index = 0; index < this.count && entry < entries; index++) {
      if (view.getUint32(entry * 4, true) === offset) {
        starts[index] = 1;
        entry++;
      }
      offset += this.#lengths[index]! + 8;
    }
    return entry === entries && starts[0] === 1 ? { starts, count: entries } : undefined;
  }

  /** @param from the number of the first fragment that belongs to a frame */
  #group(frames: number, starts: (index: number) => boolean, from = 0): FrameTable {
    const grouped = new FrameTable(Math.min(frames, this.count));
    let item = this.start;
    for (let index = 0; index < from; index++) item += 8 + this.#lengths[index]!;
    let first = 0;
    let length = 0;
    for (let index = from; index < this.count; index++) {
      const bytes = this.#lengths[index]!;
      if (index === from || starts(index)) {
        if (index > from) grouped.add({ offset: first, span: item - first, length });
        if (grouped.count === frames) return grouped;
        first = item + 8;
        length = 0;
      }
      length += bytes;
      item += 8 + bytes;
    }
    if (this.count > 0) grouped.add({ offset: first, span: item - first, length });
    return grouped;
  }
}

/** Whether the bytes begin a code stream: JPEG and JPEG-LS (SOI), JPEG 2000 (SOC or JP2 box), JPEG XL. */
export function beginsCodeStream(bytes: Uint8Array, at: number, length: number): boolean {
  if (length < 4) return false;
  const first = bytes[at]!;
  const second = bytes[at + 1]!;
  if (first === 0xff) {
    if (second === 0xd8) return bytes[at + 2] === 0xff;
    if (second === 0x4f) return bytes[at + 2] === 0xff && bytes[at + 3] === 0x51;
    return second === 0x0a;
  }
  if (length < SIGNATURE_BYTES || first !== 0 || second !== 0 || bytes[at + 2] !== 0 || bytes[at + 3] !== 0x0c)
    return false;
  const type = String.fromCharCode(bytes[at + 4]!, bytes[at + 5]!, bytes[at + 6]!, bytes[at + 7]!);
  return type === 'jP  ' || type === 'JXL ';
}

/** Bytes of an RLE header: the number of segments, and the offsets of 15 (PS3.5 G.5). */
const RLE_HEADER = 64;

/**
 * Whether an item of `length` bytes begins like a frame in RLE: at most 15 segments, of which the first follows the
 * header. A Basic Offset Table begins with 0.
 */
export function beginsRLEFrame(bytes: Uint8Array, at: number, length: number): boolean {
  if (length < RLE_HEADER) return false;
  const number = bytes[at]!;
  const others = bytes.subarray(at + 1, at + 8);
  return number >= 1 && number <= 15 && others.every((byte, index) => byte === (index === 3 ? RLE_HEADER : 0));
}
