import { CodecError } from '../codec';

const MIB = 1024 * 1024;

/** Bytes that a decoded frame may have. */
export const DECODED_LIMIT = 48 * MIB;

/** Bytes that one frame may take at once, in WebAssembly and outside: an isolate has 128 MB, and code takes some. */
export const ROOM = 114 * MIB;

/** @throws CodecError `too-large`, before anything is taken */
export function ensureRoom(decoded: number, atOnce: number): void {
  if (!(decoded <= DECODED_LIMIT && atOnce <= ROOM)) {
    throw new CodecError('too-large', 'the image needs more memory than a request may have');
  }
}

/** Bytes of WebAssembly memory up to which a result is copied out; beyond, the memory is left to it. */
export const COPIED_BYTES = 80 * MIB;

/** A codec's own data and stack. */
const BASE = 6 * MIB;

/**
 * Bytes taken at the worst moment of decoding.
 * @param wasm in the codec's memory
 * @param result of it, copied out
 * @param codeStream held outside the while
 */
export function atOnce(wasm: number, result: number, codeStream: number): number {
  const held = BASE + wasm;
  return (held + result <= COPIED_BYTES ? held + result : held) + codeStream;
}
