import { ObjectMissing } from '../body/stream-pieces';
import type { ObjectStore } from '../object-store';
import type { ByteReader } from '../store/incoming/byte-reader';
import { giveTurn } from '../turns';
import { UnavailableError } from '../unavailable';

/** Bytes of an object that one call to R2 opens. */
const RANGE_BYTES = 64 * 1024 ** 2;

/** Bytes that are read at a time. */
const CHUNK_BYTES = 256 * 1024;

/** Bytes that are read and dropped rather than begun after with another call to R2. */
const SKIP_BYTES = 256 * 1024;

/** Failures one after the other, without a byte between them, after which the object counts as unavailable. */
const MOST_FAILURES = 3;

/**
 * The bytes of an object, from any position on. Neighbouring positions are read by one call to R2. A stream that breaks
 * off is opened again where it broke off.
 */
export class ObjectBytes implements ByteReader {
  /** Where the next read begins. */
  position = 0;
  /** Bytes that were read from the stream and not yet taken, and where they begin. */
  private chunk = NONE;
  private chunkAt = 0;
  private reader: ReadableStreamBYOBReader | undefined;
  /** Where the stream is, and where it ends. */
  private streamAt = 0;
  private streamEnd = 0;
  /** The read of the chunk after the one that is held: R2 works while the chunk is used. */
  private pending: Promise<Uint8Array<ArrayBuffer> | undefined> | undefined;
  /** A buffer that is free. */
  private spare: Uint8Array<ArrayBuffer> | undefined;

  /**
   * @param length of the object, bytes
   * @param ahead bytes that one call to R2 opens at most
   */
  constructor(
    private readonly objects: ObjectStore,
    private readonly key: string,
    readonly length: number,
    private readonly ahead = RANGE_BYTES,
  ) {}

  /** The next read begins here. */
  seek(position: number): void {
    this.position = position;
  }

  /**
   * Bytes from the position on, which then moves behind them. They are valid until the next read.
   * @param most bytes that are returned at most
   * @returns null at the end of the object
   * @throws ObjectMissing, UnavailableError
   */
  async read(most = Number.POSITIVE_INFINITY): Promise<Uint8Array | null> {
    if (this.position >= this.length) return null;
    while (!this.holds(this.position)) await this.fill();
    const from = this.position - this.chunkAt;
    const bytes = this.chunk.subarray(from, Math.min(this.chunk.length, from + most));
    this.position += bytes.length;
    return bytes;
  }

  /**
   * A copy of the bytes from a position on.
   * @throws RangeError when the object ends before that
   */
  async exactly(position: number, length: number): Promise<Uint8Array> {
    if (position < 0 || position + length > this.length) throw new RangeError('outside the object');
    this.seek(position);
    const whole = new Uint8Array(length);
    for (let filled = 0; filled < length; ) {
      const bytes = await this.read(length - filled);
      if (bytes === null) throw new RangeError('outside the object');
      whole.set(bytes, filled);
      filled += bytes.length;
    }
    return whole;
  }

  /** Ends the reading. */
  async close(): Promise<void> {
    const { reader } = this;
    this.reader = undefined;
    this.pending = undefined;
    // A stream whose bytes were all read ends with one more read, and need not be cancelled.
    const ending = this.streamAt >= this.streamEnd ? reader?.read(new Uint8Array(1)) : reader?.cancel();
    await ending?.catch(() => undefined);
  }

  private holds(position: number): boolean {
    return position >= this.chunkAt && position < this.chunkAt + this.chunk.length;
  }

  /** Reads the next chunk of the stream that leads to the position. */
  private async fill(): Promise<void> {
    await giveTurn();
    for (let failures = 0; ; failures += 1) {
      try {
        const gap = this.position - this.streamAt;
        if (this.reader === undefined || gap < 0 || gap > SKIP_BYTES || this.streamAt >= this.streamEnd)
          await this.open();
        await this.next();
        return;
      } catch (error) {
        await this.close();
        if (error instanceof ObjectMissing || error instanceof UnavailableError) throw error;
        if (failures === MOST_FAILURES) throw new UnavailableError('failed repeatedly');
      }
    }
  }

  private async open(): Promise<void> {
    await this.close();
    const length = Math.min(this.ahead, this.length - this.position);
    const body = await this.objects.read(this.key, { offset: this.position, length });
    if (body === null) throw new ObjectMissing(this.key);
    this.reader = body.getReader({ mode: 'byob' });
    this.streamAt = this.position;
    this.streamEnd = this.position + length;
  }

  private async next(): Promise<void> {
    if (this.chunk.length > 0) this.spare = new Uint8Array(this.chunk.buffer as ArrayBuffer);
    this.chunk = NONE;
    const reading = this.pending ?? this.request();
    this.pending = undefined;
    const value = await reading;
    if (value === undefined) throw new Error('the object ends too early');
    this.chunk = value;
    this.chunkAt = this.streamAt;
    this.streamAt += value.length;
    if (this.streamAt >= this.streamEnd) return;
    this.pending = this.request();
    // Prevents an unhandled rejection when the reading ends here. Otherwise the next call gets the failure.
    this.pending.catch(() => undefined);
  }

  /** @returns undefined at the end of the stream */
  private async request(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const buffer = this.spare ?? new Uint8Array(CHUNK_BYTES);
    this.spare = undefined;
    const { value } = await readMuch(this.reader!, buffer, this.streamEnd - this.streamAt);
    return value === undefined || value.length === 0 ? undefined : (value as Uint8Array<ArrayBuffer>);
  }
}

/** @param most bytes that the stream has yet: a read waits for as many of them as fit, because R2 yields 4 KiB at a time */
async function readMuch(reader: ReadableStreamBYOBReader, buffer: Uint8Array<ArrayBuffer>, most: number) {
  if (!('readAtLeast' in reader)) return await (reader as ReadableStreamBYOBReader).read(buffer);
  return await reader.readAtLeast(Math.min(most, buffer.length), buffer);
}

const NONE = new Uint8Array(0);
