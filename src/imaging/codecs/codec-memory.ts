import { CodecError } from '../codec';

const MIB = 1024 * 1024;

/** The largest number of bytes of a decoded frame: 4096 by 4096 pixels of 16 bits, or of 8 bits in colour. */
export const DECODED_LIMIT = 48 * MIB;

/**
 * Bytes of memory that images may take at once, inside and outside WebAssembly. An isolate has 128 MB, and the program,
 * its caches and other requests need some of it. A single image may take all of this.
 */
export const ROOM = 116 * MIB;

/** Bytes that the codecs of an isolate may keep between frames: WebAssembly memory never shrinks. */
export const IDLE_BYTES = 32 * MIB;

/** Bytes that images of several requests may take at once while codecs keep IDLE_BYTES. */
export const SHARED_ROOM = ROOM - IDLE_BYTES;

/** Checks the limits before any memory is taken. @throws CodecError `too-large` */
export function ensureRoom(decoded: number, needed: number, room = ROOM): void {
  if (decoded <= DECODED_LIMIT && needed <= room) return;
  const more = decoded <= DECODED_LIMIT && needed <= ROOM ? needed : undefined;
  throw new CodecError('too-large', 'the image needs more memory than a request may take', more);
}

/**
 * When the WebAssembly memory is at most this large, results are copied out of it. When it is larger, the result takes
 * over the memory.
 */
export const COPIED_BYTES = 80 * MIB;

/** A codec's own data and stack. */
export const BASE = 6 * MIB;

/**
 * Bytes of memory at the peak of decoding.
 * @param wasm bytes in the codec's memory
 * @param result bytes of the result, when it is copied out
 * @param codeStream bytes that stay in memory outside WebAssembly meanwhile
 */
export function atOnce(wasm: number, result: number, codeStream: number): number {
  const held = BASE + wasm;
  return (held + result <= COPIED_BYTES ? held + result : held) + codeStream;
}
