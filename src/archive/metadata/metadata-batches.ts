import type { DicomJson } from '../../dicom/json/json-model';
import type { InstanceIdentity } from '../identities';
import type { Archive } from '../ports';
import type { MetadataLocation } from '../rows';
import { metadataAt } from './instance-metadata';

/** Text held of instances' metadata at once, bytes; one instance may have more by itself. */
const BATCH_BYTES = 2 * 1024 ** 2;

/**
 * The stored metadata of many instances, some at a time, so that a thousand of any size can be answered: one round trip
 * to D1 for all, and then R2 reads as they are taken.
 * @returns in the order asked for; undefined for an instance that is gone
 */
export async function* metadataInBatches(
  archive: Archive,
  instances: readonly InstanceIdentity[],
  baseURI: string,
): AsyncGenerator<readonly (DicomJson | undefined)[]> {
  const places = await archive.index.metadataLocationsOf(instances);
  const placeOf = new Map(places.map((place) => [keyOf(place), place]));
  for (const batch of batches(instances.map((instance) => placeOf.get(keyOf(instance))))) {
    const there = batch.filter((place) => place !== undefined);
    const texts = await metadataAt(archive, there, baseURI);
    const found = new Map(there.map((place, at) => [place, texts[at]]));
    yield batch.map((place) => place && found.get(place));
  }
}

function batches(places: readonly (MetadataLocation | undefined)[]): (MetadataLocation | undefined)[][] {
  const found: (MetadataLocation | undefined)[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const place of places) {
    const length = place === undefined ? 0 : place.end - place.start;
    if (bytes + length > BATCH_BYTES) {
      found.push([]);
      bytes = 0;
    }
    found.at(-1)?.push(place);
    bytes += length;
  }
  return found;
}

function keyOf({ studyInstanceUID, seriesInstanceUID, sopInstanceUID }: InstanceIdentity): string {
  return `${studyInstanceUID}/${seriesInstanceUID}/${sopInstanceUID}`;
}
