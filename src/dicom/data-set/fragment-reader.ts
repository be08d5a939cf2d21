import { tagText } from '../dictionary/dictionary';
import { ITEM, SEQUENCE_DELIMITER } from '../dictionary/tags';
import { DicomError } from '../errors';
import type { ByteWindow } from './byte-window';
import { readTag, readUint32, UNDEFINED_LENGTH } from './element-header';
import { beginsCodeStream, beginsRLEFrame, type FragmentTable, HEAD_BYTES, SIGNATURE_BYTES } from './fragment-table';

/**
 * Reads the items of an encapsulated value (PS3.5 A.4): the Basic Offset Table, then the fragments. Some writers leave the
 * table out, so a first item that begins like a frame is the first fragment.
 */
export class FragmentReader {
  readonly kind = 'fragments';
  /** Where the last item must end. */
  readonly limit: number;
  readonly #window: ByteWindow;
  readonly #maximum: number;
  #state: 'header' | 'first' | 'offset-table' | 'signature' | 'skip' = 'header';
  /** Bytes of the current item that are still to come. */
  #left = 0;
  #begun = false;
  #odd = false;

  /**
   * @param start offset of the value's first byte
   * @param end of the value, if it has a defined length; otherwise UNLIMITED
   * @param around end of the data set or item that contains the value
   * @param table filled with the fragments; absent when they are not needed
   * @param unwanted the attribute is a duplicate
   * @param maxFragments a Basic Offset Table with more entries is not kept
   */
  constructor(
    window: ByteWindow,
    readonly tag: number,
    readonly vr: string,
    readonly start: number,
    readonly end: number,
    around: number,
    readonly bigEndian: boolean,
    readonly table: FragmentTable | undefined,
    readonly unwanted: boolean,
    maxFragments: number,
  ) {
    this.#window = window;
    this.limit = Math.min(end, around);
    this.#maximum = maxFragments;
  }

  /** Whether some item has an odd length. */
  get odd(): boolean {
    return this.#odd;
  }

  /**
   * Reads as many bytes as the window has.
   *
   * @returns `undelimited` when the next bytes are not an item; those bytes stay in the window
   */
  read(): 'more' | 'ended' | 'undelimited' {
    const window = this.#window;
    for (;;) {
      switch (this.#state) {
        case 'first':
          if (!window.peek(Math.min(this.#left, SIGNATURE_BYTES))) return 'more';
          this.#beginFirst();
          break;
        case 'offset-table':
          if (!this.#readOffsetTable()) return 'more';
          break;
        case 'signature': {
          const count = Math.min(this.#left, this.table?.count === 0 ? HEAD_BYTES : SIGNATURE_BYTES);
          if (!window.peek(count)) return 'more';
          this.#addFragment(this.#left, count);
          this.#state = 'skip';
          break;
        }
        case 'skip':
          this.#left -= window.skip(this.#left);
          if (this.#left > 0) return 'more';
          this.#state = 'header';
          break;
        default: {
          if (window.offset + 8 > this.limit) return 'undelimited';
          if (!window.peek(8)) return 'more';
          const ended = this.#readHeader();
          if (ended !== undefined) return ended;
        }
      }
    }
  }

  /** The file ends here: the part of the last fragment that has arrived is kept. */
  cutOff(): void {
    if (this.#state === 'skip' && this.#left > 0) this.table?.cut(this.#left);
    const { available } = this.#window;
    if (this.#state === 'signature' && available > 0) {
      this.#window.peek(available);
      this.#addFragment(available, available);
    }
    this.#window.discard();
  }

  /** @param seen the number of the fragment's bytes that are in the window */
  #addFragment(length: number, seen: number): void {
    const { bytes, at } = this.#window;
    this.table?.add(length, beginsCodeStream(bytes, at, Math.min(seen, SIGNATURE_BYTES)), () =>
      bytes.slice(at, at + Math.min(seen, HEAD_BYTES)),
    );
  }

  #readHeader(): 'ended' | 'undelimited' | undefined {
    const window = this.#window;
    const { bytes, at } = window;
    const tag = readTag(bytes, at, this.bigEndian);
    if (tag === SEQUENCE_DELIMITER) {
      window.consume(8);
      return 'ended';
    }
    if (tag !== ITEM) {
      if (this.table === undefined || !this.#begun) throw this.#malformed();
      return 'undelimited';
    }
    this.#left = readUint32(bytes, at + 4, this.bigEndian);
    if (this.#left === UNDEFINED_LENGTH || window.offset + 8 + this.#left > this.limit) throw this.#malformed();
    if ((this.#left & 1) === 1) this.#odd = true;
    window.consume(8);
    if (this.table === undefined) this.#state = 'skip';
    else if (this.#begun) this.#state = 'signature';
    else this.#state = 'first';
    this.#begun = true;
    return undefined;
  }

  #beginFirst(): void {
    const { bytes, at, offset } = this.#window;
    const seen = Math.min(this.#left, SIGNATURE_BYTES);
    const isFragment = beginsCodeStream(bytes, at, seen) || beginsRLEFrame(bytes, at, this.#left);
    if (this.table !== undefined) this.table.start = isFragment ? offset - 8 : offset + this.#left;
    if (isFragment) this.#state = 'signature';
    else this.#state = this.#left > 4 * this.#maximum ? 'skip' : 'offset-table';
  }

  #readOffsetTable(): boolean {
    const window = this.#window;
    while (this.#left > 0) {
      const count = Math.min(this.#left, window.available);
      if (count === 0) return false;
      window.peek(count);
      this.table?.addOffsets(window.bytes.subarray(window.at, window.at + count));
      window.consume(count);
      this.#left -= count;
    }
    this.#state = 'header';
    return true;
  }

  #malformed(): DicomError {
    return new DicomError('malformed', 'the encapsulated value cannot be read', tagText(this.tag));
  }
}
