import type { DicomJson } from '../../../dicom/json/json-model';
import type { Frame } from '../../frame';
import type { RowSource } from '../row-source';
import { type Overlay, type OverlayRow, overlayOf } from './overlays';
import { type Shutter, shuttersOf, shutterValue } from './shutters';

/** Shutters and overlays that are drawn over the pixels of a frame. */
export interface Layers {
  /** The data set that describes the display shutters. */
  readonly shutters: DicomJson;
  /** The height of a pixel divided by its width. */
  readonly aspect: number;
  readonly overlays: readonly Overlay[];
  readonly bitmapShutters: readonly Overlay[];
}

const WHITE = 255;

/** Applies the display shutters to a picture, then draws the overlays over it in white (PS3.4 N.2.2). */
export function covered(source: RowSource, frame: Frame, frameNumber: number, layers: Layers): RowSource {
  const { width, height, samples } = source;
  const shutters = [
    ...shuttersOf(layers.shutters, width, samples, layers.aspect),
    ...bitmaps(source, frame, frameNumber, layers),
  ];
  const overlays = layers.overlays
    .map((overlay) => overlayOf(overlay, frame, frameNumber))
    .filter((overlay) => overlay !== undefined);
  if (shutters.length === 0 && overlays.length === 0) return source;
  return {
    width,
    height,
    samples,
    row(y, into) {
      source.row(y, into);
      for (const shutter of shutters) shutter(y, into);
      for (const overlay of overlays) mark(overlay, y, into, source, WHITE);
    },
  };
}

function mark(overlay: OverlayRow, y: number, into: Uint8Array, { width, samples }: RowSource, value: number): void {
  overlay(y, (x) => {
    if (x >= 0 && x < width) into.fill(value, x * samples, (x + 1) * samples);
  });
}

function bitmaps(source: RowSource, frame: Frame, frameNumber: number, layers: Layers): Shutter[] {
  const hidden = shutterValue(layers.shutters);
  return layers.bitmapShutters
    .map((overlay) => overlayOf(overlay, frame, frameNumber))
    .filter((overlay) => overlay !== undefined)
    .map((overlay) => (y, row) => mark(overlay, y, row, source, hidden));
}
