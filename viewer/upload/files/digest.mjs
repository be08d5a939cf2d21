import { createSHA256 } from 'hash-wasm';

/** Web Cryptography hashes only what is in memory whole. Larger files are hashed piece by piece, by WebAssembly. */
const WHOLE = 64 * 1024 * 1024;
const PIECE = 8 * 1024 * 1024;

/**
 * SHA-256 of a file.
 * @param {Blob} file
 * @param {AbortSignal} signal
 * @returns {Promise<string>} hexadecimal
 */
export async function sha256(file, signal) {
  if (file.size <= WHOLE) return hexadecimal(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
  const hash = await createSHA256();
  for (let at = 0; at < file.size; at += PIECE) {
    signal.throwIfAborted();
    hash.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
  }
  return hash.digest('hex');
}

/** @param {string} text */
export async function sha256OfText(text) {
  return hexadecimal(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

/** @param {ArrayBuffer} bytes */
function hexadecimal(bytes) {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
