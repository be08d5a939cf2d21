import { transferSyntaxOf } from '../dictionary/transfer-syntaxes';
import type { DicomJson } from '../json/json-model';
import { erasableRLE, type RLEImage } from '../pixels/rle-eraser';
import {
  canClear,
  hasEmbeddedOverlay,
  hasOverlayInSample,
  numberOf,
  type SampleBits,
  sampleBits,
} from '../pixels/unused-bits';

/** What is cleared while pixel data is sent, so that it holds the image and nothing else. */
export interface PixelClearing {
  /** The unused bits of uncompressed pixel cells; absent when a sample takes the whole cell. */
  readonly bits?: SampleBits;
  /** The form of the image, when its frames are in RLE Lossless. */
  readonly rle?: RLEImage;
}

const RLE = '1.2.840.10008.1.2.5';
const OVERLAY = 'its pixel data may hold an overlay that cannot be removed';

/**
 * Says how the pixel data of an instance is cleared of what may hide beside the image: overlays in unused bits (PS3.5
 * 8.1.2), which the profile removes (PS3.15 table E.1-1, Overlay Data), and other bytes in RLE frames. The bits are
 * cleared even when the data set describes no overlay in them, because an earlier archive may have removed only the
 * attributes of the overlay. Some compressions leave no bits unused, because they code only the stored bits of a
 * sample. With any other compression except RLE, pixels are withheld when the data set describes an overlay.
 * @returns a sentence, as identifyingPixels does, when the pixel data cannot be cleared
 */
export function pixelClearing(dataSet: DicomJson, transferSyntaxUID: string): PixelClearing | string {
  if (hasOverlayInSample(dataSet)) return OVERLAY;
  const bits = sampleBits(dataSet);
  if (transferSyntaxUID === RLE) {
    const rle = rleImage(dataSet, bits);
    return rle === undefined || erasableRLE(rle) === undefined ? OVERLAY : { rle };
  }
  if (bits === undefined) return {};
  if (transferSyntaxOf(transferSyntaxUID)?.encapsulated !== false)
    return hasEmbeddedOverlay(dataSet) ? OVERLAY : { bits };
  return canClear(bits) ? { bits } : OVERLAY;
}

function rleImage(dataSet: DicomJson, bits: SampleBits | undefined): RLEImage | undefined {
  const allocated = numberOf(dataSet, '00280100') ?? 0;
  const pixels = (numberOf(dataSet, '00280010') ?? 0) * (numberOf(dataSet, '00280011') ?? 0);
  const size = allocated === 1 ? 1 : allocated / 8;
  const segments = size * (numberOf(dataSet, '00280002') || 1);
  // The header has room for 15 segments (PS3.5 G.5).
  const known = pixels > 0 && size > 0 && Number.isInteger(size) && segments <= 15;
  return known ? { pixels, segments, size, bits } : undefined;
}
