import type { DicomJson, DicomJsonAttribute } from '../../dicom/json/json-model';
import { utf8 } from '../bytes';

/**
 * Bytes of the attributes of a study or a series that the index keeps for responses. They are bounded because D1 takes
 * 2 MB a row and a list of results holds many rows. The longest value that PS3.5 table 6.2-1 allows outside sequences
 * and unlimited text is that of LT, 10,240 characters.
 */
const ATTRIBUTE_BYTES = 48 * 1024;
const TOGETHER_BYTES = 160 * 1024;

/**
 * The key, beside the kept attributes, of the tags of those that are too long: these have a value that the index does
 * not know. The key is as long as a tag and is no tag.
 */
export const LEFT_OUT = 'left out';

/**
 * The attributes that the index keeps.
 * @param picked may already name attributes that were left out
 */
export function boundedAttributes(picked: DicomJson): DicomJson {
  const leftOut = new Set((picked[LEFT_OUT]?.Value ?? []) as string[]);
  let bytes = 0;
  for (const [tag, length] of byLength(picked)) {
    if (length > ATTRIBUTE_BYTES || bytes + length > TOGETHER_BYTES) leftOut.add(tag);
    else bytes += length;
  }
  if (leftOut.size === 0) return picked;
  const kept: DicomJson = {};
  for (const [tag, attribute] of Object.entries(picked)) if (!leftOut.has(tag)) kept[tag] = attribute;
  kept[LEFT_OUT] = { vr: 'AT', Value: [...leftOut].sort() };
  return kept;
}

/** Shortest first: when one attribute is too long, the others are still kept. */
function byLength(attributes: DicomJson): [tag: string, bytes: number][] {
  const lengths = Object.entries(attributes)
    .filter(([tag]) => tag !== LEFT_OUT)
    .map(([tag, attribute]): [string, number] => [tag, bytesOf(attribute)]);
  return lengths.sort(([, one], [, other]) => one - other);
}

/** A value that the metadata itself keeps elsewhere is also too long for the index. */
function bytesOf(attribute: DicomJsonAttribute): number {
  const text = JSON.stringify(attribute);
  return text.includes('"BulkDataURI":') ? Number.POSITIVE_INFINITY : utf8(text).length;
}
