import { discard } from '../bytes';
import { POOL } from './upload-memory';

/**
 * Buffers that are used again: a request of thousands of instances would leave gigabytes to the collector, which takes
 * its time, while the isolate's 128 MB do not wait.
 */
export class BufferPool {
  private readonly free: Uint8Array<ArrayBuffer>[] = [];
  private bytes = 0;

  /** @returns a buffer of at least this size; what is in it is left from before */
  take(size: number): Uint8Array<ArrayBuffer> {
    let best = -1;
    for (const [at, { length }] of this.free.entries()) {
      if (length >= size && length <= size * 4 && (best < 0 || length < this.free[best]!.length)) best = at;
    }
    if (best < 0) return new Uint8Array(size);
    const [buffer] = this.free.splice(best, 1);
    this.bytes -= buffer!.length;
    return buffer!;
  }

  /** Nobody may use the buffer afterwards. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    if (buffer.length === 0) return;
    if (this.bytes + buffer.length > POOL) {
      discard(buffer);
      return;
    }
    this.bytes += buffer.length;
    this.free.push(buffer);
  }
}
