import { identifyingPixels } from '../../dicom/deidentify/identifying-pixels';
import type { DicomJson } from '../../dicom/json/json-model';
import type { Scope } from '../identities';
import { metadataInBatches } from '../metadata/metadata-batches';
import type { Archive } from '../ports';
import { instancesOf } from '../retrieve/retrieve';
import type { InstanceRow } from '../rows';
import { clearingOf } from './deidentified-rows';

/**
 * Counts the instances of a scope that would be withheld from a de-identified share, by the reason, so that the sharer
 * can decide before. Reasons are sentences of identifyingPixels and pixelClearing.
 * @param limit of instances to look at
 * @returns undefined when there are more instances
 */
export async function withheldInstances(
  archive: Archive,
  scope: Scope,
  limit: number,
): Promise<ReadonlyMap<string, number> | undefined> {
  const rows = await instancesOf(archive, scope, limit);
  if (rows === null) return undefined;
  const counts = new Map<string, number>();
  let at = 0;
  for await (const dataSets of metadataInBatches(archive, rows, '')) {
    for (const dataSet of dataSets) {
      const row = rows[at++]!;
      const reason = dataSet && (identifyingPixels(dataSet) ?? uncleared(row, dataSet));
      if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
  }
  return counts;
}

function uncleared(row: InstanceRow, dataSet: DicomJson): string | undefined {
  const cleared = clearingOf(row, dataSet);
  return typeof cleared === 'string' ? cleared : undefined;
}
