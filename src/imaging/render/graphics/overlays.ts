import type { DicomJson } from '../../../dicom/json/json-model';
import { type Frame, frameBytes, type ImageFormat } from '../../frame';
import { numberOf, textOf } from '../attributes';
import { type BytesOf, RenderError } from '../settings';

/** An overlay plane with one bit per pixel (PS3.3 C.9.2). */
export interface Overlay {
  /** The group of its attributes: 0x6000 to 0x601E. */
  readonly group: number;
  readonly rows: number;
  readonly columns: number;
  /** The position of the upper left pixel, counted from 0. */
  readonly top: number;
  readonly left: number;
  /** The number of overlay frames, and the first image frame that they cover, counted from 1. */
  readonly frames: number;
  /** Undefined: the overlay has one frame, which covers all frames of the image. */
  readonly firstFrame: number | undefined;
  /** R: a region of interest; G: graphics. */
  readonly type: string;
  /** The packed bits. Absent when the bits are in the pixel cells, at `bitPosition`. */
  readonly bits?: Uint8Array;
  readonly bitPosition: number;
}

/** The tag of an overlay attribute, as eight upper-case hexadecimal digits. */
export function overlayTag(group: number, element: string): string {
  return `${group.toString(16).toUpperCase()}${element}`;
}

/** The most bytes of all planes. Planes of long cines can be larger, and do not fit into memory beside a frame. */
const MOST_BYTES = 1 << 24;

/**
 * Reads the overlay planes of an image or presentation state.
 * @throws RenderError `unsupported` when they need too much memory
 */
export async function readOverlays(dataSet: DicomJson, bytesOf: BytesOf): Promise<Overlay[]> {
  const overlays: Overlay[] = [];
  let planes = 0;
  for (let group = 0x6000; group <= 0x601e; group += 2) {
    const number = (element: string, index = 0) => numberOf(dataSet, overlayTag(group, element), index);
    const rows = number('0010');
    const columns = number('0011');
    if (!rows || !columns) continue;
    const data = dataSet[overlayTag(group, '3000')];
    const frames = number('0015') ?? 1;
    planes += data === undefined ? 0 : (rows * columns * frames) / 8;
    if (planes > MOST_BYTES) throw new RenderError('unsupported', 'the overlays are too large');
    const bits = data && (await bytesOf(data));
    overlays.push({
      group,
      rows,
      columns,
      top: (number('0050', 0) ?? 1) - 1,
      left: (number('0050', 1) ?? 1) - 1,
      frames,
      firstFrame: number('0051') ?? (frames === 1 ? undefined : 1),
      type: textOf(dataSet, overlayTag(group, '0040')) ?? 'G',
      ...(bits && { bits }),
      bitPosition: number('0102') ?? 0,
    });
  }
  return overlays;
}

/** Finds the pixels of a row that an overlay covers, and calls `mark` with each column. */
export type OverlayRow = (y: number, mark: (x: number) => void) => void;

/**
 * The part of an overlay that covers one frame. An overlay with one frame covers all frames, unless it names one.
 * @returns undefined when the overlay does not cover the frame
 */
export function overlayOf(overlay: Overlay, frame: Frame, frameNumber: number): OverlayRow | undefined {
  const index = overlay.firstFrame === undefined ? 0 : frameNumber - overlay.firstFrame;
  if (index < 0 || index >= overlay.frames) return undefined;
  const { rows, columns, top, left, bits } = overlay;
  if (bits === undefined) return embedded(overlay.bitPosition, frame);
  return (y, mark) => {
    if (y < top || y >= top + rows) return;
    const first = (index * rows + (y - top)) * columns;
    for (let x = 0; x < columns; x++) {
      const bit = first + x;
      if ((bits[bit >> 3]! >> (bit & 7)) & 1) mark(left + x);
    }
  };
}

/** Reads overlay bits from unused bits of the pixel cells (retired in 2004; older files have them). Native frames only. */
function embedded(bitPosition: number, { bytes, format }: Frame): OverlayRow | undefined {
  const { columns, bitsAllocated, samplesPerPixel } = format;
  if (isStored(bitPosition, format) || samplesPerPixel !== 1 || bytes.length < frameBytes(format)) return undefined;
  const step = bitsAllocated / 8;
  const byte = bitPosition >> 3;
  return (y, mark) => {
    for (let x = 0, at = y * columns * step + byte; x < columns; x++, at += step) {
      if ((bytes[at]! >> (bitPosition & 7)) & 1) mark(x);
    }
  };
}

function isStored(bit: number, { bitsAllocated, bitsStored, highBit }: ImageFormat): boolean {
  return bitsAllocated % 8 !== 0 || bit >= bitsAllocated || (bit <= highBit && bit > highBit - bitsStored);
}
