import { counted } from '../support/counted.mjs';

/** WebAssembly core specification 5.5.8: the section that declares memories. */
const MEMORY = 5;
const HEADER = 8;
const HAS_MAXIMUM = 1;

/**
 * @param {Uint8Array} wasm a module that declares one memory
 * @param {{initial: number, maximum: number}} pages
 * @returns {Uint8Array} the same module with these limits
 */
export function fitMemory(wasm, pages) {
  for (let at = HEADER; at < wasm.length; ) {
    const size = unsigned(wasm, at + 1);
    const end = size.end + size.value;
    if (wasm[at] === MEMORY) {
      const count = unsigned(wasm, size.end);
      if (count.value !== 1) throw new Error(`The module declares ${counted(count.value, 'memory', 'memories')}.`);
      const content = [1, HAS_MAXIMUM, ...leb128(pages.initial), ...leb128(pages.maximum)];
      return Buffer.concat([
        wasm.subarray(0, at),
        Uint8Array.from([MEMORY, ...leb128(content.length), ...content]),
        wasm.subarray(end),
      ]);
    }
    at = end;
  }
  throw new Error('The module declares no memory of its own.');
}

/**
 * @param {Uint8Array} bytes
 * @param {number} start
 */
function unsigned(bytes, start) {
  let value = 0;
  let end = start;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[end++] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 128) return { value, end };
  }
}

/**
 * @param {number} value
 * @returns {number[]}
 */
function leb128(value) {
  return value < 128 ? [value] : [(value & 0x7f) | 0x80, ...leb128(value >>> 7)];
}
