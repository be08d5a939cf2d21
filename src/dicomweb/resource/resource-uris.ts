import type { InstanceIdentity, SeriesIdentity } from '../../archive/identities';

/** Absolute URI of a study: PS3.18 table 10.1-1. @param baseURI of the DICOMweb root, without a trailing slash */
export function studyURI(baseURI: string, studyInstanceUID: string): string {
  return `${baseURI}/studies/${studyInstanceUID}`;
}

/** Absolute URI of a series: PS3.18 table 10.1-1. */
function seriesURI(baseURI: string, { studyInstanceUID, seriesInstanceUID }: SeriesIdentity): string {
  return `${studyURI(baseURI, studyInstanceUID)}/series/${seriesInstanceUID}`;
}

/** Absolute URI of an instance: PS3.18 table 10.1-1. */
export function instanceURI(baseURI: string, instance: InstanceIdentity): string {
  return `${seriesURI(baseURI, instance)}/instances/${instance.sopInstanceUID}`;
}
