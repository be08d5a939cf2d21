import { colourTransformOf, withColourTransform } from '../../src/imaging/codecs/jpeg/jpeg-colour';
import { jpegHeader } from '../../src/imaging/codecs/jpeg/jpeg-markers';
import { contiguousCodeStream, readJpeg2000Header } from '../../src/imaging/codecs/jpeg2000/jpeg2000-header';
import { ensureWhole } from '../../src/imaging/codecs/jpeg2000/jpeg2000-tiles';
import { decodeRLE } from '../../src/imaging/codecs/rle';
import { toRgb } from '../../src/imaging/render/colour/photometric';
import { unfoldSegments } from '../../src/imaging/render/colour/segmented-palette';

/*
 * Corrections of how OHIF handles pixels, so that it shows the same as the archive's own pictures.
 * scripts/viewer/pixel-patches.mjs names the places in OHIF that call this.
 */

const JPEG_BASELINE = '1.2.840.10008.1.2.4.50';
/** Those of JPEG 2000 of which OHIF does not decode the beginning before the end has arrived. */
const WHOLE_JPEG_2000 = ['1.2.840.10008.1.2.4.90', '1.2.840.10008.1.2.4.91', '1.2.840.10008.1.2.4.201'];
/** ILV of JPEG-LS. */
const NOT_INTERLEAVED = 0;
const RLE = '1.2.840.10008.1.2.5';
const NATIVE = ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.1.99', '1.2.840.10008.1.2.2'];

/**
 * Decodes a frame, given to the decoder as the decoder needs it. A decoder that finds no image in a frame says so by an
 * empty image; OHIF would show it as a black one. Decoders of JPEG 2000 silently invent what is missing at the end of a
 * frame.
 * @param {any} image what OHIF knows of the frame
 * @param {string} transferSyntaxUID
 * @param {Uint8Array} frame
 * @param {(frame: Uint8Array) => Promise<any>} decode
 * @returns {Promise<any>} rejects if the frame has no image
 */
export async function decoded(image, transferSyntaxUID, frame, decode) {
  if (WHOLE_JPEG_2000.includes(transferSyntaxUID)) {
    const codeStream = contiguousCodeStream(frame);
    ensureWhole(codeStream, readJpeg2000Header(codeStream));
  }
  if (transferSyntaxUID === RLE && image.samplesPerPixel === 3 && image.bitsAllocated > 8) {
    return withKnownColours(inBytes(await withLongSamples(image, frame)), false);
  }
  const isNative = NATIVE.includes(transferSyntaxUID);
  const found = await decode(isNative ? withWholeBytes(image, frame) : withColours(image, transferSyntaxUID, frame));
  if (!(found?.rows > 0 && found.columns > 0)) throw new Error('There is no image in the frame.');
  // JPEG-LS leaves the samples as they lie in the code stream (ISO 14495-1 C.2.3), whatever Planar Configuration says.
  if (found.samplesPerPixel === 3 && found.interleaveMode !== undefined) {
    found.planarConfiguration = found.interleaveMode === NOT_INTERLEAVED ? 1 : 0;
  }
  return withKnownColours(inBytes(found), isNative);
}

/** Colours of more than 8 bits in RLE: OHIF decodes one sample of them. @param {any} image changed @param {Uint8Array} frame */
async function withLongSamples(image, frame) {
  const { bytes } = await decodeRLE(frame, image);
  const pixelData = image.bitsAllocated === 16 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
  return Object.assign(image, { pixelData, planarConfiguration: 0, smallestPixelValue: 0, largestPixelValue: 255 });
}

/**
 * A decoded colour frame whose samples have one byte. OHIF draws the lower byte of longer samples.
 * @param {any} image decoded; changed
 */
export function inBytes(image) {
  const { samplesPerPixel, bitsStored, pixelData } = image;
  const isLonger = pixelData?.BYTES_PER_ELEMENT > 1 && !(pixelData instanceof Float32Array);
  if (samplesPerPixel !== 3 || !isLonger) return image;
  const pixels = Uint8Array.from(pixelData, (value) => Math.floor(value / 2 ** (bitsStored - 8)));
  return Object.assign(image, {
    pixelData: pixels,
    pixelDataLength: pixels.length,
    bitsAllocated: 8,
    bitsStored: 8,
    highBit: 7,
  });
}

/**
 * A decoded frame in a colour space that OHIF converts: it knows no YBR_PARTIAL_422, and no YBR_FULL_422 whose
 * chrominance was kept for every pixel (PS3.3 C.7.6.3.1.2). Uncompressed pixels with all samples are RGB under these
 * names, as the archive has it (formatByLength in src/imaging/image-format.ts).
 * @param {any} image decoded; changed
 * @param {boolean} isNative not compressed
 */
export function withKnownColours(image, isNative) {
  const { rows, columns, photometricInterpretation, planarConfiguration, pixelData } = image;
  const pixels = rows * columns;
  const isWhole = pixelData?.length === pixels * 3;
  if (!(pixelData instanceof Uint8Array) || !(isWhole || pixelData.length === pixels * 2)) return image;
  const isNamed422 = photometricInterpretation?.endsWith('_422');
  if (isNamed422 && isWhole && isNative) return Object.assign(image, { photometricInterpretation: 'RGB' });
  if (photometricInterpretation === 'YBR_FULL_422' && isWhole) image.photometricInterpretation = 'YBR_FULL';
  if (photometricInterpretation !== 'YBR_PARTIAL_422') return image;
  const rgb = new Uint8Array(pixels * 3).map((_, at) => {
    const [pixel, sample] = [Math.floor(at / 3), at % 3];
    if (isWhole) return pixelData[planarConfiguration ? sample * pixels + pixel : at] ?? 0;
    // Pairs of Y, Y, Cb, Cr.
    return pixelData[(pixel >> 1) * 4 + (sample === 0 ? pixel & 1 : sample + 1)] ?? 0;
  });
  toRgb(photometricInterpretation)?.(rgb, pixels);
  return Object.assign(image, {
    pixelData: rgb,
    pixelDataLength: rgb.length,
    photometricInterpretation: 'RGB',
    planarConfiguration: 0,
  });
}

/**
 * Pixels of one bit, each in a byte. OHIF takes eight of them for one pixel.
 * @param {{ bitsAllocated: number, rows: number, columns: number, samplesPerPixel: number }} image
 * @param {Uint8Array} frame as stored, or unpacked already
 */
export function withWholeBytes({ bitsAllocated, rows, columns, samplesPerPixel }, frame) {
  const pixels = rows * columns * samplesPerPixel;
  if (bitsAllocated !== 1 || frame.length >= pixels) return frame;
  // The first pixel is the lowest bit: PS3.5 8.1.1.
  return Uint8Array.from({ length: pixels }, (_, at) => ((frame[at >> 3] ?? 0) >> (at & 7)) & 1);
}

/**
 * A colour frame in JPEG that says whether it is RGB or YCbCr. The browser decodes it, and takes a frame that does not say for
 * YCbCr, whatever Photometric Interpretation is.
 * @param {{ samplesPerPixel: number, photometricInterpretation: string }} image
 * @param {string} transferSyntaxUID
 * @param {Uint8Array} frame
 */
export function withColours({ samplesPerPixel, photometricInterpretation }, transferSyntaxUID, frame) {
  if (transferSyntaxUID !== JPEG_BASELINE || samplesPerPixel !== 3) return frame;
  try {
    return withColourTransform(frame, colourTransformOf(jpegHeader(frame), photometricInterpretation));
  } catch {
    // The decoder says what is wrong with the frame.
    return frame;
  }
}

/**
 * The entries of a Segmented Palette Color Lookup Table (PS3.3 C.7.9.2).
 * @param {any} data the attribute, as OHIF keeps it: in the metadata, or to be retrieved
 * @param {readonly number[]} descriptor number of entries, first value, bits
 * @returns {Promise<number[]>}
 */
export async function paletteOfSegments(data, descriptor) {
  const value = Array.isArray(data) ? data[0] : data;
  data.unfolded ??= bytesOf(value).then((bytes) => Array.from(unfoldSegments(bytes, Number(descriptor[2]) > 8)));
  return await data.unfolded;
}

/** @param {any} value */
async function bytesOf(value) {
  if (value.InlineBinary !== undefined) return Uint8Array.from(atob(value.InlineBinary), (c) => c.charCodeAt(0));
  const found = value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? value : await value.retrieveBulkData();
  return ArrayBuffer.isView(found)
    ? new Uint8Array(found.buffer, found.byteOffset, found.byteLength)
    : new Uint8Array(found);
}
