import type { DicomJson } from '../../../dicom/json/json-model';
import type { ImageFormat } from '../../frame';
import { numberOf, textOf } from '../attributes';
import { functionalGroup, functionalGroups } from '../functional-groups';
import type { PresentationState } from '../presentation-state';
import { type BytesOf, RenderError, type RenderSettings, type Window } from '../settings';
import { computedRange } from './computed-window';
import { lookupTable } from './lookup-table';
import { givesNegative, type ModalityTransform, modalityTransforms } from './modality-lut';
import { type IsPadding, pixelPadding } from './padding';
import { imagePolarity } from './presentation-lut';
import type { StoredValues } from './stored-values';
import { spread, tableItem, tabulated, type ValueOfInterest, windowed, windowOf } from './voi-lut';

/** Maps the stored values of a frame to a range from 0 (black) to 1 (white): PS3.4 N.2, figure N.2-1. */
export interface GreyTransform {
  readonly grey: (stored: number) => number;
  readonly isPadding: IsPadding | undefined;
  /** The window that was applied, if it was a window. */
  readonly window?: Window | undefined;
  /** Frames with the same key share the mapping. Undefined: the mapping depends on the values of the frame. */
  readonly key: unknown;
}

/** Makes the transform of one frame, from its stored values and its number. */
export type GreyPipeline = (values: StoredValues, format: ImageFormat, frameNumber: number) => GreyTransform;

/** A mapping of values, and its window if it is a window. */
interface Voi {
  readonly map: ValueOfInterest;
  readonly window?: Window;
}

const FRAME_VOI_LUT = '00289132';
const SEGMENTATION = '1.2.840.10008.5.1.4.1.1.66.4';
/** The most VOI LUTs of single frames that are read in advance; each can have 128 KiB. */
const MOST_TABLES = 64;

/**
 * Reads the grayscale transformations of an image: Modality LUT, VOI LUT, polarity. Those of a presentation state, or a
 * requested window, replace those of the file. If there are several VOI LUTs, the first counts, and a table before a window.
 */
export async function greyPipeline(
  dataSet: DicomJson,
  format: ImageFormat,
  bytesOf: BytesOf,
  settings: RenderSettings,
  state: PresentationState | undefined,
): Promise<GreyPipeline> {
  const modality = state?.modality ?? (await modalityTransforms(dataSet, format.signed, bytesOf));
  const fromFile = state === undefined ? await fileVoi(dataSet, modality(1), format, bytesOf) : undefined;
  const asked = settings.window && askedVoi(settings.window);
  const whole = new Map<ModalityTransform, Voi>();

  return (values, shown, frameNumber) => {
    const isPadding = pixelPadding(dataSet, shown);
    const transform = modality(frameNumber);
    const polarity = state?.presentation ?? imagePolarity(dataSet, shown.photometricInterpretation);
    const stated = state?.voi(frameNumber);
    let voi = asked ?? (stated ? { map: stated } : fromFile?.(frameNumber));
    if (voi === undefined) {
      const range = state !== undefined ? wholeRange(shown, transform) : impliedRange(dataSet, shown, transform);
      if (range !== undefined && !whole.has(transform)) whole.set(transform, { map: spread(...range) });
      if (range !== undefined) voi = whole.get(transform)!;
    }
    let map = voi?.map;
    if (map === undefined) {
      const { lowest, highest } = computedRange(values, shown.rows * shown.columns, transform.map, isPadding);
      map = spread(lowest, highest);
    }
    return {
      grey: transform.identity ? (stored) => polarity(map(stored)) : (stored) => polarity(map(transform.map(stored))),
      isPadding,
      window: voi?.window,
      key: voi && stated === undefined ? keyOf(voi, transform) : undefined,
    };
  };
}

const KEYS = new WeakMap<Voi, WeakMap<ModalityTransform, object>>();

/** Keeps one object for each pair. */
function keyOf(voi: Voi, transform: ModalityTransform): object {
  const ofVoi = KEYS.get(voi) ?? new WeakMap<ModalityTransform, object>();
  KEYS.set(voi, ofVoi);
  const key = ofVoi.get(transform) ?? {};
  ofVoi.set(transform, key);
  return key;
}

function askedVoi(window: Window): Voi {
  const { center, width } = window;
  if (!Number.isFinite(center) || !(width >= (window.function === 'linear' ? 1 : Number.MIN_VALUE))) {
    throw new RenderError('bad-request', 'the window is too narrow for its function');
  }
  return { map: windowed(window), window };
}

/** The VOI LUTs of the file: those of the frame, or else those of the image (PS3.3 C.7.6.16.2.10, C.11.2). */
async function fileVoi(
  dataSet: DicomJson,
  modality: ModalityTransform,
  format: ImageFormat,
  bytesOf: BytesOf,
): Promise<(frameNumber: number) => Voi | undefined> {
  const signed = givesNegative(modality, format);
  const known = new Map<DicomJson, Voi | undefined>();
  let tables = 0;
  for (const holder of [dataSet, ...functionalGroups(dataSet, FRAME_VOI_LUT)]) {
    const item = tableItem(holder);
    if (item === undefined) continue;
    if (++tables > MOST_TABLES) throw new RenderError('unsupported', 'the frames have too many VOI LUTs');
    const table = await lookupTable(item, signed, bytesOf);
    if (table !== undefined) known.set(holder, { map: tabulated(table) });
  }
  const of = (holder: DicomJson | undefined) => {
    if (holder === undefined) return undefined;
    if (!known.has(holder)) {
      const window = windowOf(holder);
      known.set(holder, window && { map: windowed(window), window });
    }
    return known.get(holder);
  };
  return (frameNumber) => of(functionalGroup(dataSet, frameNumber, FRAME_VOI_LUT)) ?? of(dataSet);
}

/** The range of all possible stored values. For floating point numbers this range would show nothing. */
function wholeRange(format: ImageFormat, { range }: ModalityTransform): [number, number] | undefined {
  if (format.sampleType === 'float') return undefined;
  const span = 2 ** format.bitsStored;
  const { lowest, highest } = format.signed ? range(-span / 2, span / 2 - 1) : range(0, span - 1);
  return [lowest, highest];
}

/**
 * The range of values to show for an image without a VOI LUT, when its kind implies one: all values for 8-bit pictures,
 * and 0 to the maximum for a fractional segmentation (PS3.3 C.8.20.2.3).
 */
function impliedRange(
  dataSet: DicomJson,
  format: ImageFormat,
  modality: ModalityTransform,
): [number, number] | undefined {
  if (textOf(dataSet, '00080016') === SEGMENTATION) {
    const type = textOf(dataSet, '00620001');
    if (type === 'BINARY') return [0, 1];
    const most = numberOf(dataSet, '0062000E');
    return type === 'FRACTIONAL' && most !== undefined ? [0, most] : undefined;
  }
  const picture = format.sampleType === 'integer' && format.bitsStored <= 8 && !format.signed && modality.identity;
  return picture ? wholeRange(format, modality) : undefined;
}
