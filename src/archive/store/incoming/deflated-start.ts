import type { InstanceReader } from '../../../dicom/instance/instance-reader';
import { Pauses, PIECE_BYTES } from '../../../imaging/pauses';
import type { HeldMemory } from '../../memory/held-memory';
import type { ByteReader } from './byte-reader';
import { reading } from './reading';

/** Deflated data is inflated in pieces of at most this size, so that one piece never becomes more than about 4 MB. */
const DEFLATED_PIECE_BYTES = 4096;
const LEAST_PIECE_BYTES = 256;

/** Inflated bytes, and their ratio to the deflated ones, from which on a file is looked through before more is written. */
const TRUSTED_BYTES = 32 * 1024 ** 2;
const TRUSTED_RATIO = 100;

/**
 * Bytes of a deflated file that are kept to be looked through. What inflates to more than it may (`Inflater`) and shrinks to less
 * than a 190th of its length does so within them.
 */
const MOST_KEPT = 3 * 1024 ** 2;

/** Says how many bytes to inflate next: the more the last ones became, the fewer. */
export class DeflatedPieces {
  bytes = DEFLATED_PIECE_BYTES;

  /** @param inflated bytes that `deflated` bytes became */
  note(deflated: number, inflated: number): void {
    if (inflated === 0) return;
    const bytes = Math.ceil((deflated * PIECE_BYTES) / inflated);
    this.bytes = Math.max(LEAST_PIECE_BYTES, Math.min(DEFLATED_PIECE_BYTES, bytes));
  }
}

/**
 * The source of a file, with the beginning of a deflated one. A file of a megabyte may inflate to a gigabyte, and is refused for
 * that; but until then its inflated copy would have been written to R2, a hundred times as much as its sender has sent. So a file
 * that inflates suspiciously well is first read as far as it may be kept, only to see whether it is refused.
 */
export class DeflatedStart implements ByteReader {
  private readonly kept: Uint8Array[] = [];
  /** Chunks that were read from the source and not yet from this. */
  private readonly ahead: Uint8Array[] = [];
  private length = 0;
  private held = 0;
  /** Whether all bytes so far are kept. */
  private isWhole = true;

  constructor(
    private readonly source: ByteReader,
    private readonly memory: HeldMemory,
  ) {}

  async read(): Promise<Uint8Array | null> {
    return this.ahead.shift() ?? (await this.source.read());
  }

  /** Keeps a chunk that was read. */
  keep(chunk: Uint8Array): void {
    if (!this.isWhole) return;
    this.length += chunk.length;
    if (this.length <= MOST_KEPT) this.kept.push(this.copied(chunk));
    else this.forget();
  }

  /** Keeps nothing any more. */
  forget(): void {
    this.isWhole = false;
    this.kept.length = 0;
    this.memory.release(this.held);
    this.held = 0;
  }

  /** @param deflated bytes of the file that became `inflated` bytes */
  isSuspicious(deflated: number, inflated: number): boolean {
    return this.isWhole && inflated > TRUSTED_BYTES && inflated > TRUSTED_RATIO * deflated;
  }

  /**
   * Looks through what was kept, the chunk that is being read, and what follows it. Afterwards, nothing more is kept.
   * @param reader a new one
   * @returns the chunk, which the next read of the source makes invalid
   * @throws DicomError when the file cannot be stored
   */
  async lookThrough(chunk: Uint8Array, reader: InstanceReader): Promise<Uint8Array> {
    const current = this.copied(chunk);
    const look = new DeflatedLook(reader);
    for (const bytes of [...this.kept, current]) await look.at(bytes);
    let length = this.length + current.length;
    while (length < MOST_KEPT) {
      const next = await this.source.read();
      if (next === null) break;
      const copy = this.copied(next);
      this.ahead.push(copy);
      length += copy.length;
      await look.at(copy);
    }
    this.forget();
    return current;
  }

  private copied(chunk: Uint8Array): Uint8Array {
    this.memory.hold(chunk.length);
    this.held += chunk.length;
    return chunk.slice();
  }
}

/** Reads a file only to see whether it is refused. */
class DeflatedLook {
  private readonly pauses = new Pauses(PIECE_BYTES);
  private readonly pieces = new DeflatedPieces();

  constructor(private readonly reader: InstanceReader) {}

  async at(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + this.pieces.bytes);
      reading(() => this.reader.push(piece));
      const inflated = this.reader.takeInflated().reduce((sum, { length }) => sum + length, 0);
      this.pieces.note(piece.length, inflated);
      if (this.pauses.due(inflated)) await this.pauses.pause();
      at += piece.length;
    }
  }
}
