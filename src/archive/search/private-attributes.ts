import { creatorTagOf } from '../../dicom/dictionary/private-blocks';
import type { DicomJson } from '../../dicom/json/json-model';

/** Private attributes that a search includes. */
export interface PrivateWishes {
  /** As written by the one who asks, so in the block that the creators below have for them. */
  readonly privateTags: readonly string[];
  /** Private Creator by its tag, for the blocks that the one who asks has named. */
  readonly privateCreators: ReadonlyMap<string, string>;
}

/**
 * The private attributes asked for, each with its Private Creator Data Element (PS3.18 10.6.3.3). Where the one who asks
 * names the creator, the attribute is looked for in whichever block of the group the creator has in this data set
 * (PS3.5 7.8.1), and comes under its tag there; else in the block as written. One that is not there is left out: empty,
 * it would be nobody's.
 */
export function privateAttributes(dataSet: DicomJson, { privateTags, privateCreators }: PrivateWishes): DicomJson {
  const found: DicomJson = {};
  for (const tag of privateTags) {
    // An element that reserves a block may itself be asked for.
    const asked = creatorTagOf(tag) ?? tag;
    const creator = privateCreators.get(asked);
    const reserving = creator === undefined ? [asked] : blocksOf(dataSet, asked.slice(0, 4), creator);
    for (const at of reserving) {
      const there = asked === tag ? at : `${tag.slice(0, 4)}${at.slice(6)}${tag.slice(6)}`;
      const attribute = dataSet[there];
      if (attribute === undefined) continue;
      found[there] = attribute;
      found[at] = dataSet[at] ?? { vr: 'LO' };
    }
  }
  return found;
}

/** The elements by which a creator reserves blocks of a group; it may have several. */
function blocksOf(dataSet: DicomJson, group: string, creator: string): string[] {
  return Object.keys(dataSet).filter((tag) => {
    const name = dataSet[tag]?.Value?.[0];
    return tag.startsWith(`${group}00`) && typeof name === 'string' && name.trim() === creator;
  });
}
