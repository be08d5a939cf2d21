import { concatenate } from '../../concatenate';
import { firstSegment, type JPEGHeader, MARKER, nextSegment } from './jpeg-markers';

const APP0 = 0xe0;
const APP14 = 0xee;

/** Bytes of a segment's marker and length. */
const HEAD = 4;

/** The component identifiers R, G and B, by which some writers mark RGB without other markers. */
const RGB_IDENTIFIERS = [0x52, 0x47, 0x42];

/**
 * Whether three components are YCbCr. The code stream takes precedence over the instance, as in libjpeg and browsers:
 * JFIF means YCbCr (ITU-T T.871), then Adobe's marker decides (T.872), then components named R, G and B mean RGB. When
 * the code stream does not say, Photometric Interpretation decides (PS3.5 8.2.1), but subsampled components cannot be
 * RGB.
 */
export function colourTransformOf(header: JPEGHeader, photometricInterpretation: string): boolean {
  const { adobeTransform, components, jfif } = header;
  if (jfif) return true;
  if (adobeTransform !== undefined) return adobeTransform !== 0;
  if (components.every(({ id }, index) => id === RGB_IDENTIFIERS[index])) return false;
  const [first] = components;
  const subsampled = components.some(
    ({ horizontal, vertical }) => horizontal !== first!.horizontal || vertical !== first!.vertical,
  );
  return photometricInterpretation !== 'RGB' || subsampled;
}

/**
 * Returns the code stream with Adobe's marker as the only statement about the components, and with an end marker, which
 * some lack.
 * @param transformed undefined: there is one component
 */
export function withColourTransform(codeStream: Uint8Array, transformed: boolean | undefined): Uint8Array {
  const adobe = [0xff, APP14, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, transformed ? 1 : 0];
  const pieces: (Uint8Array | readonly number[])[] = [[0xff, 0xd8], transformed === undefined ? [] : adobe];
  let kept = 2;
  let segment = firstSegment(codeStream);
  while (segment !== undefined && segment.marker !== MARKER.SOS && segment.marker !== MARKER.EOI) {
    const { marker, start, end } = segment;
    // JFIF and Adobe: the markers from which decoders infer colours.
    if (marker === APP0 || marker === APP14) {
      pieces.push(codeStream.subarray(kept, start - HEAD));
      kept = end;
    }
    segment = nextSegment(codeStream, end);
  }
  pieces.push(codeStream.subarray(kept), [0xff, MARKER.EOI]);
  return concatenate(pieces);
}
