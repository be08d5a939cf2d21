import { TRAILING_PADDING } from '../dictionary/tags';
import { DicomError } from '../errors';
import type { DicomJson, DicomJsonAttribute } from '../json/json-model';
import type { Progress, Steps } from '../steps';
import { isPlain } from '../values/value-encoder';
import { vrOfName } from '../values/value-representations';
import { DEFAULT_READER_LIMITS } from './reader-limits';

/**
 * Available Transfer Syntax UID is returned with metadata but is not an attribute of the instance (PS3.18 10.7.1.2).
 */
const AVAILABLE_TRANSFER_SYNTAX_UID = '00083002';

/** The Extended Offset Table and its lengths describe the fragments of another file. */
const EXTENDED_OFFSET_TABLES = new Set(['7FE00001', '7FE00002']);

/**
 * Whether an attribute of the JSON model is written to the file. Command elements, file meta information, group lengths
 * and padding are not: they belong to another file or are retired (PS3.7 E, PS3.10 7.1, PS3.5 7.2).
 */
export function isWritten(tag: string, root: boolean): boolean {
  const number = Number.parseInt(tag, 16);
  const group = number >>> 16;
  if (group === 0x0000 || group === 0x0002 || (number & 0xffff) === 0 || number === TRAILING_PADDING) return false;
  return !root || !(tag === AVAILABLE_TRANSFER_SYNTAX_UID || EXTENDED_OFFSET_TABLES.has(tag));
}

/**
 * Checks the form of a data set and of all its items.
 *
 * @returns whether the data set has text that is not ASCII
 * @throws DicomError `malformed` for an invalid tag, `too-large` when sequences nest too deep
 */
export function* needsUnicode(dataSet: DicomJson, progress: Progress, depth = 0): Steps<boolean> {
  let needed = false;
  for (const [tag, attribute] of Object.entries(dataSet)) {
    if (!/^[0-9A-F]{8}$/.test(tag) || tag.startsWith('FFFE')) {
      throw new DicomError('malformed', 'an attribute is not named by a tag');
    }
    if (progress.due()) yield;
    if (!isWritten(tag, depth === 0)) continue;
    if (attribute.vr === 'SQ') {
      if (depth >= DEFAULT_READER_LIMITS.maxDepth) throw new DicomError('too-large', 'sequences nest too deep', tag);
      for (const item of itemsOf(attribute)) needed = (yield* needsUnicode(item, progress, depth + 1)) || needed;
    } else if (vrOfName(attribute.vr)?.charset) {
      needed ||= attribute.Value?.some((value) => !isPlain(value)) ?? false;
    }
  }
  return needed;
}

function itemsOf({ Value = [] }: DicomJsonAttribute): DicomJson[] {
  return Value.filter((item) => item !== null && typeof item === 'object') as DicomJson[];
}
