import type { DicomJson } from '../../dicom/json/json-model';
import type { ImageFormat } from '../frame';
import { itemsOf, numberOf, numbersOf, textOf } from './attributes';
import type { Orientation, PresentedArea } from './geometry';
import { type DrawGraphics, readGraphics } from './graphics/graphics';
import { type Overlay, overlayTag, readOverlays } from './graphics/overlays';
import { lookupTable } from './grey/lookup-table';
import { givesNegative, type ModalityTransform, modalityTransforms } from './grey/modality-lut';
import { type PresentationTransform, softcopyPresentation } from './grey/presentation-lut';
import { tableItem, tabulated, type ValueOfInterest, windowed, windowOf } from './grey/voi-lut';
import { type BytesOf, RenderError, type SourceRegion } from './settings';

/** The content of a Grayscale Softcopy Presentation State (PS3.3 A.33.1) for one image. The mask is not applied. */
export interface PresentationState {
  readonly modality: (frameNumber: number) => ModalityTransform;
  /** @returns undefined: the values are spread over the whole output range without a VOI LUT (PS3.3 C.11.8) */
  readonly voi: (frameNumber: number) => ValueOfInterest | undefined;
  readonly presentation: PresentationTransform;
  /** The overlays of the presentation state, and the image's overlay groups that it activates. */
  readonly overlays: readonly Overlay[];
  /** Overlays that hide everything they do not cover (PS3.3 C.7.6.15). */
  readonly bitmapShutters: readonly Overlay[];
  area(frameNumber: number, format: ImageFormat): PresentedArea;
  graphics(frameNumber: number): DrawGraphics;
}

const SOFTCOPY_VOI_LUT_SEQUENCE = '00283110';
const DISPLAYED_AREA_SELECTION_SEQUENCE = '0070005A';
const GRAPHIC_ANNOTATION_SEQUENCE = '00700001';

/**
 * @throws RenderError `bad-request` when the presentation state does not refer to the image
 */
export async function readPresentationState(
  state: DicomJson,
  image: DicomJson,
  format: ImageFormat,
  imageOverlays: readonly Overlay[],
  bytesOf: BytesOf,
): Promise<PresentationState> {
  const instance = textOf(image, '00080018');
  const referenced = itemsOf(state, '00081115').flatMap((series) => itemsOf(series, '00081140'));
  if (referenced.length > 0 && !referenced.some((reference) => textOf(reference, '00081155') === instance)) {
    throw new RenderError('bad-request', 'the presentation state does not refer to the image');
  }
  const applying = (sequence: string, frameNumber: number) =>
    itemsOf(state, sequence).filter((item) => appliesTo(item, instance, frameNumber));

  const modality = await modalityTransforms(state, format.signed, bytesOf);
  const signed = givesNegative(modality(1), format);
  const voiOfItem = new Map<DicomJson, ValueOfInterest | undefined>();
  for (const item of itemsOf(state, SOFTCOPY_VOI_LUT_SEQUENCE)) {
    const table = await lookupTable(tableItem(item), signed, bytesOf);
    const window = windowOf(item);
    voiOfItem.set(item, table ? tabulated(table) : window && windowed(window));
  }
  const graphicsOfItem = new Map<DicomJson, DrawGraphics>();
  for (const item of itemsOf(state, GRAPHIC_ANNOTATION_SEQUENCE)) {
    graphicsOfItem.set(item, await readGraphics([item], bytesOf));
  }
  const { overlays, bitmapShutters } = await activatedOverlays(state, imageOverlays, bytesOf);
  const orientation = orientationOf(state);
  return {
    modality,
    voi: (frameNumber) => {
      const item = applying(SOFTCOPY_VOI_LUT_SEQUENCE, frameNumber)[0];
      return item && voiOfItem.get(item);
    },
    presentation: await softcopyPresentation(state, bytesOf),
    overlays,
    bitmapShutters,
    area: (frameNumber, shown) => {
      const item = applying(DISPLAYED_AREA_SELECTION_SEQUENCE, frameNumber)[0];
      return {
        orientation,
        region: item && displayedArea(item, shown),
        aspect: item && displayedAspect(item),
        magnification: item && magnification(item),
      };
    },
    graphics: (frameNumber) => (picture, placement) => {
      for (const item of applying(GRAPHIC_ANNOTATION_SEQUENCE, frameNumber)) {
        graphicsOfItem.get(item)!(picture, placement);
      }
    },
  };
}

/** An item without references applies to all images and frames of the presentation state. */
function appliesTo(item: DicomJson, instance: string | undefined, frameNumber: number): boolean {
  const references = itemsOf(item, '00081140');
  if (references.length === 0) return true;
  return references.some((reference) => {
    const frames = numbersOf(reference, '00081160');
    return textOf(reference, '00081155') === instance && (frames.length === 0 || frames.includes(frameNumber));
  });
}

/** Finds the overlays with an Overlay Activation Layer (60xx,1001), and the overlays of a bitmap shutter. */
async function activatedOverlays(state: DicomJson, imageOverlays: readonly Overlay[], bytesOf: BytesOf) {
  const own = await readOverlays(state, bytesOf);
  const shutterGroup = numberOf(state, '00181623');
  const bitmap = (state['00181600']?.Value ?? []).includes('BITMAP');
  const groups = [...new Set([...own, ...imageOverlays].map(({ group }) => group))];
  const active = groups.filter((group) => textOf(state, overlayTag(group, '1001')) !== undefined);
  const of = (group: number) => [...own, ...imageOverlays].find((overlay) => overlay.group === group)!;
  return {
    overlays: active.filter((group) => !bitmap || group !== shutterGroup).map(of),
    bitmapShutters: bitmap ? own.filter(({ group }) => group === shutterGroup) : [],
  };
}

/** Image Rotation, clockwise, followed by Image Horizontal Flip (PS3.3 C.10.6). */
function orientationOf(state: DicomJson): Orientation {
  const rotation = (((numberOf(state, '00700042') ?? 0) % 360) + 360) % 360;
  const flip = textOf(state, '00700041') === 'Y';
  return {
    transposed: rotation === 90 || rotation === 270,
    flippedHorizontally: (rotation === 90 || rotation === 180) !== flip,
    flippedVertically: rotation === 180 || rotation === 270,
  };
}

/**
 * The displayed area (PS3.3 C.10.4). Its corners are two pixels, both included, after rotation and flip. The area may reach
 * beyond the image; here, by at most the size of the image.
 */
function displayedArea(item: DicomJson, { columns, rows }: ImageFormat): SourceRegion | undefined {
  const corners = [numbersOf(item, '00700052'), numbersOf(item, '00700053')];
  if (corners.some((corner) => corner.length < 2)) return undefined;
  const span = (axis: 0 | 1, size: number) => {
    const ends = corners.map((corner) => corner[axis]!);
    const from = Math.max(-size, Math.min(...ends) - 1);
    return [from, Math.min(2 * size, Math.max(...ends)) - from] as const;
  };
  const [x, width] = span(0, columns);
  const [y, height] = span(1, rows);
  const apart = x >= columns || y >= rows || x + width <= 0 || y + height <= 0;
  return apart ? undefined : { x, y, width, height };
}

/** Presentation Pixel Magnification Ratio, where Presentation Size Mode is MAGNIFY. */
function magnification(item: DicomJson): number | undefined {
  const ratio = numberOf(item, '00700103');
  return textOf(item, '00700100') === 'MAGNIFY' && ratio !== undefined && ratio > 0 ? ratio : undefined;
}

/** Presentation Pixel Spacing or Presentation Pixel Aspect Ratio: vertical divided by horizontal. */
function displayedAspect(item: DicomJson): number | undefined {
  for (const tag of ['00700101', '00700102']) {
    const [vertical, horizontal] = numbersOf(item, tag);
    if (vertical && horizontal && vertical > 0 && horizontal > 0) return vertical / horizontal;
  }
  return undefined;
}
