import type { InstanceIdentity, Scope } from '../../archive/identities';
import type { InstanceRow, MetadataLocation } from '../../archive/rows';
import type { InstanceLayout } from '../../dicom/pixels/pixel-layout';
import { DIGEST, layoutOf, SOP_CLASS_UID, TRANSFER_SYNTAX_UID } from '../instance-form';
import { jsonChunks } from '../statements/json-chunks';

/** A study with its series, and with its instances. */
export const FROM_SERIES = 'FROM study JOIN series ON series.study_id = study.id';
export const FROM_INSTANCE = `${FROM_SERIES} JOIN instance ON instance.series_id = series.id`;

/** The columns of an instance that reads need. */
export const INSTANCE_COLUMNS = `study_instance_uid, series_instance_uid, instance.id, sop_instance_uid,
  ${SOP_CLASS_UID} AS sop_class_uid, ${TRANSFER_SYNTAX_UID} AS transfer_syntax_uid, version, instance.byte_length,
  ${DIGEST} AS digest, crc32, layout`;

/** The row of INSTANCE_COLUMNS. */
export interface InstanceColumns {
  id: number;
  study_instance_uid: string;
  series_instance_uid: string;
  sop_instance_uid: string;
  sop_class_uid: string;
  transfer_syntax_uid: string;
  version: string;
  byte_length: number;
  digest: string;
  crc32: number;
  layout: string;
}

/**
 * An instance's row. The layout is parsed when it is first needed: only a few of the many rows that are read at once
 * are used.
 */
export function instanceRow(row: InstanceColumns): InstanceRow {
  let layout: InstanceLayout | undefined;
  return {
    id: row.id,
    studyInstanceUID: row.study_instance_uid,
    seriesInstanceUID: row.series_instance_uid,
    sopInstanceUID: row.sop_instance_uid,
    sopClassUID: row.sop_class_uid,
    transferSyntaxUID: row.transfer_syntax_uid,
    version: row.version,
    byteLength: row.byte_length,
    digest: row.digest,
    crc32: row.crc32,
    layoutLength: row.layout.length,
    get layout() {
      layout ??= layoutOf(row.layout);
      return layout;
    },
  };
}

/** The row of a metadata location. */
export interface LocationColumns {
  study_instance_uid: string;
  series_instance_uid: string;
  sop_instance_uid: string;
  version: string;
  segment: string;
  content?: string | null;
  metadata_offset: number;
  metadata_length: number;
  metadata_start: number;
  metadata_end: number;
}

/** A metadata location from its row. */
export function locationRow(row: LocationColumns): MetadataLocation {
  return {
    studyInstanceUID: row.study_instance_uid,
    seriesInstanceUID: row.series_instance_uid,
    sopInstanceUID: row.sop_instance_uid,
    version: row.version,
    segment: row.segment,
    content: row.content ?? null,
    offset: row.metadata_offset,
    length: row.metadata_length,
    start: row.metadata_start,
    end: row.metadata_end,
  };
}

/** The condition that limits a statement over study, series and instance to a scope, and its bound values. */
export function scopeFilter(scope: Scope): { where: string; values: string[] } {
  const conditions = ['study_instance_uid = ?'];
  const values = [scope.studyInstanceUID];
  if (scope.seriesInstanceUID !== undefined) {
    conditions.push('series_instance_uid = ?');
    values.push(scope.seriesInstanceUID);
  }
  if (scope.sopInstanceUID !== undefined) {
    conditions.push('sop_instance_uid = ?');
    values.push(scope.sopInstanceUID);
  }
  return { where: conditions.join(' AND '), values };
}

/** The UIDs of each record, and nothing else of it, as bound values: one value, unless there are thousands of records. */
export function identitiesJSON(records: readonly Partial<InstanceIdentity>[]): string[] {
  const identities = records.map(({ studyInstanceUID, seriesInstanceUID, sopInstanceUID }) => ({
    studyInstanceUID,
    seriesInstanceUID,
    sopInstanceUID,
  }));
  return jsonChunks(identities).map(({ json }) => json);
}
