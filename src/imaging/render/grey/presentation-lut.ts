import type { DicomJson } from '../../../dicom/json/json-model';
import { itemsOf, textOf } from '../attributes';
import type { BytesOf } from '../settings';
import { lookupTable } from './lookup-table';

/** Maps the VOI LUT output to P-values, both from 0 to 1. */
export type PresentationTransform = (value: number) => number;

const IDENTITY: PresentationTransform = (value) => value;
const INVERSE: PresentationTransform = (value) => 1 - value;

/**
 * The Presentation LUT of an image. Photometric Interpretation and Presentation LUT Shape, when both are present, have the
 * same meaning (PS3.3 C.8.11.3.1.2).
 */
export function imagePolarity(dataSet: DicomJson, photometricInterpretation: string): PresentationTransform {
  const inverse = photometricInterpretation === 'MONOCHROME1' || textOf(dataSet, '20500020') === 'INVERSE';
  return inverse ? INVERSE : IDENTITY;
}

/**
 * The Softcopy Presentation LUT of a presentation state (PS3.3 C.11.6). It applies to the whole range of the VOI LUT
 * output, and the image's Photometric Interpretation does not count (PS3.4 N.2.1.4).
 */
export async function softcopyPresentation(state: DicomJson, bytesOf: BytesOf): Promise<PresentationTransform> {
  const table = await lookupTable(itemsOf(state, '20500010')[0], false, bytesOf);
  if (table === undefined) return textOf(state, '20500020') === 'INVERSE' ? INVERSE : IDENTITY;
  const { entries, bits } = table;
  const most = 2 ** bits - 1;
  return (value) => Math.min(1, entries[Math.round(value * (entries.length - 1))]! / most);
}
