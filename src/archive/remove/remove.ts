import type { DicomJson } from '../../dicom/json/json-model';
import { ObjectMissing } from '../body/stream-pieces';
import type { DuplicateSettings } from '../commit-group';
import type { InstanceIdentity, Scope, SeriesIdentity } from '../identities';
import { instanceMetadata, metadataAt } from '../metadata/instance-metadata';
import type { Archive } from '../ports';
import { seriesRecord, studyRecord } from '../store/records';
import type { VisibleScope } from '../visibility';
import type { Description, RemovedSeries } from './removals';

const NOTHING: Description = { studies: [], series: [] };

/**
 * Deletes a study, a series or an instance: after one transaction it cannot be found or retrieved, and the counts are
 * right. Its bytes stay until the retention time is over, and until then `restore` restores them. The first remaining
 * instance describes what remains of the study and series, because the instance that described them may be deleted. Links to what
 * is gone then are revoked, and stay so after a restoration.
 * @param now milliseconds since 1970
 * @returns instances deleted; 0 when there were none
 */
export async function remove(
  archive: Archive,
  scope: Scope,
  settings: DuplicateSettings,
  now: number,
): Promise<number> {
  const rest = scope.seriesInstanceUID === undefined ? [] : await archive.removals.remaining(scope);
  const description = await describedByRest(archive, scope, rest);
  const removed = await archive.removals.remove({ scope, now, purgeAt: now + settings.retentionMs, description });
  const emptied = emptiedBy(scope, rest);
  if (removed > 0 && emptied !== undefined) await archive.shares.revokeWithin(emptied, now);
  return removed;
}

/** The study or the series of which a deletion leaves nothing. Its links end: somebody may store other images under its UIDs. */
function emptiedBy(
  { studyInstanceUID, seriesInstanceUID }: Scope,
  rest: readonly SeriesIdentity[],
): VisibleScope | undefined {
  if (rest.length === 0) return { studyInstanceUID };
  const isLeft = rest.some((instance) => instance.seriesInstanceUID === seriesInstanceUID);
  return isLeft ? undefined : { studyInstanceUID, seriesInstanceUID: seriesInstanceUID! };
}

/**
 * Restores the deleted instances of a study or a series. Of an instance, restores the newest version that was deleted,
 * replaced or kept aside; it trades places with the version that counts.
 * @returns instances that count again; 0 when there is nothing to restore, or when other content is in its place
 */
export async function restore(
  archive: Archive,
  scope: Scope,
  settings: DuplicateSettings,
  now: number,
): Promise<number> {
  const { removals } = archive;
  const purgeAt = settings.duplicates === 'keep' ? null : now + settings.retentionMs;
  if (!isInstance(scope)) {
    const description = describedAsBefore(await removals.restorableSeries(scope, now));
    if (description.series.length === 0) return 0;
    return await removals.restore({ scope, now, purgeAt, description });
  }
  const location = await removals.restorableVersion(scope, now);
  if (location === undefined) return 0;
  try {
    const [dataSet] = await metadataAt(archive, [location], '');
    const description = dataSet === undefined ? NOTHING : describedBy(scope, dataSet, dataSet);
    return await removals.restore({ scope, now, purgeAt, version: location.version, description });
  } catch (error) {
    if (!(error instanceof ObjectMissing)) throw error;
    // If its time is over now, the metadata was deleted with the bytes.
    if ((await removals.restorableVersion(scope, now))?.version === location.version) throw error;
    return 0;
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
  const dataSets = await instanceMetadata(archive, rest, '');
  const inSeries = rest.findIndex((instance) => instance.seriesInstanceUID === seriesInstanceUID);
  const ofSeries = dataSets[inSeries];
  // When the series holds the first instance of its study, there is no other one.
  const ofStudy = dataSets.find((_, at) => at !== inSeries) ?? ofSeries;
  if (ofStudy === undefined) return NOTHING;
  return describedBy({ studyInstanceUID, seriesInstanceUID: seriesInstanceUID ?? '' }, ofStudy, ofSeries);
}

function describedBy(series: SeriesIdentity, ofStudy: DicomJson, ofSeries: DicomJson | undefined): Description {
  return {
    studies: [studyRecord(series.studyInstanceUID, (tag) => ofStudy[tag])],
    series: ofSeries === undefined ? [] : [seriesRecord(series, (tag) => ofSeries[tag])],
  };
}

function describedAsBefore(removed: readonly RemovedSeries[]): Description {
  const studies = new Map(removed.map((series) => [series.studyInstanceUID, JSON.parse(series.studyAttributes)]));
  return {
    studies: [...studies].map(([uid, attributes]) => studyRecord(uid, (tag) => attributes[tag])),
    series: removed.map((series) => {
      const attributes: DicomJson = JSON.parse(series.seriesAttributes);
      return seriesRecord(series, (tag) => attributes[tag]);
    }),
  };
}
