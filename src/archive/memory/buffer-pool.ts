import { discard } from '../bytes';
import { KeptBuffers } from './kept-buffers';
import { POOL } from './upload-memory';

/**
 * Buffers that are reused. A request of thousands of instances would otherwise leave gigabytes to the garbage
 * collector, which frees memory too late for an isolate of 128 MB.
 */
export class BufferPool {
  private readonly free: Uint8Array<ArrayBuffer>[] = [];
  private bytes = 0;

  /**
   * @param expected how many bytes the first buffer is likely to need. A buffer that grows instead leaves as many bytes again to the
   * garbage collector
   * @param isolate what buffers come from, and where they go in the end
   */
  constructor(
    private expected = 0,
    private readonly isolate = new KeptBuffers(),
  ) {}

  /** @returns a buffer of at least this size; it still holds bytes of its last use */
  take(size: number): Uint8Array<ArrayBuffer> {
    let best = -1;
    for (const [at, { length }] of this.free.entries()) {
      if (length >= size && length <= size * 4 && (best < 0 || length < this.free[best]!.length)) best = at;
    }
    if (best < 0) {
      const length = Math.max(size, this.expected);
      this.expected = 0;
      return this.isolate.take(length);
    }
    const [buffer] = this.free.splice(best, 1);
    this.bytes -= buffer!.length;
    return buffer!;
  }

  /** Takes a buffer back. The caller must not use it afterwards. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    if (buffer.length === 0) return;
    if (this.bytes + buffer.length > POOL) {
      discard(buffer);
      return;
    }
    this.bytes += buffer.length;
    this.free.push(buffer);
  }

  /** Leaves the buffers to other requests. Nothing may use a buffer of this pool afterwards. */
  end(): void {
    for (const buffer of this.free.splice(0)) this.isolate.give(buffer);
    this.bytes = 0;
  }
}
