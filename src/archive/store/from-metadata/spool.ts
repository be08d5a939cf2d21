import type { BulkSource } from '../../../dicom/instance/bulk-source';
import { BufferPool } from '../../memory/buffer-pool';
import type { HeldMemory } from '../../memory/held-memory';
import { spoolKey } from '../../object-keys';
import type { ObjectStore } from '../../object-store';
import type { ByteReader } from '../incoming/byte-reader';
import { ObjectWriter } from '../incoming/object-writer';

/** A piece of up to this many bytes stays in memory while there is room. */
const SMALL_BYTES = 64 * 1024;

/** Bytes that small pieces may hold together. */
const HELD_BYTES = 4 * 1024 * 1024;

/** Each piece takes one R2 read, and its instance takes one R2 write: 8,000 of the 10,000 subrequests. */
const MAX_SPOOLED = 4000;

const READ_BYTES = 256 * 1024;

/** Bulk data that waits until its instance is written. */
export interface SpooledPiece extends BulkSource {
  /** May be called several times: instances may share bulk data. */
  open(): AsyncIterable<Uint8Array>;
  /** The bytes from `offset` on: `length` of them, or all. */
  part(offset: number, length?: number): SpooledPiece;
}

/**
 * Keeps the bulk data of one request until the metadata arrives that says to which attributes it belongs. Small pieces
 * are held in memory, within bounds. The others are written one after the other to one object under unfiled/, which is
 * deleted when the request is done. If the request ends before that, the sweeper finds the object.
 */
export class Spool {
  /** R2 failed: the bulk data that was to be spooled is lost. */
  failed = false;
  private readonly key = spoolKey();
  private head: Uint8Array<ArrayBuffer> | undefined;
  private writer: ObjectWriter | undefined;
  private finished = false;
  private spooled = 0;
  private held = 0;

  constructor(
    private readonly objects: ObjectStore,
    private readonly partBytes: number,
    private readonly memory: HeldMemory,
    private pool: BufferPool,
  ) {}

  /**
   * Takes a piece in.
   * @returns the piece and its first 64 KiB, which are valid until the next call; undefined when there are too many
   * pieces
   * @throws the error of the source: the piece is then given up
   */
  async write(source: ByteReader): Promise<{ piece: SpooledPiece; head: Uint8Array } | undefined> {
    // Most requests have no bulk data.
    this.head ??= new Uint8Array(SMALL_BYTES);
    let filled = 0;
    for (let chunk = await source.read(); chunk !== null; chunk = await source.read()) {
      const taken = Math.min(chunk.length, SMALL_BYTES - filled);
      this.head.set(chunk.subarray(0, taken), filled);
      filled += taken;
      if (taken < chunk.length) return await this.spool(this.head.subarray(0, filled), chunk.subarray(taken), source);
    }
    const head = this.head.subarray(0, filled);
    if (this.held + filled > HELD_BYTES) return await this.spool(head, new Uint8Array(0), source);
    this.held += filled;
    this.memory.hold(filled);
    return { piece: heldPiece(head.slice()), head };
  }

  /** Ends the writing. After that the pieces can be read. */
  async finish(): Promise<void> {
    const { writer } = this;
    if (writer === undefined) return;
    await this.guard(() => writer.finish());
    if (this.failed) return;
    this.finished = true;
    // This also frees the buffers of the writer.
    this.writer = undefined;
    this.pool = new BufferPool();
  }

  /** Deletes the object: it belongs to this request alone, and no row has ever named it. */
  async discard(): Promise<void> {
    this.memory.release(this.held);
    this.held = 0;
    if (this.finished) await this.objects.delete([this.key]).catch(() => undefined);
    await this.writer?.abort().catch(() => undefined);
  }

  private async spool(
    head: Uint8Array,
    chunk: Uint8Array,
    source: ByteReader,
  ): Promise<{ piece: SpooledPiece; head: Uint8Array } | undefined> {
    this.spooled += 1;
    if (this.spooled > MAX_SPOOLED) return undefined;
    this.writer ??= new ObjectWriter(this.objects, () => this.key, this.partBytes, this.memory, this.pool);
    const writer = this.writer;
    const offset = writer.length;
    await this.guard(() => writer.write(head));
    for (let next: Uint8Array | null = chunk; next !== null && !this.failed; next = await source.read()) {
      const bytes = next;
      await this.guard(() => writer.write(bytes));
    }
    return { piece: this.piece(offset, writer.length - offset), head };
  }

  private piece(start: number, whole: number): SpooledPiece {
    return {
      length: whole,
      open: () => this.read(start, whole),
      part: (offset, length = whole - offset) => this.piece(start + offset, Math.min(length, whole - offset)),
    };
  }

  private async *read(offset: number, length: number): AsyncIterable<Uint8Array> {
    if (this.failed) throw new Error('bulk data could not be kept');
    if (length === 0) return;
    const body = await this.objects.read(this.key, { offset, length });
    if (body === null) throw new Error('the spooled bulk data is missing');
    const reader = body.getReader({ mode: 'byob' });
    let buffer = this.pool.take(READ_BYTES);
    try {
      for (;;) {
        const { value, done } = await reader.read(buffer);
        if (done || value === undefined) return;
        yield value;
        buffer = new Uint8Array(value.buffer as ArrayBuffer);
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  private async guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch {
      this.failed = true;
    }
  }
}

function heldPiece(bytes: Uint8Array): SpooledPiece {
  return {
    length: bytes.length,
    async *open() {
      yield bytes;
    },
    part: (offset, length = bytes.length - offset) => heldPiece(bytes.subarray(offset, offset + length)),
  };
}
