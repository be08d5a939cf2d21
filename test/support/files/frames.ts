import type { Frame, ImageFormat } from '../../../src/imaging/frame';
import { frameBytes } from '../../../src/imaging/frame';
import { seededRandom } from '../seeded-random';

/** The format of an image; monochrome of 16 bits by default. */
export function formatOf(parts: Partial<ImageFormat> = {}): ImageFormat {
  const bitsAllocated = parts.bitsAllocated ?? 16;
  const bitsStored = parts.bitsStored ?? bitsAllocated;
  const samplesPerPixel = parts.samplesPerPixel ?? 1;
  return {
    rows: 23,
    columns: 37,
    signed: false,
    photometricInterpretation: samplesPerPixel === 3 ? 'RGB' : 'MONOCHROME2',
    planarConfiguration: 0,
    sampleType: 'integer',
    highBit: bitsStored - 1,
    ...parts,
    samplesPerPixel,
    bitsAllocated,
    bitsStored,
  };
}

/** Generated images: noise takes every value that fits; ramps are easy to compress. */
export function frameOf(format: ImageFormat, kind: 'noise' | 'ramp' | 'extremes' = 'noise', seed = 1): Frame {
  const random = seededRandom(seed);
  const bytes = new Uint8Array(frameBytes(format));
  const cells = format.bitsAllocated === 8 ? bytes : new Uint16Array(bytes.buffer);
  const range = 2 ** format.bitsStored;
  for (let index = 0; index < cells.length; index++) {
    const value =
      kind === 'noise' ? random.below(range) : kind === 'extremes' ? random.pick([0, range - 1]) : (index * 3) % range;
    cells[index] = format.signed ? value - range / 2 : value;
  }
  return { format, bytes };
}
