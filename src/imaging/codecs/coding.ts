import { CodecError } from '../codec';
import type { Frame, ImageFormat } from '../frame';
import { interleaved } from '../interleave';
import { bytesOfSample, cellsOf } from './samples';

/** How the samples of a frame are written to a lossless code stream. */
export interface Coding {
  /** The frame's format with interleaved samples, planarConfiguration 0. */
  readonly format: ImageFormat;
  readonly cells: Uint8Array | Uint16Array;
  /** Bits of a sample in the code stream: Bits Stored or Bits Allocated. */
  readonly precision: number;
}

/** Part of an image. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The precision is that of the stored bits if all readers then return the right cells. Otherwise it is that of the cells,
 * as in files of other software: DCMTK and GDCM refuse 8 bits or less for cells of 16 bits, and some readers do not extend
 * signed samples whose code stream does not tell their sign.
 * @param signs whether the code stream tells that samples are signed
 * @throws CodecError unsupported
 */
export function codingOf(frame: Frame, signs: boolean): Coding {
  const { format, bytes } = interleaved(frame);
  const { rows, columns, samplesPerPixel: samples, bitsAllocated, bitsStored, highBit, sampleType } = format;
  const native = format.photometricInterpretation.endsWith('_422') || format.photometricInterpretation.endsWith('_420');
  const wide = sampleType === 'float' || (bitsAllocated !== 8 && bitsAllocated !== 16);
  if (wide || (samples !== 1 && samples !== 3) || native) {
    throw new CodecError('unsupported', 'the frame has samples that this compression cannot hold');
  }
  const length = rows * columns * samples * (bitsAllocated / 8);
  if (length === 0 || bytes.length < length)
    throw new CodecError('malformed', 'the frame is shorter than its description');
  const cells = cellsOf(bytes.subarray(0, length), bitsAllocated) as Uint8Array | Uint16Array;
  const low = highBit === bitsStored - 1 && bitsStored > 8 && bitsStored < bitsAllocated && (signs || !format.signed);
  return { format, cells, precision: low && fits(cells, format) ? bitsStored : bitsAllocated };
}

/** Whether the bits above the stored bits carry no information: they are zero, or repeat the sign. */
function fits(cells: Uint8Array | Uint16Array, { bitsAllocated, bitsStored, signed }: ImageFormat): boolean {
  const raise = signed ? 2 ** (bitsStored - 1) : 0;
  const all = 2 ** bitsAllocated - 1;
  const most = 2 ** bitsStored - 1;
  for (let index = 0; index < cells.length; index++) {
    if (((cells[index]! + raise) & all) > most) return false;
  }
  return true;
}

/**
 * Writes samples in the form that codecs expect: one or two bytes each, with only the bits of the precision.
 * @param raise adds half of the range to signed samples, so that none is negative
 */
export function fillSamples(space: Uint8Array, coding: Coding, region: Region, raise: boolean): void {
  const { cells, precision, format } = coding;
  const { columns, samplesPerPixel } = format;
  const to = cellsOf(space, bytesOfSample(precision) * 8);
  const mask = 2 ** precision - 1;
  const flip = raise && format.signed ? 2 ** (precision - 1) : 0;
  const length = region.width * samplesPerPixel;
  for (let row = 0; row < region.height; row++) {
    const from = ((region.y + row) * columns + region.x) * samplesPerPixel;
    const at = row * length;
    for (let index = 0; index < length; index++) to[at + index] = (cells[from + index]! ^ flip) & mask;
  }
}
