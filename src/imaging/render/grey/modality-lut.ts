import type { DicomJson } from '../../../dicom/json/json-model';
import type { ImageFormat } from '../../frame';
import { itemsOf, numberOf, textOf } from '../attributes';
import { functionalGroup } from '../functional-groups';
import type { BytesOf } from '../settings';
import { entryFor, type LookupTable, lookupTable } from './lookup-table';

/** Maps stored values to modality values, such as Hounsfield units (PS3.3 C.11.1). */
export interface ModalityTransform {
  readonly map: (stored: number) => number;
  /** The output range for a range of stored values. */
  range(lowest: number, highest: number): { readonly lowest: number; readonly highest: number };
  readonly identity: boolean;
}

const PIXEL_VALUE_TRANSFORMATION = '00289145';
const MODALITY_LUT_SEQUENCE = '00283000';

function linear(slope: number, intercept: number): ModalityTransform {
  const map = (stored: number) => stored * slope + intercept;
  return {
    map,
    range: (lowest, highest) => ({
      lowest: Math.min(map(lowest), map(highest)),
      highest: Math.max(map(lowest), map(highest)),
    }),
    identity: slope === 1 && intercept === 0,
  };
}

const IDENTITY = linear(1, 0);

function tabular(table: LookupTable): ModalityTransform {
  return {
    map: (stored) => entryFor(table, stored),
    range: () => ({ lowest: 0, highest: 2 ** table.bits - 1 }),
    identity: false,
  };
}

/**
 * Reads the Modality LUT of an image or presentation state.
 * @param signed Pixel Representation: whether the first value mapped may be negative
 * @returns for each frame, counted from 1, the transformation of its stored values
 */
export async function modalityTransforms(
  dataSet: DicomJson,
  signed: boolean,
  bytesOf: BytesOf,
): Promise<(frameNumber: number) => ModalityTransform> {
  const table = inverts(dataSet)
    ? undefined
    : await lookupTable(itemsOf(dataSet, MODALITY_LUT_SEQUENCE)[0], signed, bytesOf);
  const whole = table === undefined ? rescaled(dataSet) : tabular(table);
  const known = new Map<DicomJson, ModalityTransform | undefined>();
  return (frameNumber) => {
    const group = functionalGroup(dataSet, frameNumber, PIXEL_VALUE_TRANSFORMATION);
    if (group === undefined) return whole ?? IDENTITY;
    if (!known.has(group)) known.set(group, rescaled(group));
    return known.get(group) ?? whole ?? IDENTITY;
  };
}

/** Whether the input of a VOI LUT may be negative, so that its first value mapped is signed. */
export function givesNegative({ range }: ModalityTransform, { signed, bitsStored }: ImageFormat): boolean {
  const half = 2 ** (bitsStored - 1);
  return (signed ? range(-half, half - 1) : range(0, 2 * half - 1)).lowest < 0;
}

/** Rescale Slope and Intercept. Some writers use a slope of 0 for "no rescale"; a real slope of 0 would erase the image. */
function rescaled(dataSet: DicomJson): ModalityTransform | undefined {
  const slope = numberOf(dataSet, '00281053');
  const intercept = numberOf(dataSet, '00281052');
  if (slope === undefined && intercept === undefined) return undefined;
  return linear(slope || 1, intercept ?? 0);
}

/**
 * Whether the Modality LUT maps back to detector values: X-ray angiography (single-plane, or the retired biplane) and
 * fluoroscopy whose pixels are already prepared for display. Displays do not apply this table (PS3.3 C.8.7.1.1.2).
 */
function inverts(dataSet: DicomJson): boolean {
  const sopClass = textOf(dataSet, '00080016') ?? '';
  const relationship = textOf(dataSet, '00281040') ?? '';
  return /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.12\.[123]$/.test(sopClass) && /^(LOG|DISP)$/.test(relationship);
}
