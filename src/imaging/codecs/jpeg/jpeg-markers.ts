import { uint16At } from '../../../dicom/pixels/big-endian';
import { CodecError } from '../../codec';

/** ITU-T T.81 table B.1. */
export const MARKER = {
  DHT: 0xc4,
  RST0: 0xd0,
  RST7: 0xd7,
  EOI: 0xd9,
  SOS: 0xda,
  DQT: 0xdb,
  DNL: 0xdc,
  DRI: 0xdd,
} as const;

const SOI = 0xd8;
const TEM = 0x01;
const APP0 = 0xe0;
const APP14 = 0xee;
/** ITU-T T.87 C.1.1: a frame of JPEG-LS. */
const SOF55 = 0xf7;

/** What a JPEG or JPEG-LS code stream says about itself before its first scan. */
export interface JPEGHeader {
  /** The number n of its SOFn marker: 0 baseline, 1 extended, 2 progressive, 3 lossless, 55 JPEG-LS. */
  readonly process: number;
  /** Bits of a sample. */
  readonly precision: number;
  /** 0 when a DNL marker after the first scan gives the number (T.81 B.2.5). */
  readonly rows: number;
  readonly columns: number;
  readonly components: readonly JPEGComponent[];
  /** Colour transform of Adobe's APP14: 0 none, 1 YCbCr, 2 YCCK. */
  readonly adobeTransform?: number;
  /** There is a JFIF APP0 marker: three components are YCbCr. */
  readonly jfif: boolean;
}

/** A component of a frame (T.81 B.2.2). */
export interface JPEGComponent {
  readonly id: number;
  /** Sampling factors, relative to the largest of all components. */
  readonly horizontal: number;
  readonly vertical: number;
  /** Tq: the number of the quantization table. */
  readonly quantization: number;
}

/** A marker, and the place of its parameters in the code stream, without their length field. */
export interface JPEGSegment {
  readonly marker: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the markers up to the first scan (T.81 annex B).
 * @throws CodecError malformed
 */
export function jpegHeader(codeStream: Uint8Array): JPEGHeader {
  let frame: JPEGFrame | undefined;
  let adobeTransform: number | undefined;
  let jfif = false;
  let segment = firstSegment(codeStream);
  while (segment !== undefined && segment.marker !== MARKER.SOS && segment.marker !== MARKER.EOI) {
    const { marker, start, end } = segment;
    if (isFrame(marker)) frame = jpegFrame(codeStream, segment);
    else if (marker === APP0) jfif ||= startsWith(codeStream, segment, 'JFIF\0');
    else if (marker === APP14 && startsWith(codeStream, segment, 'Adobe') && end - start >= 12) {
      adobeTransform = codeStream[start + 11]!;
    }
    segment = nextSegment(codeStream, end);
  }
  if (frame === undefined || segment?.marker !== MARKER.SOS) throw malformed('it has no frame or no scan');
  return { ...frame, jfif, ...(adobeTransform !== undefined && { adobeTransform }) };
}

/** The contents of a start of frame segment (T.81 B.2.2). */
export type JPEGFrame = Omit<JPEGHeader, 'adobeTransform' | 'jfif'>;

/** Reads a start of frame segment. @throws CodecError malformed */
export function jpegFrame(codeStream: Uint8Array, { marker, start, end }: JPEGSegment): JPEGFrame {
  const count = codeStream[start + 5] ?? 0;
  if (end - start < 6 + 3 * count || count === 0) throw malformed('its frame header is truncated');
  const columns = uint16At(codeStream, start + 3);
  const precision = codeStream[start]!;
  if (columns === 0 || precision < 2 || precision > 16) throw malformed('its frame header describes no image');
  const components = Array.from({ length: count }, (_, index) => {
    const at = start + 6 + 3 * index;
    const [horizontal, vertical] = [codeStream[at + 1]! >> 4, codeStream[at + 1]! & 15];
    if (horizontal < 1 || horizontal > 4 || vertical < 1 || vertical > 4)
      throw malformed('its sampling factors are invalid');
    return { id: codeStream[at]!, horizontal, vertical, quantization: codeStream[at + 2]! };
  });
  return { process: marker - 0xc0, precision, rows: uint16At(codeStream, start + 1), columns, components };
}

/** Whether a marker begins a frame: SOF0 to SOF15 except DHT, JPG and DAC; or JPEG-LS. */
export function isFrame(marker: number): boolean {
  return (
    (marker >= 0xc0 && marker <= 0xcf && marker !== MARKER.DHT && marker !== 0xc8 && marker !== 0xcc) ||
    marker === SOF55
  );
}

/** The first segment after SOI. @throws CodecError malformed when no image begins here */
export function firstSegment(codeStream: Uint8Array): JPEGSegment | undefined {
  if (codeStream[0] !== 0xff || codeStream[1] !== SOI) throw malformed('it does not begin with an image');
  return nextSegment(codeStream, 2);
}

/**
 * The first marker from `at` on that has parameters or ends the image. Fill bytes and other bytes that are not markers
 * are skipped, as in every decoder.
 * @returns undefined at the end
 * @throws CodecError malformed when its parameters are truncated
 */
export function nextSegment(codeStream: Uint8Array, at: number): JPEGSegment | undefined {
  for (let position = codeStream.indexOf(0xff, at); position >= 0; position = codeStream.indexOf(0xff, position + 1)) {
    const marker = codeStream[position + 1];
    if (marker === undefined) return undefined;
    if (marker === 0xff || marker === 0 || marker === TEM || (marker >= MARKER.RST0 && marker <= SOI)) continue;
    const start = position + 2;
    if (marker === MARKER.EOI) return { marker, start, end: start };
    if (start + 2 > codeStream.length) throw malformed('it ends within a marker');
    const end = start + uint16At(codeStream, start);
    if (end < start + 2 || end > codeStream.length) throw malformed('a marker is longer than what is left');
    return { marker, start: start + 2, end };
  }
  return undefined;
}

function startsWith(codeStream: Uint8Array, { start, end }: JPEGSegment, text: string): boolean {
  return (
    end - start >= text.length && [...text].every((letter, index) => codeStream[start + index] === letter.charCodeAt(0))
  );
}

function malformed(reason: string): CodecError {
  return new CodecError('malformed', `The JPEG code stream cannot be read: ${reason}`);
}
