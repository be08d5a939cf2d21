import type { DicomJson } from '../../dicom/json/json-model';
import type { InstanceIdentity } from '../identities';
import type { Archive, DeidentifiedAccess } from '../ports';
import type { MetadataLocation } from '../rows';
import { metadataAt } from './instance-metadata';

/** Bytes of metadata text that are held at once. A single instance may have more. */
const BATCH_BYTES = 2 * 1024 ** 2;

/** An instance, or one version of it: its bytes must not be described by the attributes of another version. */
type Wanted = InstanceIdentity & { readonly version?: string };

/**
 * The stored metadata of many instances, a few at a time, so that a thousand instances of any size can be answered. It
 * takes one round trip to D1 for all of them, and R2 reads as the caller takes them.
 * @param versionOf the name that the caller has for a version
 * @returns in the order of the request; undefined for an instance that is no longer there, or has another version now
 */
export async function* metadataInBatches(
  archive: Archive,
  instances: readonly Wanted[],
  baseURI: string,
  versionOf: DeidentifiedAccess['versionOf'] = async (version) => version,
): AsyncGenerator<readonly (DicomJson | undefined)[]> {
  if (archive.deidentified !== undefined) {
    yield* deidentifiedBatches(archive.deidentified, instances, baseURI);
    return;
  }
  const places = await archive.index.metadataLocationsOf(instances);
  const placeOf = new Map(places.map((place) => [keyOf(place), place]));
  const wanted: (MetadataLocation | undefined)[] = [];
  for (const instance of instances) {
    const place = placeOf.get(keyOf(instance));
    const { version } = instance;
    const isOther = place !== undefined && version !== undefined && (await versionOf(place.version)) !== version;
    wanted.push(isOther ? undefined : place);
  }
  for (const batch of batches(wanted)) {
    const there = batch.filter((place) => place !== undefined);
    const texts = await metadataAt(archive, there, baseURI);
    const found = new Map(there.map((place, at) => [place, texts[at]]));
    yield batch.map((place) => place && found.get(place));
  }
}

async function* deidentifiedBatches(
  { original, originalOf, versionOf, dataSet }: DeidentifiedAccess,
  instances: readonly Wanted[],
  baseURI: string,
): AsyncGenerator<readonly (DicomJson | undefined)[]> {
  const originals: Wanted[] = [];
  for (const instance of instances) {
    const identity = ((await originalOf(instance)) ?? NOWHERE) as InstanceIdentity;
    originals.push({ ...identity, ...(instance.version !== undefined && { version: instance.version }) });
  }
  for await (const batch of metadataInBatches(original, originals, baseURI, versionOf)) {
    const seen: (DicomJson | undefined)[] = [];
    for (const each of batch) seen.push(each && (await dataSet(each)));
    yield seen;
  }
}

/** An instance that no archive has. */
const NOWHERE: InstanceIdentity = { studyInstanceUID: '', seriesInstanceUID: '', sopInstanceUID: '' };

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
