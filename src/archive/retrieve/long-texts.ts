import type { DicomJson, DicomJsonAttribute } from '../../dicom/json/json-model';
import { characterSetOf } from '../../dicom/values/character-sets';
import type { Archive } from '../ports';
import type { InstanceRow } from '../rows';
import { bytesOf, pieceOfURI } from './instance-data';

/** (0040,A730) Content Sequence */
const CONTENT_SEQUENCE = '0040A730';
/** (0040,A160) Text Value */
const TEXT_VALUE = '0040A160';
/** (0008,0005) Specific Character Set */
const SPECIFIC_CHARACTER_SET = '00080005';

/** Texts of one report that are read, and their bytes: each is an R2 read, and all are in memory until the page is sent. */
const MOST_TEXTS = 100;
const MOST_BYTES = 1024 * 1024;

interface LongText {
  readonly uri: string;
  /** The value of Specific Character Set that applies to it (PS3.5 7.5.3). */
  readonly characterSet: string;
}

/**
 * Reads the texts of a report that are too long for the metadata.
 * @param dataSet of an SR document
 * @returns by their BulkDataURIs, as the data set has them; without those that are beyond what one page may take
 * @throws ObjectMissing
 */
export async function longTextsOf(
  archive: Archive,
  row: InstanceRow,
  dataSet: DicomJson,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  let bytes = 0;
  for (const { uri, characterSet } of textsIn(dataSet)) {
    const piece = pieceOfURI(row, uri);
    if (piece === undefined || bytes + piece.length > MOST_BYTES) continue;
    bytes += piece.length;
    const value = await bytesOf(archive, piece);
    texts.set(uri, characterSetOf(characterSet).decode(value, 0, value.length, false, false));
    if (texts.size === MOST_TEXTS) break;
  }
  return texts;
}

/** The long texts of a content tree, in its order. It does not recurse, so depth cannot overflow the call stack. */
function* textsIn(dataSet: DicomJson): Generator<LongText> {
  const open = [{ item: dataSet, inherited: '' }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { item, inherited } = next;
    const characterSet = declaredIn(item[SPECIFIC_CHARACTER_SET]) ?? inherited;
    const uri = item[TEXT_VALUE]?.BulkDataURI;
    if (uri !== undefined) yield { uri, characterSet };
    const children = (item[CONTENT_SEQUENCE]?.Value ?? []) as readonly (DicomJson | null)[];
    for (let at = children.length - 1; at >= 0; at -= 1) {
      const child = children[at];
      if (child) open.push({ item: child, inherited: characterSet });
    }
  }
}

function declaredIn(attribute: DicomJsonAttribute | undefined): string | undefined {
  return attribute?.Value?.map((value) => (value === null ? '' : String(value))).join('\\');
}
