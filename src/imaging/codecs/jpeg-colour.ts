import { fourAt, uint16At } from '../../dicom/big-endian';
import { CodecError } from '../codec';
import type { CodedSamples } from './samples';

/** ITU-T T.81 table B.1. */
const SOI = 0xffd8;
const SOS = 0xffda;
const APP0 = 0xffe0;
const APP14 = 0xffee;
const SOF0 = 0xffc0;
const SOF1 = 0xffc1;
const SOF2 = 0xffc2;
/** DHT, JPG and DAC stand between the frame headers. */
const NO_FRAMES = [0xffc4, 0xffc8, 0xffcc];

/** What the markers before the first scan say of an image and its colours. */
export interface JPEGMarkers extends CodedSamples {
  /** Baseline, extended or progressive with Huffman coding: what is made of cosine transforms. */
  readonly sequential: boolean;
  readonly progressive: boolean;
  /** Components are sampled at different rates, as those of YCbCr alone are. */
  readonly subsampled: boolean;
  /** Adobe's colour transformation: 0 none, 1 YCbCr. */
  readonly adobe: number | undefined;
  /** Segments from which decoders guess the colours. */
  readonly hints: readonly { readonly start: number; readonly end: number }[];
}

/** @throws CodecError malformed */
export function readJPEGMarkers(bytes: Uint8Array): JPEGMarkers {
  if (uint16At(bytes, 0) !== SOI) throw new CodecError('malformed', 'there is no JPEG code stream');
  let frame: Omit<JPEGMarkers, 'adobe' | 'hints'> | undefined;
  let adobe: number | undefined;
  const hints: { start: number; end: number }[] = [];
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = uint16At(bytes, at);
    // Before a marker, bytes may be filled up.
    if (marker === 0xffff) {
      at++;
      continue;
    }
    if (marker === SOS || marker < 0xff01) break;
    const end = at + 2 + uint16At(bytes, at + 2);
    const isAdobe = marker === APP14 && fourAt(bytes, at + 4) === 'Adob';
    if (isAdobe) adobe = bytes[at + 15];
    if (isAdobe || (marker === APP0 && fourAt(bytes, at + 4) === 'JFIF')) hints.push({ start: at, end });
    if (marker >= SOF0 && marker <= 0xffcf && !NO_FRAMES.includes(marker)) frame ??= readFrame(bytes, at, marker);
    at = end;
  }
  if (frame === undefined) throw new CodecError('malformed', 'the code stream has no frame header');
  return { ...frame, adobe, hints };
}

/** T.81 B.2.2. */
function readFrame(bytes: Uint8Array, at: number, marker: number): Omit<JPEGMarkers, 'adobe' | 'hints'> {
  const samples = bytes[at + 9] ?? 0;
  const rows = uint16At(bytes, at + 5);
  const columns = uint16At(bytes, at + 7);
  const rates = Array.from({ length: samples }, (_, component) => bytes[at + 11 + component * 3]);
  if (!(rows > 0 && columns > 0 && samples > 0) || rates.includes(undefined)) {
    throw new CodecError('malformed', 'the frame header of the code stream is broken');
  }
  return {
    precision: bytes[at + 4]!,
    rows,
    columns,
    samples,
    sequential: marker === SOF0 || marker === SOF1 || marker === SOF2,
    progressive: marker === SOF2,
    subsampled: rates.some((rate) => rate !== rates[0]),
  };
}

/**
 * Whether three components are YCbCr. The instance decides (PS3.5 8.2.1); where it says RGB, what Adobe's marker says or
 * the sampling gives away is believed before it.
 */
export function colourTransformOf(markers: JPEGMarkers, photometricInterpretation: string): boolean {
  if (photometricInterpretation === 'RGB') return markers.adobe === 1 || (markers.adobe !== 0 && markers.subsampled);
  return photometricInterpretation.startsWith('YBR_') || markers.adobe !== 0;
}

const EOI = [0xff, 0xd9];

/**
 * The code stream with Adobe's marker alone to tell decoders what its components are, and with an end, which some lack.
 * @param transformed undefined: there is one component
 */
export function withColourTransform(
  codeStream: Uint8Array,
  { hints }: JPEGMarkers,
  transformed: boolean | undefined,
): Uint8Array {
  const adobe = [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, transformed ? 1 : 0];
  const marker = transformed === undefined ? [] : adobe;
  const removed = hints.reduce((sum, { start, end }) => sum + Math.min(end, codeStream.length) - start, 0);
  const changed = new Uint8Array(codeStream.length - removed + marker.length + EOI.length);
  changed.set([0xff, 0xd8, ...marker]);
  let from = 2;
  let to = 2 + marker.length;
  for (const { start, end } of [...hints, { start: codeStream.length, end: codeStream.length }]) {
    changed.set(codeStream.subarray(from, start), to);
    to += start - from;
    from = end;
  }
  changed.set(EOI, to);
  return changed;
}
