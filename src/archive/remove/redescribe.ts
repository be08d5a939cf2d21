import type { DicomJson } from '../../dicom/json/json-model';
import type { Archive } from '../ports';
import { type AttributeReader, seriesRecord, studyRecord } from '../store/records';

/**
 * Updates the descriptions of studies and series from the attributes that the index has kept of them: when the index
 * gets a new column, the column is empty for the studies and series that were stored before.
 * @param seriesRow the last series that is done
 * @param limit series at most
 */
export async function redescribe(archive: Archive, seriesRow: number, limit: number): Promise<void> {
  const series = await archive.searchAttributes.seriesAfter({ seriesRow, sopInstanceUID: null }, limit);
  await archive.searchAttributes.describe({
    studies: [...new Map(series.map((one) => [one.studyInstanceUID, one])).values()].map((one) =>
      studyRecord(one.studyInstanceUID, reader(one.studyAttributes)),
    ),
    series: series.map((one) => seriesRecord(one, reader(one.seriesAttributes))),
    seriesRow: series.at(-1)?.row,
  });
}

/** @param text DICOM JSON */
function reader(text: string): AttributeReader {
  const attributes: DicomJson = JSON.parse(text);
  return (tag) => attributes[tag];
}
