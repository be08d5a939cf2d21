import { creatorTagOf } from '../../dicom/dictionary/private-blocks';
import type { DicomJson } from '../../dicom/json/json-model';

/** Private attributes that a search includes. */
export interface PrivateWishes {
  /** Tags as the client wrote them, in the blocks that the creators below have in the request. */
  readonly privateTags: readonly string[];
  /** Private Creator by its tag, for the blocks that the client has named. */
  readonly privateCreators: ReadonlyMap<string, string>;
}

/**
 * The requested private attributes, each with its Private Creator Data Element (PS3.18 10.6.3.3). When the client names
 * the creator, the attribute is looked for in the block that the creator has in this data set (PS3.5 7.8.1), and is
 * returned under its tag there. Otherwise it is looked for in the block that the client wrote. An attribute that is not
 * there is left out: an empty one would belong to no creator.
 */
export function privateAttributes(dataSet: DicomJson, { privateTags, privateCreators }: PrivateWishes): DicomJson {
  const found: DicomJson = {};
  for (const tag of privateTags) {
    // The client may ask for the element that reserves a block itself.
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

/** The elements with which a creator reserves blocks of a group. A creator may have several blocks. */
function blocksOf(dataSet: DicomJson, group: string, creator: string): string[] {
  return Object.keys(dataSet).filter((tag) => {
    const name = dataSet[tag]?.Value?.[0];
    return tag.startsWith(`${group}00`) && typeof name === 'string' && name.trim() === creator;
  });
}
