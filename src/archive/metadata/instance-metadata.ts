import type { DicomJson } from '../../dicom/json/json-model';
import { utf8 } from '../bytes';
import type { InstanceIdentity } from '../identities';
import { segmentKey } from '../object-keys';
import type { Archive } from '../ports';
import type { MetadataLocation } from '../rows';
import { withBase } from './metadata';
import { inflateMember, readMember } from './metadata-read';

/** R2 reads that run at once. Six connections of a request may wait for a response. */
const CONCURRENT_READS = 5;

/**
 * The stored metadata of some instances, for searches that include attributes that the index does not keep. It takes
 * one round trip to D1, and one R2 read for each group of instances that were compressed together.
 * @returns in the order of the request; undefined for an instance that is no longer there
 */
export async function instanceMetadata(
  archive: Archive,
  instances: readonly InstanceIdentity[],
  baseURI: string,
): Promise<(DicomJson | undefined)[]> {
  const locations = await archive.index.metadataLocationsOf(instances);
  const texts = await metadataAt(archive, locations, baseURI);
  const found = new Map(locations.map((location, at) => [keyOf(location), texts[at]]));
  return instances.map((instance) => found.get(keyOf(instance)));
}

/** The stored metadata at known locations, in the order of the locations. */
export async function metadataAt(
  archive: Archive,
  locations: readonly MetadataLocation[],
  baseURI: string,
): Promise<(DicomJson | undefined)[]> {
  const members = [...Map.groupBy(locations, ({ segment, offset }) => `${segment} ${offset}`).values()];
  const found = new Map<MetadataLocation, DicomJson>();
  const base = utf8(baseURI);
  const read = async (group: MetadataLocation[]): Promise<void> => {
    const [first] = group;
    if (first === undefined) return;
    const { member } = await readMember(
      archive.objects,
      { key: segmentKey(first, first.segment), content: first.content },
      first,
    );
    const text = await inflateMember(member);
    for (const location of group) {
      const json = new TextDecoder().decode(withBase(text.subarray(location.start, location.end), base));
      found.set(location, JSON.parse(json));
    }
  };
  for (let at = 0; at < members.length; at += CONCURRENT_READS) {
    await Promise.all(members.slice(at, at + CONCURRENT_READS).map(read));
  }
  return locations.map((location) => found.get(location));
}

function keyOf({ studyInstanceUID, seriesInstanceUID, sopInstanceUID }: InstanceIdentity): string {
  return `${studyInstanceUID}/${seriesInstanceUID}/${sopInstanceUID}`;
}
