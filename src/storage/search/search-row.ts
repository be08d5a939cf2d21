import type { SearchRow } from '../../archive/rows';
import { TAG } from '../../archive/search/search-keys';
import { LEFT_OUT } from '../../archive/store/bounded-attributes';
import { type AttributeTexts, splitDataSet } from '../../dicom/json/json-text';

/** A row of the statement that searchSQL makes. The columns of levels that the query does not ask for are missing. */
export interface SearchColumns {
  readonly study_instance_uid: string;
  readonly series_instance_uid?: string;
  readonly sop_instance_uid?: string;
  /** DICOM JSON. */
  readonly study_attributes?: string;
  readonly modalities_in_study?: string;
  readonly number_of_study_related_series?: number;
  readonly number_of_study_related_instances?: number;
  /** DICOM JSON. */
  readonly series_attributes?: string;
  readonly number_of_series_related_instances?: number;
  readonly sop_class_uid?: string;
  readonly instance_number?: number | null;
  readonly number_of_rows?: number | null;
  readonly number_of_columns?: number | null;
  readonly bits_allocated?: number | null;
  readonly number_of_frames?: number | null;
  readonly transfer_syntax_uid?: string;
  /** DICOM JSON of this one attribute, as the series has it. */
  readonly timezone_offset_from_utc?: string | null;
}

/** The row of the index in the form that the archive's search needs. */
export function searchRow(record: SearchColumns): SearchRow {
  return {
    studyInstanceUID: record.study_instance_uid,
    ...(record.series_instance_uid !== undefined && { seriesInstanceUID: record.series_instance_uid }),
    ...(record.sop_instance_uid !== undefined && { sopInstanceUID: record.sop_instance_uid }),
    ...(record.study_attributes !== undefined && { study: studyAttributes(record, record.study_attributes) }),
    ...(record.series_attributes !== undefined && { series: seriesAttributes(record, record.series_attributes) }),
    ...(record.sop_class_uid !== undefined && { instance: instanceAttributes(record) }),
  };
}

function studyAttributes(record: SearchColumns, attributes: string): AttributeTexts {
  return keptAttributes(attributes)
    .set(TAG.modalitiesInStudy, texts('CS', record.modalities_in_study?.split('\\')))
    .set(TAG.numberOfStudyRelatedSeries, number('IS', record.number_of_study_related_series))
    .set(TAG.numberOfStudyRelatedInstances, number('IS', record.number_of_study_related_instances));
}

function seriesAttributes(record: SearchColumns, attributes: string): AttributeTexts {
  const count = number('IS', record.number_of_series_related_instances);
  return keptAttributes(attributes).set(TAG.numberOfSeriesRelatedInstances, count);
}

/** The texts of attributes by tag. An attribute that is too long for the index has an empty text: only its presence is known. */
function keptAttributes(attributes: string): Map<string, string> {
  const texts = splitDataSet(attributes);
  const leftOut = texts.get(LEFT_OUT);
  if (leftOut === undefined) return texts;
  texts.delete(LEFT_OUT);
  for (const tag of (JSON.parse(leftOut) as { Value: string[] }).Value) texts.set(tag, '');
  return texts;
}

/** An attribute that the instance does not have is left out, except those that PS3.18 table 10.6.3-5 requires. */
function instanceAttributes(record: SearchColumns): AttributeTexts {
  const found = new Map<string, string>([
    [TAG.sopClassUID, texts('UI', [record.sop_class_uid])],
    [TAG.instanceNumber, number('IS', record.instance_number)],
    [TAG.availableTransferSyntaxUID, texts('UI', [record.transfer_syntax_uid])],
  ]);
  const known = (tag: string, vr: string, value: number | null | undefined) => {
    if (value !== null && value !== undefined) found.set(tag, number(vr, value));
  };
  known(TAG.rows, 'US', record.number_of_rows);
  known(TAG.columns, 'US', record.number_of_columns);
  known(TAG.bitsAllocated, 'US', record.bits_allocated);
  known(TAG.numberOfFrames, 'IS', record.number_of_frames);
  if (record.timezone_offset_from_utc) found.set(TAG.timezoneOffsetFromUTC, record.timezone_offset_from_utc);
  return found;
}

/** DICOM JSON text of an attribute. */
function texts(vr: string, values: readonly (string | undefined)[] = []): string {
  const known = values.filter((value) => value !== undefined && value !== '');
  return known.length > 0 ? `{"vr":"${vr}","Value":${JSON.stringify(known)}}` : `{"vr":"${vr}"}`;
}

function number(vr: string, value: number | null | undefined): string {
  return value === null || value === undefined ? `{"vr":"${vr}"}` : `{"vr":"${vr}","Value":[${value}]}`;
}
