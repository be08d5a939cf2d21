import type { ByteReader } from '../../store/incoming/byte-reader';
import { giveTurn } from '../../turns';
import { ZipError } from './zip-error';

/** Inflated bytes that are taken at a time. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Deflated bytes that the decoder gets at a time. It inflates all of them at once, into its own memory: they become at most about
 * 8 MB (deflate makes bytes at most 1,032 times as many), and after the first time only what the reader takes at once.
 */
const DEFLATED_PIECE_BYTES = 8192;
const LEAST_PIECE_BYTES = 256;

/** Yields deflated bytes. */
interface DeflatedBytes {
  /** @param most bytes at most @returns bytes that are valid until the next read; null at the end */
  read(most: number): Promise<Uint8Array | null>;
}

/**
 * Inflates by the runtime's own decoder (RFC 1951), in small pieces: the decoder holds back nothing, so it gets the next piece only
 * once all that came of the last one is taken.
 */
export class InflatedBytes implements ByteReader {
  private readonly writer: WritableStreamDefaultWriter;
  private readonly reader: ReadableStreamBYOBReader;
  private buffer: Uint8Array<ArrayBuffer>;
  /** The read that was begun and not taken yet, and what came of it. */
  private reading: Promise<void> | undefined;
  private result: { readonly value: Uint8Array | null } | undefined;
  private isBroken = false;
  /** All that the decoder made is taken. */
  private isDrained = true;
  private ended = false;
  private total = 0;
  private piece = DEFLATED_PIECE_BYTES;
  /** Deflated bytes of the last piece, and inflated bytes since. */
  private fed = 0;
  private made = 0;

  /** @param length of the inflated bytes: reading fails when they are more */
  constructor(
    private readonly raw: DeflatedBytes,
    private readonly length: number,
  ) {
    const decoder = new DecompressionStream('deflate-raw');
    this.writer = decoder.writable.getWriter();
    this.reader = decoder.readable.getReader({ mode: 'byob' });
    this.buffer = new Uint8Array(Math.max(1, Math.min(CHUNK_BYTES, length)));
    // The reads tell what is wrong.
    this.writer.closed.catch(() => undefined);
    this.reader.closed.catch(() => undefined);
  }

  /**
   * The next bytes. They are valid until the next read.
   * @returns null at the end
   * @throws ZipError `checksum` when the bytes cannot be inflated, end too early, are followed by others, or become too many
   */
  async read(): Promise<Uint8Array | null> {
    for (;;) {
      // Begun before the decoder gets the piece: what comes of it is then here as soon as the piece is written.
      this.reading ??= this.begin();
      if (this.isDrained && !this.ended) await this.feed();
      if (this.ended) await this.reading;
      else if (this.result === undefined) await Promise.race([this.reading, aTask()]);
      if (this.isBroken) throw new ZipError('checksum');
      if (this.result !== undefined) return this.take(this.result.value);
      this.isDrained = true;
    }
  }

  /** Ends the reading before its end. */
  close(): void {
    this.writer.abort().catch(() => undefined);
  }

  private take(value: Uint8Array | null): Uint8Array | null {
    if (value === null) return null;
    this.reading = undefined;
    this.result = undefined;
    // A read takes all that is there, if it has room.
    this.isDrained = value.length < value.buffer.byteLength;
    this.buffer = new Uint8Array(value.buffer as ArrayBuffer);
    this.total += value.length;
    this.made += value.length;
    if (this.total > this.length) throw new ZipError('checksum');
    return value;
  }

  private async begin(): Promise<void> {
    try {
      const { done, value } = await this.reader.read(this.buffer);
      this.result = { value: done || value === undefined ? null : value };
    } catch {
      this.isBroken = true;
    }
  }

  private async feed(): Promise<void> {
    if (this.made > 0) {
      const next = Math.ceil((this.fed * CHUNK_BYTES) / this.made);
      this.piece = Math.max(LEAST_PIECE_BYTES, Math.min(DEFLATED_PIECE_BYTES, next));
    }
    await giveTurn();
    const bytes = await this.raw.read(this.piece);
    this.isDrained = false;
    this.made = 0;
    this.fed = bytes?.length ?? 0;
    this.ended = bytes === null;
    const step = bytes === null ? this.writer.close() : this.writer.write(bytes);
    await step.catch(() => {
      this.isBroken = true;
    });
  }
}

/** Ends once all that is ready to run has run. */
async function aTask(): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
}
