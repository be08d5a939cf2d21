import { discard } from '../bytes';
import type { Cache } from './lease';

/** Bytes of buffers that an isolate keeps: a few slices on their way, and what they are read into. */
const KEPT_BYTES = 4 * 1024 * 1024;

/**
 * Buffers of Store requests that an isolate keeps for the next ones. A request of one slice would otherwise leave almost a megabyte
 * to the garbage collector. The runtime collects everything when there are 64 MB, and each time it drops the optimized code that
 * depends on what it collects: compiling that again took longer than the collection.
 */
export class KeptBuffers implements Cache {
  /** The one that was given back last is at the end. */
  private kept: Uint8Array<ArrayBuffer>[] = [];
  bytes = 0;

  /** @returns a buffer of at least this size, which may hold bytes of an earlier request */
  take(size: number): Uint8Array<ArrayBuffer> {
    const at = this.kept.findLastIndex(({ length }) => length >= size && length <= size * 4);
    if (at < 0) return new Uint8Array(size);
    const [buffer] = this.kept.splice(at, 1);
    this.bytes -= buffer!.length;
    return buffer!;
  }

  /** Takes a buffer back. Nothing may read or write it afterwards, pending reads and writes included. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    if (buffer.length === 0 || buffer.length > KEPT_BYTES) return;
    this.kept.push(buffer);
    this.bytes += buffer.length;
    while (this.bytes > KEPT_BYTES) {
      const oldest = this.kept.shift()!;
      this.bytes -= oldest.length;
      discard(oldest);
    }
  }

  drop(): void {
    for (const buffer of this.kept) discard(buffer);
    this.kept = [];
    this.bytes = 0;
  }
}
