import type { Frame, ImageFormat } from '../frame';

/** Samples in the form in which a code stream holds them. */
export interface CodedSamples {
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
  /** Bits of each sample. */
  readonly precision: number;
}

/** Bytes of a sample in the interface of a codec. */
export function bytesOfSample(precision: number): 1 | 2 {
  return precision <= 8 ? 1 : 2;
}

/** Bytes of the decoded frame. */
export function decodedBytes(coded: CodedSamples, bitsAllocated: number): number {
  return (coded.rows * coded.columns * coded.samples * bitsAllocated) / 8;
}

/** Bits Allocated for the samples: as many as the instance allocates, or more when the code stream needs more. */
export function allocatedFor(coded: CodedSamples, format: ImageFormat): 8 | 16 | 32 {
  const bits = Math.max(format.bitsAllocated, coded.precision);
  return bits <= 8 ? 8 : bits <= 16 ? 16 : 32;
}

/**
 * The format of a decoded frame. The code stream decides, unless its precision is the number of allocated bits: then it
 * does not show which bits belong to the pixel, and the instance decides (the other bits may hold overlays).
 */
export function decodedFormat(
  coded: CodedSamples,
  format: ImageFormat,
  photometricInterpretation: string,
): ImageFormat {
  const { rows, columns, samples, precision } = coded;
  const placed = precision === format.bitsAllocated && format.highBit < precision;
  return {
    rows,
    columns,
    samplesPerPixel: samples,
    bitsAllocated: allocatedFor(coded, format),
    bitsStored: placed ? format.bitsStored : precision,
    highBit: placed ? format.highBit : precision - 1,
    signed: format.signed,
    photometricInterpretation,
    planarConfiguration: 0,
    sampleType: 'integer',
  };
}

/**
 * Photometric Interpretation of the data set, unless it does not match the samples: their number is different, or there
 * is chrominance for every pixel, which YBR_FULL_422 does not have (PS3.3 C.7.6.3.1.2).
 */
export function photometricOf(samples: number, format: ImageFormat): string {
  const { photometricInterpretation } = format;
  if (samples !== format.samplesPerPixel) return samples === 1 ? 'MONOCHROME2' : 'RGB';
  return photometricInterpretation === 'YBR_FULL_422' ? 'YBR_FULL' : photometricInterpretation;
}

/**
 * Makes a frame of the samples that a lossless codec returned. Single-bit samples, which take a whole sample each in
 * code streams, are packed as the instance says (PS3.5 8.1.1).
 * @param coded one or two bytes for each sample; the frame takes them over
 * @param offset the codec added half of the range to signed samples
 */
export function frameOfSamples(
  bytes: Uint8Array,
  coded: CodedSamples,
  format: ImageFormat,
  photometricInterpretation: string,
  offset = false,
): Frame {
  const described = decodedFormat(coded, format, photometricInterpretation);
  const frame = { format: described, bytes: toCells(bytes, coded.precision, offset, described) };
  return format.bitsAllocated === 1 && coded.samples === 1 && described.bitsAllocated === 8 ? packed(frame) : frame;
}

function packed({ format, bytes: pixels }: Frame): Frame {
  const bytes = packedBits(pixels);
  return { format: { ...format, bitsAllocated: 1, bitsStored: 1, highBit: 0, signed: false }, bytes };
}

/**
 * Packs pixels of one byte each into bits. Non-zero pixels are set; the first pixel is the lowest bit of the first
 * byte.
 */
export function packedBits(pixels: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(pixels.length / 8));
  for (let at = 0; at < pixels.length; at++) if (pixels[at] !== 0) bytes[at >> 3]! |= 1 << (at & 7);
  return bytes;
}

type Cells = Uint8Array | Uint16Array | Uint32Array;

/**
 * Converts the samples of a codec to the size that the instance allocates, with a sign where they have one. Pixel
 * Representation decides about the sign, as for other readers, whatever the code stream says.
 * @param coded one or two bytes for each sample
 * @param offset the codec added half of the range to signed samples
 * @returns the same bytes, changed in place, when they have that size already and are aligned
 */
export function toCells(coded: Uint8Array, precision: number, offset: boolean, format: ImageFormat): Uint8Array {
  const from = cellsOf(coded, bytesOfSample(precision) * 8);
  const signed = format.signed && precision < format.bitsAllocated;
  const flip = offset ? 2 ** (precision - 1) : 0;
  const same = from.BYTES_PER_ELEMENT * 8 === format.bitsAllocated;
  if (same && !signed && flip === 0) return coded;
  const bytes = same
    ? new Uint8Array(from.buffer, from.byteOffset, from.byteLength)
    : new Uint8Array((from.length * format.bitsAllocated) / 8);
  const to = cellsOf(bytes, format.bitsAllocated);
  const shift = signed ? 32 - precision : 0;
  for (let index = 0; index < from.length; index++) to[index] = ((from[index]! ^ flip) << shift) >> shift;
  return bytes;
}

/** The bytes as numbers of 8, 16 or 32 bits; a copy when they are not aligned. */
export function cellsOf(bytes: Uint8Array, bits: number): Cells {
  if (bits === 8) return bytes;
  const aligned = bytes.byteOffset % (bits / 8) === 0 ? bytes : bytes.slice();
  const length = Math.floor(aligned.length / (bits / 8));
  return bits === 16
    ? new Uint16Array(aligned.buffer, aligned.byteOffset, length)
    : new Uint32Array(aligned.buffer, aligned.byteOffset, length);
}
