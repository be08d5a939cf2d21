import { CodecError } from '../codec';

const MIB = 1024 * 1024;

/** Bytes that a decoded frame may have. */
export const DECODED_LIMIT = 48 * MIB;

/**
 * Bytes that images may take at once, in WebAssembly and outside: an isolate has 128 MB, of which the program, what it
 * caches and the rest of its requests take some. One image may have all of it, alone.
 */
export const ROOM = 116 * MIB;

/** Bytes that the codecs of an isolate may keep between frames: what WebAssembly once took it never gives back. */
export const IDLE_BYTES = 32 * MIB;

/** Bytes that images of several requests may take at once, while codecs keep what they may. */
export const SHARED_ROOM = ROOM - IDLE_BYTES;

/** @throws CodecError `too-large`, before anything is taken */
export function ensureRoom(decoded: number, needed: number, room = ROOM): void {
  if (decoded <= DECODED_LIMIT && needed <= room) return;
  const more = decoded <= DECODED_LIMIT && needed <= ROOM ? needed : undefined;
  throw new CodecError('too-large', 'the image needs more memory than a request may have', more);
}

/** Bytes of WebAssembly memory up to which a result is copied out; beyond, the memory is left to it. */
export const COPIED_BYTES = 80 * MIB;

/** A codec's own data and stack. */
export const BASE = 6 * MIB;

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
