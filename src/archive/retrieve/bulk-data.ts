import type { BulkRange } from '../../dicom/pixels/pixel-layout';
import { type ObjectPiece, objectPiece } from '../body/pieces';
import { chained, clearBits, reverseWords } from '../body/transforms';
import { instanceKey } from '../object-keys';
import type { InstanceRow } from '../rows';

/** PS3.5 8.1.1: the three kinds of pixel data, at the top level of the data set. */
export const PIXEL_DATA = '7FE00010';
const PIXEL_TAGS = new Set([PIXEL_DATA, '7FE00008', '7FE00009']);

/** Whether the path is that of the instance's pixel data, and not that of an icon (PS3.18 10.4.3.3.6). */
export function isPixelData([path]: BulkRange): boolean {
  return PIXEL_TAGS.has(path);
}

/**
 * Finds a value that the metadata names by a BulkDataURI (PS3.18 10.4.1.1.5).
 * @param path the part of the URI after `/bulkdata/`, in upper case
 * @returns undefined when the instance has no such value; the frames of encapsulated pixel data are not among the values
 */
export function bulkRange({ layout }: InstanceRow, path: string): BulkRange | undefined {
  return layout.bulk?.find(([of]) => of === path);
}

/** A value that is stored outside the metadata, little-endian. */
export function bulkPiece(row: InstanceRow, [path, offset, length, word]: BulkRange): ObjectPiece {
  const whole = objectPiece(instanceKey(row, row.version, row.layout.object), offset, length);
  const unused = path === PIXEL_DATA ? row.cleared?.bits : undefined;
  const steps = [...(word > 1 ? [reverseWords(word)] : []), ...(unused === undefined ? [] : [clearBits(unused)])];
  return steps.length === 0 ? whole : { ...whole, transform: steps.reduce(chained) };
}
