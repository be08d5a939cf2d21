import type { DicomJson } from '../json/json-model';
import { fourAt, uint16At, uint32At } from './big-endian';

/** What the header of a code stream says about its image. */
interface Image {
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
  readonly bits: number;
  readonly signed: boolean;
  /** Photometric Interpretation of an image with three samples for each pixel. */
  readonly colour: string;
}

/**
 * Derives the Image Pixel Description Macro (PS3.3 table C.7-11c) from the header of a JPEG, JPEG-LS or JPEG 2000 code
 * stream: clients may leave it out of the metadata (PS3.18 10.5.2).
 * @param bytes from the first byte of the code stream on
 * @returns undefined for other code streams, and when the header is not within the bytes
 */
export function describeImage(bytes: Uint8Array): DicomJson | undefined {
  const image = jpegImage(bytes) ?? jpeg2000Image(bytes);
  if (image === undefined || !(image.rows > 0 && image.columns > 0 && image.bits <= 32)) return undefined;
  if (image.samples !== 1 && image.samples !== 3) return undefined;
  const us = (value: number) => ({ vr: 'US', Value: [value] });
  return {
    '00280002': us(image.samples),
    '00280004': { vr: 'CS', Value: [image.samples === 1 ? 'MONOCHROME2' : image.colour] },
    ...(image.samples === 1 ? {} : { '00280006': us(0) }),
    '00280010': us(image.rows),
    '00280011': us(image.columns),
    '00280100': us(image.bits <= 8 ? 8 : image.bits <= 16 ? 16 : 32),
    '00280101': us(image.bits),
    '00280102': us(image.bits - 1),
    '00280103': us(image.signed ? 1 : 0),
  };
}

/** Whether the marker starts a frame header (ITU-T T.81 B.2.2). Some markers in the same range mean something else. */
function isFrame(marker: number): boolean {
  return marker === 0xf7 || (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker));
}

function jpegImage(bytes: Uint8Array): Image | undefined {
  if (uint16At(bytes, 0) !== 0xffd8) return undefined;
  let transform: number | undefined;
  let jfif = false;
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1]!;
    if (bytes[at] !== 0xff) return undefined;
    if (marker === 0xff) at += 1;
    else if (isFrame(marker)) return frameImage(bytes, at, transform, jfif);
    else {
      if (marker === 0xe0 && fourAt(bytes, at + 4) === 'JFIF') jfif = true;
      // Adobe's APP14 marker says whether the components were transformed.
      if (marker === 0xee && fourAt(bytes, at + 4) === 'Adob') transform = bytes[at + 15];
      at += 2 + uint16At(bytes, at + 2);
    }
  }
  return undefined;
}

/** @param at offset of the frame's marker @param transform from Adobe's marker @param jfif a JFIF marker came before */
function frameImage(bytes: Uint8Array, at: number, transform: number | undefined, jfif: boolean): Image | undefined {
  const samples = bytes[at + 9];
  if (samples === undefined || bytes.length < at + 10 + samples * 3) return undefined;
  const marker = bytes[at + 1]!;
  const identifiers = [0, 3, 6].map((component) => bytes[at + 10 + component]);
  const lossless = marker === 0xc3 || marker === 0xf7;
  const named = String.fromCharCode(...identifiers.map((one) => one ?? 0)) === 'RGB';
  const halved = bytes[at + 11] !== bytes[at + 14];
  const rgb = !jfif && (transform === undefined ? named : transform === 0);
  const colour = lossless || rgb ? 'RGB' : halved ? 'YBR_FULL_422' : 'YBR_FULL';
  return {
    bits: bytes[at + 4]!,
    rows: uint16At(bytes, at + 5),
    columns: uint16At(bytes, at + 7),
    samples,
    signed: false,
    colour,
  };
}

/** ITU-T T.800 A.5.1 and A.6.1: the sizes, and whether and how three components were transformed. */
function jpeg2000Image(bytes: Uint8Array): Image | undefined {
  if (uint16At(bytes, 0) !== 0xff4f || uint16At(bytes, 2) !== 0xff51) return undefined;
  let colour: string | undefined;
  for (let at = 2; at + 4 <= bytes.length && colour === undefined; at += 2 + uint16At(bytes, at + 2)) {
    if (uint16At(bytes, at) !== 0xff52) continue;
    const reversible = bytes[at + 13] === 1;
    colour = bytes[at + 8] !== 1 ? 'RGB' : reversible ? 'YBR_RCT' : 'YBR_ICT';
  }
  const size = bytes[42];
  if (colour === undefined || size === undefined) return undefined;
  // XRsiz of the second component: chrominance has half of the columns.
  if (colour === 'RGB' && bytes[46] !== bytes[43]) colour = 'YBR_FULL_422';
  return {
    columns: uint32At(bytes, 8) - uint32At(bytes, 16),
    rows: uint32At(bytes, 12) - uint32At(bytes, 20),
    samples: uint16At(bytes, 40),
    bits: (size & 0x7f) + 1,
    signed: size >= 0x80,
    colour,
  };
}
