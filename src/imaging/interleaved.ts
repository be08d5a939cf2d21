import type { Frame } from './frame';

/**
 * The frame with the samples of each pixel together: Planar Configuration 0 (PS3.3 C.7.6.3.1.3).
 * @returns the frame itself when they are, or when bits are packed
 */
export function toInterleaved(frame: Frame): Frame {
  const { format, bytes } = frame;
  const { samplesPerPixel, bitsAllocated } = format;
  if (samplesPerPixel === 1 || format.planarConfiguration === 0 || bitsAllocated % 8 !== 0) return frame;
  return {
    format: { ...format, planarConfiguration: 0 },
    bytes: interleave(bytes, samplesPerPixel, bitsAllocated / 8),
  };
}

/** @param bytes planes one after the other, `size` bytes for each of their samples */
export function interleave(bytes: Uint8Array, planes: number, size: number): Uint8Array {
  const pixels = Math.floor(bytes.length / (planes * size));
  const together = new Uint8Array(pixels * planes * size);
  for (let plane = 0; plane < planes; plane++) {
    for (let byte = 0; byte < size; byte++) {
      let from = plane * pixels * size + byte;
      let to = plane * size + byte;
      for (let pixel = 0; pixel < pixels; pixel++, from += size, to += planes * size) together[to] = bytes[from]!;
    }
  }
  return together;
}
