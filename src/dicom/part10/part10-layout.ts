import { DicomError } from '../errors';
import type { BulkSource } from '../instance/bulk-source';

/** A place among the bytes where bulk data is inserted. */
interface Gap<Source> {
  readonly at: number;
  readonly source: Source;
}

/** A value for which the layout reserves space: only its length matters. */
export interface Sized {
  /** Length in bytes. */
  readonly length: number;
}

/** The number of bytes that are handed over at once. */
const CHUNK = 65_536;

/** The layout of a file: all of its bytes except bulk data, for which it has gaps. All numbers are little-endian. */
export class Part10Layout<Source extends Sized = Sized> {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  readonly #gaps: Gap<Source>[] = [];
  #gapBytes = 0;

  /** Bytes of the file so far, bulk data included. */
  get length(): number {
    return this.#at + this.#gapBytes;
  }

  uint16(value: number): void {
    this.#grow(2);
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
  }

  uint32(value: number): void {
    this.#grow(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  /** @param value a safe integer, not negative */
  uint64(value: number): void {
    this.uint32(value % 0x1_0000_0000);
    this.uint32(Math.floor(value / 0x1_0000_0000));
  }

  /** Writes a tag as two 16-bit numbers (PS3.5 7.1.1). */
  tag(tag: number): void {
    this.uint16(tag >>> 16);
    this.uint16(tag & 0xffff);
  }

  /** @param name two letters */
  vr(name: string): void {
    this.uint16(name.charCodeAt(0) | (name.charCodeAt(1) << 8));
  }

  /** Writes bytes. */
  bytes(bytes: Uint8Array): void {
    this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Writes the same byte `count` times. */
  fill(byte: number, count: number): void {
    this.#grow(count);
    this.#bytes.fill(byte, this.#at, this.#at + count);
    this.#at += count;
  }

  /** Reserves space for a 32-bit number. @returns the function that writes it */
  laterUint32(): (value: number) => void {
    const at = this.#at;
    this.uint32(0);
    return (value) => this.#view.setUint32(at, value, true);
  }

  /** Adds bulk data, which is inserted when the file is read. */
  bulk(source: Source | Uint8Array): void {
    if (source instanceof Uint8Array) {
      this.bytes(source);
      return;
    }
    this.#gaps.push({ at: this.#at, source });
    this.#gapBytes += source.length;
  }

  /** The file in order: its bytes, and between them the sources of bulk data. */
  parts(): (Uint8Array | Source)[] {
    const parts: (Uint8Array | Source)[] = [];
    let from = 0;
    for (const { at, source } of this.#gaps) {
      parts.push(this.#bytes.subarray(from, at), source);
      from = at;
    }
    parts.push(this.#bytes.subarray(from, this.#at));
    return parts.filter((part) => !(part instanceof Uint8Array) || part.length > 0);
  }

  #grow(count: number): void {
    const length = this.#at + count;
    if (length <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(length, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/**
 * Yields the file chunk by chunk. Bulk data is opened only after the consumer has taken everything before it.
 *
 * @throws DicomError `truncated` or `malformed` when bulk data is shorter or longer than its stated length
 */
export async function* chunksOf(parts: readonly (Uint8Array | BulkSource)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Uint8Array) {
      for (let at = 0; at < part.length; at += CHUNK) yield part.slice(at, at + CHUNK);
    } else yield* wholly(part);
  }
}

async function* wholly(source: BulkSource): AsyncGenerator<Uint8Array> {
  let left = source.length;
  for await (const chunk of source.open()) {
    left -= chunk.length;
    if (left < 0) throw new DicomError('malformed', 'bulk data is longer than its stated length');
    yield chunk;
  }
  if (left > 0) throw new DicomError('truncated', 'bulk data is shorter than its stated length');
}
