import { hexadecimal } from '../bytes';
import compiled from './wasm/sha256.wasm';

/** What the WebAssembly of hash-wasm exports (scripts/codecs.mjs). */
interface Exports {
  readonly memory: WebAssembly.Memory;
  /** Where it takes bytes from, and puts the digest. */
  Hash_GetBuffer(): number;
  /** @param bits of the digest */
  Hash_Init(bits: number): void;
  Hash_Update(length: number): void;
  Hash_Final(): void;
}

/** Bytes of its buffer. */
const BUFFER_BYTES = 16 * 1024;
const DIGEST_BYTES = 32;

/** Bytes of memory of one instance. */
export const DIGEST_MEMORY = 128 * 1024;

/**
 * The SHA-256 of bytes that arrive in several requests. A digest of the platform belongs to the request that began it.
 * This one needs only memory, so another request can continue it, and it takes some six times as long.
 */
export class RunningDigest {
  private readonly exports = new WebAssembly.Instance(compiled).exports as unknown as Exports;
  private readonly buffer = new Uint8Array(this.exports.memory.buffer, this.exports.Hash_GetBuffer(), BUFFER_BYTES);

  constructor() {
    this.exports.Hash_Init(8 * DIGEST_BYTES);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += BUFFER_BYTES) {
      const some = bytes.subarray(at, at + BUFFER_BYTES);
      this.buffer.set(some);
      this.exports.Hash_Update(some.length);
    }
  }

  /** The digest, hexadecimal. The caller asks for it once, after the last write. */
  async digest(): Promise<string> {
    this.exports.Hash_Final();
    return hexadecimal(this.buffer.slice(0, DIGEST_BYTES));
  }
}
