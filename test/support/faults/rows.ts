/** The rows of the index, as the checks read them: all of each table. */
export interface Rows {
  readonly study: readonly {
    id: number;
    study_instance_uid: string;
    number_of_study_related_series: number;
    number_of_study_related_instances: number;
    total_byte_length: number;
    modalities_in_study: string;
    date_block: number;
  }[];
  readonly series: readonly {
    id: number;
    study_id: number;
    series_instance_uid: string;
    modality: string | null;
    number_of_series_related_instances: number;
    total_byte_length: number;
    unmerged_at: number | null;
  }[];
  readonly instance: readonly {
    id: number;
    series_id: number;
    sop_instance_uid: string;
    sop_class_uid: string;
    version: string;
    byte_length: number;
    digest: string;
    metadata_segment_id: number;
    /** Bytes of the copy of its frame; 0 or null: it has none. */
    copy_length: number | null;
  }[];
  readonly metadata_segment: readonly {
    id: number;
    series_id: number;
    name: string;
    live_count: number;
    live_byte_length: number;
    entry_count: number;
    /** The segment that has its entries now; null: itself. */
    merged_into: number | null;
    in_bucket: number;
  }[];
  readonly removal: readonly {
    study_instance_uid: string;
    series_instance_uid: string;
    sop_instance_uid: string;
    reason: string;
    version: string;
    digest: string;
    segment: string;
    byte_length: number;
    claimed_at: number | null;
    in_bucket: number;
  }[];
  readonly total: readonly Record<string, number>[];
  readonly missingTerms: readonly { field: number; term: string; study_id: number }[];
  readonly strayTerms: readonly { field: number; term: string; study_id: number }[];
  readonly strays: readonly { what: string; of: string }[];
  readonly deletion: readonly { key: string }[];
  readonly orphan: readonly { key: string }[];
  /** Studies that wait for a snapshot. */
  readonly changed: readonly { study_instance_uid: string }[];
}

/** What a study should be found by: the views from which the triggers fill study_term. */
const TERMS = `
  SELECT study_id, field, term FROM (
    SELECT study_id, field, term FROM study_text
    UNION ALL SELECT study_id, field, term FROM series_text
    UNION ALL SELECT study_id, field, term FROM request_text)
  UNION SELECT study_id, field, term FROM (
    SELECT study_id, field, term FROM study_access
    UNION ALL SELECT study_id, 32, sop_class_uid FROM series JOIN instance ON series_id = series.id
    UNION ALL SELECT study_id, 1000 + search_attribute_id, CAST(value AS TEXT) FROM attribute_value WHERE value <> '')`;

const STATEMENTS: Readonly<Record<keyof Rows, string>> = {
  study: `SELECT id, study_instance_uid, number_of_study_related_series, number_of_study_related_instances, total_byte_length,
    modalities_in_study, date_block FROM study`,
  series: `SELECT id, study_id, series_instance_uid, modality, number_of_series_related_instances, total_byte_length, unmerged_at
    FROM series`,
  instance: `SELECT id, series_id, sop_instance_uid, sop_class_uid, version, byte_length, digest,
    coalesce(segment_id, metadata_segment_id) AS metadata_segment_id,
    layout ->> '$.copyLength' AS copy_length
    FROM instance`,
  metadata_segment: `SELECT id, series_id, name, live_count, live_byte_length, entry_count, merged_into,
    content IS NULL AND merged_into IS NULL AS in_bucket FROM metadata_segment WHERE id <> 0`,
  removal: `SELECT study_instance_uid, series_instance_uid, sop_instance_uid, reason, version, digest, segment, byte_length,
    claimed_at, record ->> 'segmentContent' IS NULL AS in_bucket FROM removal`,
  total: 'SELECT study, series, instance, byte_length, removal, removal_byte_length FROM archive_total',
  missingTerms: `SELECT study_id, field, term FROM (${TERMS}) AS expected WHERE NOT EXISTS (
    SELECT 1 FROM study_term AS there JOIN study ON study.id = there.study_id AND study.date_block = there.date_block
    WHERE (there.field, there.term, there.study_id) = (expected.field, expected.term, expected.study_id))`,
  // A description that changes leaves terms of its series behind, which no search takes for a match.
  strayTerms: `SELECT study_id, field, term FROM study_term AS there
    WHERE (field < 20 OR field >= 40 OR NOT EXISTS (SELECT 1 FROM study WHERE study.id = study_id))
      AND NOT EXISTS (SELECT 1 FROM (${TERMS}) AS expected
        WHERE (there.field, there.term, there.study_id) = (expected.field, expected.term, expected.study_id))`,
  strays: `SELECT * FROM (
    SELECT 'a request of a series that is gone' AS what, series_id AS "of" FROM request_attribute
      WHERE series_id NOT IN (SELECT id FROM series)
    UNION ALL SELECT 'a SOP Class of a series that is gone', series_id FROM series_sop_class
      WHERE series_id NOT IN (SELECT id FROM series)
    UNION ALL SELECT 'a secret of a key that is gone', key_id FROM api_key_secret
      WHERE key_id NOT IN (SELECT id FROM api_key)
    UNION ALL SELECT 'a key without a secret', id FROM api_key WHERE id NOT IN (SELECT key_id FROM api_key_secret))
  UNION ALL SELECT * FROM (
    SELECT 'a value of a study that is gone', study_id FROM attribute_value
      WHERE study_id NOT IN (SELECT id FROM study)
    UNION ALL SELECT 'a value of a series that is gone', series_id FROM attribute_value
      WHERE series_id <> 0 AND series_id NOT IN (SELECT id FROM series)
    UNION ALL SELECT 'a value of an instance that is gone', instance_id FROM attribute_value
      WHERE instance_id <> 0 AND instance_id NOT IN (SELECT id FROM instance)
    UNION ALL SELECT 'a value of an attribute that is gone', search_attribute_id FROM attribute_value
      WHERE search_attribute_id NOT IN (SELECT id FROM search_attribute))`,
  deletion: 'SELECT key FROM deletion',
  orphan: 'SELECT key FROM orphan',
  changed: 'SELECT study_instance_uid FROM changed_study',
};

/** Reads the rows in one transaction, so that they fit together. */
export async function readRows(database: D1Database): Promise<Rows> {
  const names = Object.keys(STATEMENTS) as (keyof Rows)[];
  const results = await database.batch(names.map((name) => database.prepare(STATEMENTS[name])));
  return Object.fromEntries(names.map((name, at) => [name, results[at]!.results])) as unknown as Rows;
}
