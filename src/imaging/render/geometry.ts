import type { DicomJson } from '../../dicom/json/json-model';
import type { ImageFormat } from '../frame';
import { numberOf } from './attributes';
import { functionalGroup } from './functional-groups';
import { RenderError, type RenderSettings, type SourceRegion } from './settings';

/** How a picture is oriented: first the axes are exchanged, then the picture is flipped. */
export interface Orientation {
  readonly transposed: boolean;
  readonly flippedHorizontally: boolean;
  readonly flippedVertically: boolean;
}

/** The orientation of a picture that is neither rotated nor flipped. */
const UPRIGHT: Orientation = { transposed: false, flippedHorizontally: false, flippedVertically: false };

/** The part of an image that is shown, and its size in the picture. */
export interface Placement {
  /** In pixels of the image. The region may reach beyond the image; nothing is shown there. */
  readonly region: SourceRegion;
  /** The size of the region after scaling, before the orientation is applied. */
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
}

/** The displayed area that a presentation state describes. */
export interface PresentedArea {
  readonly region?: SourceRegion | undefined;
  readonly orientation: Orientation;
  /** The height of a pixel divided by its width. */
  readonly aspect?: number | undefined;
  /** Pixels of the picture per pixel of the image, independent of the viewport. */
  readonly magnification?: number | undefined;
}

/** The most bytes of a raster. A larger one does not fit into memory beside its frame. */
const MOST_BYTES = 1 << 26;
/** The most pixels of each side: as many as an image can have. */
const MOST_PIXELS = 0xffff;
/** Spacings with a smaller difference count as equal, because writers round them. */
const SAME_SPACING = 0.01;

/**
 * The height of a pixel divided by its width (PS3.3 C.7.6.3.1.7, 10.7). It is 1 when no attribute tells the ratio.
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
 * Computes the source region and the size of a frame's picture. With a viewport, the picture is as large as the viewport
 * allows without distortion (PS3.18 8.3.5.1.3), and pixels become square. Without one, the picture has the image's pixels.
 * @throws RenderError `bad-request` for a region outside the image, or a requested picture that is too large;
 * `unsupported` when the image itself is too large
 */
export function placementOf(
  format: ImageFormat,
  samples: 1 | 3,
  ownAspect: number,
  settings: RenderSettings,
  presented: PresentedArea | undefined,
): Placement {
  const orientation = orientationOf(presented?.orientation ?? UPRIGHT, settings.viewport?.source);
  const area = presented?.region ?? { x: 0, y: 0, width: format.columns, height: format.rows };
  const requested = requestedRegion(format, area, orientation, settings);
  const most = mostPixels(orientation.transposed, settings);
  const magnification = presented?.magnification;
  const region = magnification && most ? centred(requested, most, magnification) : requested;
  const fitting = most && fittingScale(region, most, presented?.aspect ?? ownAspect);
  const { across, down } = magnification ? { across: magnification, down: magnification } : (fitting ?? OWN_SIZE);
  const width = Math.max(1, Math.round(region.width * across));
  const height = Math.max(1, Math.round(region.height * down));
  if (width * height * samples > MOST_BYTES || Math.max(width, height) > MOST_PIXELS) {
    throw new RenderError(most === undefined ? 'unsupported' : 'bad-request', 'the picture would be too large');
  }
  return { region, width, height, orientation };
}

/** A number of pixels of the picture along the rows and along the columns of the image. */
interface Scale {
  readonly across: number;
  readonly down: number;
}

const OWN_SIZE: Scale = { across: 1, down: 1 };

/** A negative width or height of the source region flips the picture in addition. */
function orientationOf(turned: Orientation, source: SourceRegion | undefined): Orientation {
  return {
    transposed: turned.transposed,
    flippedHorizontally: turned.flippedHorizontally !== (source !== undefined && source.width < 0),
    flippedVertically: turned.flippedVertically !== (source !== undefined && source.height < 0),
  };
}

/** A magnified area is not scaled to fit: its centre is shown (PS3.18 9.5.2.3). */
function centred(region: SourceRegion, most: Scale, magnification: number): SourceRegion {
  const width = Math.min(region.width, most.across / magnification);
  const height = Math.min(region.height, most.down / magnification);
  return { x: region.x + (region.width - width) / 2, y: region.y + (region.height - height) / 2, width, height };
}

/**
 * The most pixels that the picture may have along the image's rows and columns.
 * @returns undefined when the request names no size
 */
function mostPixels(transposed: boolean, { viewport, rows, columns }: RenderSettings): Scale | undefined {
  const width = viewport?.width ?? columns;
  const height = viewport?.height ?? rows;
  if (width === undefined && height === undefined) return undefined;
  const [across, down] = transposed ? [height, width] : [width, height];
  const most = { across: across ?? Number.POSITIVE_INFINITY, down: down ?? Number.POSITIVE_INFINITY };
  if (!(most.across >= 1 && most.down >= 1)) throw new RenderError('bad-request', 'the picture would have no pixels');
  return most;
}

function fittingScale(region: SourceRegion, most: Scale, aspect: number): Scale {
  const scale = Math.min(most.across / region.width, most.down / (region.height * aspect));
  return { across: scale, down: scale * aspect };
}

/** @param area the area without the requested region; the region is a part of this area (PS3.18 9.5.2) */
function requestedRegion(
  { columns, rows }: ImageFormat,
  area: SourceRegion,
  orientation: Orientation,
  settings: RenderSettings,
): SourceRegion {
  const source = settings.viewport?.source;
  if (source !== undefined) {
    const x = Math.abs(source.x);
    const y = Math.abs(source.y);
    return clipped(x, y, x + Math.abs(source.width), y + Math.abs(source.height), columns, rows);
  }
  if (settings.region === undefined) return area;
  const { left, top, right, bottom } = unturned(settings.region, orientation);
  const edges = [left * area.width, top * area.height, right * area.width, bottom * area.height].map(Math.round);
  const inner = clipped(edges[0]!, edges[1]!, edges[2]!, edges[3]!, area.width, area.height);
  return { ...inner, x: area.x + inner.x, y: area.y + inner.y };
}

/** Converts a part of an oriented picture to the same part before the orientation. */
function unturned(region: NonNullable<RenderSettings['region']>, orientation: Orientation) {
  let { left, top, right, bottom } = region;
  if (orientation.flippedHorizontally) [left, right] = [1 - right, 1 - left];
  if (orientation.flippedVertically) [top, bottom] = [1 - bottom, 1 - top];
  return orientation.transposed ? { left: top, top: left, right: bottom, bottom: right } : { left, top, right, bottom };
}

function clipped(left: number, top: number, right: number, bottom: number, columns: number, rows: number) {
  const x = Math.max(0, left);
  const y = Math.max(0, top);
  const width = Math.min(columns, right) - x;
  const height = Math.min(rows, bottom) - y;
  if (!(width > 0 && height > 0)) throw new RenderError('bad-request', 'the region is not within the image');
  return { x, y, width, height };
}

/** Maps a point of the image, in pixels from the upper left corner, to the picture. */
export function placed({ region, width, height, orientation }: Placement, x: number, y: number): [number, number] {
  let u = ((x - region.x) / region.width) * width;
  let v = ((y - region.y) / region.height) * height;
  if (orientation.transposed) [u, v] = [v, u];
  const [across, down] = orientation.transposed ? [height, width] : [width, height];
  return [orientation.flippedHorizontally ? across - u : u, orientation.flippedVertically ? down - v : v];
}
