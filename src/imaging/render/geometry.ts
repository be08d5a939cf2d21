import type { DicomJson } from '../../dicom/json-model';
import type { ImageFormat } from '../frame';
import { numberOf } from './attributes';
import { functionalGroup } from './functional-groups';
import { RenderError, type RenderSettings, type SourceRegion } from './settings';

/** How a picture is turned: first its axes are exchanged, then it is flipped. */
export interface Orientation {
  readonly transposed: boolean;
  readonly flippedHorizontally: boolean;
  readonly flippedVertically: boolean;
}

export const UPRIGHT: Orientation = { transposed: false, flippedHorizontally: false, flippedVertically: false };

/** Which part of an image is shown, and how large. */
export interface Placement {
  /** In pixels of the image; it may reach beyond it, where nothing is shown. */
  readonly region: SourceRegion;
  /** Of the region once scaled, before it is turned. */
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
}

/** What a presentation state says of the part to be shown. */
export interface PresentedArea {
  readonly region?: SourceRegion | undefined;
  readonly orientation: Orientation;
  /** Height of a pixel by its width. */
  readonly aspect?: number | undefined;
}

/** Rasters of more bytes do not fit beside their frame. */
const MOST_BYTES = 1 << 26;
/** Of either side: as many as an image itself can have. */
const MOST_PIXELS = 0xffff;
/** Pixels that are not square are made so by larger pictures up to this, by smaller ones beyond. */
const MOST_STRETCHED = 8192;
/** Spacings that differ by less are the same, rounded. */
const SAME_SPACING = 0.01;

/**
 * The height of a pixel by its width (PS3.3 C.7.6.3.1.7, 10.7): 1 when it is square, or nothing tells.
 * @param frameNumber counted from 1
 */
export function pixelAspect(dataSet: DicomJson, frameNumber: number): number {
  const measures = functionalGroup(dataSet, frameNumber, '00289110');
  const pairs = [
    [dataSet, '00280034'],
    [measures, '00280030'],
    [dataSet, '00280030'],
    [dataSet, '00181164'],
    [dataSet, '00182010'],
  ] as const;
  for (const [holder, tag] of pairs) {
    const vertical = numberOf(holder, tag, 0);
    const horizontal = numberOf(holder, tag, 1);
    if (vertical !== undefined && horizontal !== undefined && vertical > 0 && horizontal > 0) {
      const ratio = vertical / horizontal;
      return Math.abs(ratio - 1) < SAME_SPACING ? 1 : ratio;
    }
  }
  return 1;
}

/**
 * Where a frame's picture comes from and how large it is: as large as the viewport allows, its aspect kept (PS3.18
 * 8.3.5.1.3); without one, of the image's own pixels, made square by stretching the shorter side of theirs.
 * @throws RenderError `bad-request` for a part that is not within the image, or a picture that is too large;
 * `unsupported` when that is the image's own size
 */
export function placementOf(
  format: ImageFormat,
  samples: 1 | 3,
  ownAspect: number,
  settings: RenderSettings,
  presented: PresentedArea | undefined,
): Placement {
  const requested = requestedRegion(format, settings);
  const region = requested ?? presented?.region ?? { x: 0, y: 0, width: format.columns, height: format.rows };
  const aspect = presented?.aspect ?? ownAspect;
  const turned = presented?.orientation ?? UPRIGHT;
  const source = settings.viewport?.source;
  const orientation = {
    transposed: turned.transposed,
    flippedHorizontally: turned.flippedHorizontally !== (source !== undefined && source.width < 0),
    flippedVertically: turned.flippedVertically !== (source !== undefined && source.height < 0),
  };
  const scale = scaleOf(region, aspect, orientation.transposed, settings);
  const size =
    scale === undefined ? ownSize(region, aspect) : sized(region.width * scale, region.height * aspect * scale);
  if (size.width * size.height * samples > MOST_BYTES || Math.max(size.width, size.height) > MOST_PIXELS) {
    throw new RenderError(scale === undefined ? 'unsupported' : 'bad-request', 'the picture would be too large');
  }
  return { region, ...size, orientation };
}

function sized(width: number, height: number) {
  return { width: Math.max(1, Math.round(width)), height: Math.max(1, Math.round(height)) };
}

/** Size without a viewport. */
function ownSize({ width, height }: SourceRegion, aspect: number) {
  const stretched = aspect >= 1 ? sized(width, height * aspect) : sized(width / aspect, height);
  if (Math.max(stretched.width, stretched.height) <= Math.max(MOST_STRETCHED, width, height)) return stretched;
  return aspect >= 1 ? sized(width / aspect, height) : sized(width, height * aspect);
}

/** @returns undefined when no size is asked for */
function scaleOf(
  region: SourceRegion,
  aspect: number,
  transposed: boolean,
  { viewport, rows, columns }: RenderSettings,
): number | undefined {
  const most = { width: viewport?.width ?? columns, height: viewport?.height ?? rows };
  const width = transposed ? region.height * aspect : region.width;
  const height = transposed ? region.width : region.height * aspect;
  for (const limit of [most.width, most.height]) {
    if (limit !== undefined && !(limit >= 1)) throw new RenderError('bad-request', 'the picture would have no pixels');
  }
  const scales = [most.width && most.width / width, most.height && most.height / height];
  const given = scales.filter((scale) => scale !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

function requestedRegion({ columns, rows }: ImageFormat, settings: RenderSettings): SourceRegion | undefined {
  const source = settings.viewport?.source;
  if (source !== undefined) {
    const x = Math.abs(source.x);
    const y = Math.abs(source.y);
    return clipped(x, y, x + Math.abs(source.width), y + Math.abs(source.height), columns, rows);
  }
  if (settings.region === undefined) return undefined;
  const { left, top, right, bottom } = settings.region;
  const whole = [left * columns, top * rows, right * columns, bottom * rows].map(Math.round);
  return clipped(whole[0]!, whole[1]!, whole[2]!, whole[3]!, columns, rows);
}

function clipped(left: number, top: number, right: number, bottom: number, columns: number, rows: number) {
  const x = Math.max(0, left);
  const y = Math.max(0, top);
  const width = Math.min(columns, right) - x;
  const height = Math.min(rows, bottom) - y;
  if (!(width > 0 && height > 0)) throw new RenderError('bad-request', 'the region is not within the image');
  return { x, y, width, height };
}

/** Where a point of the image, in pixels from its upper left corner, comes to lie in the picture. */
export function placed({ region, width, height, orientation }: Placement, x: number, y: number): [number, number] {
  let u = ((x - region.x) / region.width) * width;
  let v = ((y - region.y) / region.height) * height;
  if (orientation.transposed) [u, v] = [v, u];
  const [across, down] = orientation.transposed ? [height, width] : [width, height];
  return [orientation.flippedHorizontally ? across - u : u, orientation.flippedVertically ? down - v : v];
}
