/** The layout of the samples in the bytes of a frame: Image Pixel Module, PS3.3 C.7.6.3. */
export interface ImageFormat {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: number;
  /** 1, or a multiple of 8, for frames from a decoder; any number from 1 to 64 for native frames. */
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  /** Pixel Representation (0028,0103) is 1: two's complement. */
  readonly signed: boolean;
  readonly photometricInterpretation: string;
  /** 0: the samples of a pixel are interleaved; 1: each sample has a plane of its own. */
  readonly planarConfiguration: number;
  /** Float Pixel Data (7FE0,0008) and Double Float Pixel Data (7FE0,0009) hold IEEE 754 numbers. */
  readonly sampleType: 'integer' | 'float';
}

/** One uncompressed frame, little-endian as in Explicit VR Little Endian (PS3.5 8.1.1, 8.2). */
export interface Frame {
  readonly format: ImageFormat;
  /** A frame with one bit per pixel is packed: the first pixel is the lowest bit of the first byte. */
  readonly bytes: Uint8Array;
}

/** Bytes of a frame without padding. Native YBR_FULL_422 shares two of three samples between two pixels. */
export function frameBytes(format: ImageFormat): number {
  const { rows, columns, samplesPerPixel, bitsAllocated, photometricInterpretation } = format;
  const halved = photometricInterpretation.endsWith('_422') && samplesPerPixel === 3;
  return Math.ceil((rows * columns * (halved ? 2 : samplesPerPixel) * bitsAllocated) / 8);
}
