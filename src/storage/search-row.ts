import { TAG } from '../archive/attributes';
import type { SearchRow } from '../archive/rows';
import type { DicomJson, DicomJsonAttribute, DicomJsonValue } from '../dicom/json-model';

/** A row of the statement that searchSQL makes. Columns of levels that the query does not ask for are missing. */
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
  /** DICOM JSON of the one attribute, as the series has it. */
  readonly timezone_offset_from_utc?: string | null;
}

/** The row of the index as the search's use case wants it. */
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

function studyAttributes(record: SearchColumns, attributes: string): DicomJson {
  return {
    ...(JSON.parse(attributes) as DicomJson),
    [TAG.modalitiesInStudy]: values('CS', (record.modalities_in_study ?? '').split('\\')),
    [TAG.numberOfStudyRelatedSeries]: values('IS', [record.number_of_study_related_series]),
    [TAG.numberOfStudyRelatedInstances]: values('IS', [record.number_of_study_related_instances]),
  };
}

function seriesAttributes(record: SearchColumns, attributes: string): DicomJson {
  return {
    ...(JSON.parse(attributes) as DicomJson),
    [TAG.numberOfSeriesRelatedInstances]: values('IS', [record.number_of_series_related_instances]),
  };
}

/** An attribute that the instance does not have is left out, but for those that PS3.18 table 10.6.3-5 requires. */
function instanceAttributes(record: SearchColumns): DicomJson {
  const optional = (tag: string, vr: string, value: number | null | undefined): DicomJson =>
    value === null || value === undefined ? {} : { [tag]: values(vr, [value]) };
  return {
    [TAG.sopClassUID]: values('UI', [record.sop_class_uid]),
    [TAG.instanceNumber]: values('IS', [record.instance_number]),
    [TAG.availableTransferSyntaxUID]: values('UI', [record.transfer_syntax_uid]),
    ...optional(TAG.rows, 'US', record.number_of_rows),
    ...optional(TAG.columns, 'US', record.number_of_columns),
    ...optional(TAG.bitsAllocated, 'US', record.bits_allocated),
    ...optional(TAG.numberOfFrames, 'IS', record.number_of_frames),
    ...(record.timezone_offset_from_utc && {
      [TAG.timezoneOffsetFromUTC]: JSON.parse(record.timezone_offset_from_utc) as DicomJsonAttribute,
    }),
  };
}

function values(vr: string, list: readonly (DicomJsonValue | null | undefined)[]): DicomJsonAttribute {
  const known = list.filter((value): value is DicomJsonValue => value !== null && value !== undefined && value !== '');
  return known.length > 0 ? { vr, Value: known } : { vr };
}
