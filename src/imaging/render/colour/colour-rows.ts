import { type Frame, frameBytes } from '../../frame';
import { StoredValues } from '../grey/stored-values';
import type { RowSource } from '../row-source';
import { RenderError } from '../settings';
import { toRgb } from './photometric';

/**
 * Makes RGB rows of a frame with three samples per pixel (PS3.3 C.7.6.3.1.2, C.7.6.3.1.3). Samples that do not have 8 bits
 * are scaled to 8 bits.
 * @throws RenderError `unsupported` for an unknown colour space
 */
export function colourRows(frame: Frame): RowSource {
  const { format, bytes } = frame;
  const { rows, columns, photometricInterpretation } = format;
  const convert = toRgb(photometricInterpretation);
  if (convert === undefined) throw new RenderError('unsupported', 'the photometric interpretation is not supported');
  const samples = byteSamples(frame);
  const planar = format.planarConfiguration === 1;
  // Some writers use this name but keep all samples: the length decides.
  const halved = frameBytes(format) < frameBytes({ ...format, photometricInterpretation: 'RGB' });
  const shared = halved && bytes.length < frameBytes({ ...format, photometricInterpretation: 'RGB' });
  const pixels = rows * columns;
  const scratch = new Uint8Array(shared ? columns * 2 + 8 : columns);
  const plain = convert === null && !planar && format.bitsAllocated === 8 && format.bitsStored === 8;
  return {
    width: columns,
    height: rows,
    samples: 3,
    ...(plain && bytes.length >= pixels * 3 && { whole: bytes.subarray(0, pixels * 3) }),
    row(y, into) {
      const first = y * columns;
      if (shared) {
        unshare(samples, first, columns, scratch, into);
      } else if (planar) {
        for (let plane = 0; plane < 3; plane++) {
          samples(plane * pixels + first, columns, scratch);
          for (let x = 0; x < columns; x++) into[x * 3 + plane] = scratch[x]!;
        }
      } else samples(first * 3, columns * 3, into);
      convert?.(into, columns);
    },
  };
}

/** Reads pairs of pixels that share their chrominance: Y, Y, Cb, Cr, counted over the whole frame. */
function unshare(
  samples: (first: number, count: number, into: Uint8Array) => void,
  first: number,
  columns: number,
  scratch: Uint8Array,
  into: Uint8Array,
): void {
  const pair = first >> 1;
  const pairs = ((first + columns + 1) >> 1) - pair;
  samples(pair * 4, pairs * 4, scratch);
  for (let x = 0; x < columns; x++) {
    const at = (((first + x) >> 1) - pair) * 4;
    into[x * 3] = scratch[at + ((first + x) & 1)]!;
    into[x * 3 + 1] = scratch[at + 2]!;
    into[x * 3 + 2] = scratch[at + 3]!;
  }
}

/** Reads samples and scales them to 8 bits: the lowest possible value becomes 0, the highest 255. */
function byteSamples(frame: Frame): (first: number, count: number, into: Uint8Array) => void {
  const values = new StoredValues(frame);
  const { format, bytes } = frame;
  const lowest = format.signed ? -(2 ** (values.bits - 1)) : 0;
  const most = 2 ** values.bits - 1;
  const scaled = (value: number) => Math.floor(((value - lowest) / most) * 255 + 0.5);
  if (format.sampleType === 'float') throw new RenderError('unsupported', 'floating point samples cannot be colours');
  if (format.bitsAllocated === 8 && values.bits === 8 && !format.signed) {
    return (first, count, into) => {
      const have = bytes.subarray(first, first + count);
      into.set(have);
      into.fill(0, have.length, count);
    };
  }
  if (values.tabular) {
    const table = Uint8Array.from({ length: most + 1 }, (_, pattern) => scaled(values.valueOf(pattern)));
    let patterns = new Uint16Array(0);
    return (first, count, into) => {
      if (patterns.length < count) patterns = new Uint16Array(count);
      values.patterns(first, count, patterns);
      for (let at = 0; at < count; at++) into[at] = table[patterns[at]!]!;
    };
  }
  let numbers = new Float64Array(0);
  return (first, count, into) => {
    if (numbers.length < count) numbers = new Float64Array(count);
    values.values(first, count, numbers);
    for (let at = 0; at < count; at++) into[at] = scaled(numbers[at]!);
  };
}
