import type { DicomJson } from '../../dicom/json/json-model';
import { logFailure } from '../../log';
import { ObjectMissing } from '../body/stream-pieces';
import type { DuplicateSettings } from '../commit-group';
import type { InstanceIdentity, Scope, SeriesIdentity } from '../identities';
import { instanceMetadata, metadataAt } from '../metadata/instance-metadata';
import { dataSetOfFile } from '../metadata/metadata-of-file';
import type { Archive } from '../ports';
import type { MetadataLocation } from '../rows';
import { seriesRecord, studyRecord } from '../store/records';
import { UnavailableError } from '../unavailable';
import { type Description, NONE_RESTORED, type RemovedSeries, type RestoredCounts } from './removals';

/** How often a restoration looks for the newest version while other requests change which one that is. */
const LOOKS = 4;

const NOTHING: Description = { studies: [], series: [] };

/**
 * Deletes a study, a series or an instance: after one transaction it cannot be found or retrieved, and the counts are
 * right. Its bytes stay until the retention time is over, and until then `restore` restores them. The first remaining
 * instance describes what remains of the study and series, because the instance that described them may be deleted. Links
 * to a study or series of which nothing remains are revoked, and a restoration does not bring them back.
 * @param now milliseconds since 1970
 * @param changedAt nothing is deleted if the study has changed since then
 * @returns instances deleted; 0 when there were none
 */
export async function remove(
  archive: Archive,
  scope: Scope,
  settings: DuplicateSettings,
  now: number,
  changedAt?: number,
): Promise<number> {
  const rest = scope.seriesInstanceUID === undefined ? [] : await archive.removals.remaining(scope);
  const description = await describedByRest(archive, scope, rest);
  const purgeAt = now + settings.retentionMs;
  return await archive.removals.remove({
    scope,
    now,
    purgeAt,
    description,
    ...(changedAt !== undefined && { changedAt }),
  });
}

/**
 * Restores the deleted instances of a study or a series. For a single instance, restores the newest
 * version that was deleted, replaced or kept aside; it trades places with the version that counts.
 * @returns NONE_RESTORED also when there is nothing to restore
 * @throws UnavailableError when other requests change without end what there is to restore
 */
export async function restore(
  archive: Archive,
  scope: Scope,
  settings: DuplicateSettings,
  now: number,
): Promise<RestoredCounts> {
  for (let look = 1; look <= LOOKS; look += 1) {
    const counts = await restoreNewest(archive, scope, settings, now);
    if (counts !== undefined) return counts;
  }
  throw new UnavailableError('others change what there is to restore');
}

/** @returns undefined when other requests changed meanwhile what there is to restore */
async function restoreNewest(
  archive: Archive,
  scope: Scope,
  settings: DuplicateSettings,
  now: number,
): Promise<RestoredCounts | undefined> {
  const { removals } = archive;
  const purgeAt = settings.duplicates === 'keep' ? null : now + settings.retentionMs;
  const location = await removals.restorableVersion(scope, now);
  if (location === undefined) return NONE_RESTORED;
  let first = NOTHING;
  try {
    const dataSet = await dataSetAt(archive, location);
    first = describedBy(location, dataSet, dataSet);
  } catch (error) {
    if (!(error instanceof ObjectMissing)) throw error;
    // The retention may have ended meanwhile. Then the metadata was deleted with the bytes.
    const isThere = (await removals.restorableVersion(scope, now))?.version === location.version;
    if (isInstance(scope)) {
      if (isThere) throw error;
      return NONE_RESTORED;
    }
  }
  if (isInstance(scope)) {
    return await removals.restore({ scope, now, purgeAt, version: location.version, description: first });
  }
  const description = describedAsBefore(await removals.restorableSeries(scope, now), first);
  if (description.series.length === 0) return NONE_RESTORED;
  return await removals.restore({ scope, now, purgeAt, description });
}

/** @throws ObjectMissing when the bucket has neither the metadata of the version nor its file */
async function dataSetAt(archive: Archive, location: MetadataLocation): Promise<DicomJson> {
  try {
    const [dataSet] = await metadataAt(archive, [location], '');
    return dataSet!;
  } catch (error) {
    if (!(error instanceof ObjectMissing)) throw error;
    const dataSet = await dataSetOfFile(archive, location);
    if (dataSet === undefined) throw error;
    return dataSet;
  }
}

function isInstance(scope: Scope): scope is InstanceIdentity {
  return scope.seriesInstanceUID !== undefined && scope.sopInstanceUID !== undefined;
}

async function describedByRest(
  archive: Archive,
  { studyInstanceUID, seriesInstanceUID }: Scope,
  rest: readonly InstanceIdentity[],
): Promise<Description> {
  if (rest.length === 0) return NOTHING;
  const dataSets = await dataSetsOf(archive, rest);
  const inSeries = rest.findIndex((instance) => instance.seriesInstanceUID === seriesInstanceUID);
  const ofSeries = dataSets[inSeries];
  // When the series holds the first instance of its study, there is no other one.
  const ofStudy = dataSets.find((_, at) => at !== inSeries) ?? ofSeries;
  if (ofStudy === undefined) return NOTHING;
  return describedBy({ studyInstanceUID, seriesInstanceUID: seriesInstanceUID ?? '' }, ofStudy, ofSeries);
}

/**
 * The metadata of instances. When the bucket has lost it, it is read from their files: a deletion must not need it.
 * @returns undefined for an instance whose file is lost too: then what describes the study or series stays
 */
async function dataSetsOf(
  archive: Archive,
  instances: readonly InstanceIdentity[],
): Promise<readonly (DicomJson | undefined)[]> {
  try {
    return await instanceMetadata(archive, instances, '');
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    logFailure('metadata-missing', error);
    const files = await archive.index.held(instances);
    return await Promise.all(
      instances.map(async ({ studyInstanceUID, seriesInstanceUID, sopInstanceUID }) => {
        const file = files.find(
          (one) =>
            one.studyInstanceUID === studyInstanceUID &&
            one.seriesInstanceUID === seriesInstanceUID &&
            one.sopInstanceUID === sopInstanceUID,
        );
        return file && (await dataSetOfFile(archive, file));
      }),
    );
  }
}

function describedBy(series: SeriesIdentity, ofStudy: DicomJson, ofSeries: DicomJson | undefined): Description {
  return {
    studies: [studyRecord(series.studyInstanceUID, (tag) => ofStudy[tag])],
    series: ofSeries === undefined ? [] : [seriesRecord(series, (tag) => ofSeries[tag])],
  };
}

/** @param first by the instance that was stored first: the other series were described as when they were removed */
function describedAsBefore(removed: readonly RemovedSeries[], first: Description): Description {
  const studies = new Map(removed.map((series) => [series.studyInstanceUID, JSON.parse(series.studyAttributes)]));
  const described = new Map(first.series.map((record) => [record.seriesInstanceUID, record]));
  return {
    studies:
      first.studies.length > 0
        ? first.studies
        : [...studies].map(([uid, attributes]) => studyRecord(uid, (tag) => attributes[tag])),
    series: removed.map((series) => {
      const attributes: DicomJson = JSON.parse(series.seriesAttributes);
      return described.get(series.seriesInstanceUID) ?? seriesRecord(series, (tag) => attributes[tag]);
    }),
  };
}
