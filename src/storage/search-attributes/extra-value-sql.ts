import type { SeriesIdentity } from '../../archive/identities';
import type { ExtraValue } from '../../archive/search-attributes/extra-values';
import type { ValueGroup } from '../../archive/search-attributes/value-group';
import { JOIN_NAMED_INSTANCE, JOIN_NAMED_SERIES } from '../commit/sql/instance-sql';
import { jsonChunks } from '../statements/json-chunks';
import { type Fragment, fragment } from '../statements/sql-fragment';

/**
 * The statements that put values of extra attributes into the index. All may run twice. They skip an attribute that the
 * index does not know yet: once it knows the attribute, everything is indexed.
 */
export function insertValues(group: Pick<ValueGroup, 'studies' | 'series' | 'instances'>): Fragment[] {
  return [
    ...statements(group.studies, INSERT_STUDY_VALUES),
    ...statements(group.series, INSERT_SERIES_VALUES),
    ...statements(group.instances, INSERT_INSTANCE_VALUES),
  ];
}

/**
 * Marks series that have to be indexed again: those of the list, and all of the group when the index knows an attribute
 * with which this Worker is not, or no longer, configured.
 * @param series of the group
 */
export function markUnindexed(series: readonly SeriesIdentity[], group: ValueGroup | undefined): Fragment[] {
  const missed = new Set(group?.unindexed.map(seriesKey));
  const marked = series.map((each) => ({
    studyInstanceUID: each.studyInstanceUID,
    seriesInstanceUID: each.seriesInstanceUID,
    missed: missed.has(seriesKey(each)),
  }));
  const names = JSON.stringify(group?.names ?? []);
  return jsonChunks(marked).map(({ json }) => fragment(MARK_SERIES, json, names));
}

const MARK_SERIES = `
INSERT INTO series_to_index (series_id)
SELECT series.id FROM json_each(?1) AS j ${JOIN_NAMED_SERIES}
WHERE (j.value ->> 'missed' AND EXISTS (SELECT 1 FROM search_attribute))
  OR EXISTS (
    SELECT 1 FROM search_attribute WHERE name IS NOT NULL AND name NOT IN (SELECT value FROM json_each(?2)))
ON CONFLICT (series_id) DO UPDATE SET marks = marks + 1, sop_instance_uid = NULL`;

/** ?1: entities, each with its values as [place of the name in ?2, value, item]. */
function insertion(joins: string, identifiers: string): string {
  return `
INSERT INTO attribute_value (search_attribute_id, value, study_id, series_id, instance_id, item)
SELECT search_attribute.id, v.value ->> 1, ${identifiers}, v.value ->> 2
FROM json_each(?1) AS j ${joins}
  CROSS JOIN json_each(j.value, '$.values') AS v
  CROSS JOIN search_attribute ON search_attribute.name = ?2 ->> (v.value ->> 0)
WHERE true
ON CONFLICT DO NOTHING`;
}

/** Inserts values of a study, if this instance describes it: another instance may have come first. */
const INSERT_STUDY_VALUES = insertion(
  `CROSS JOIN study ON study.study_instance_uid = j.value ->> 'studyInstanceUID'
    AND study.attributes = j.value ->> 'attributes'`,
  'study.id, 0, 0',
);

const INSERT_SERIES_VALUES = insertion(
  `${JOIN_NAMED_SERIES} AND series.attributes = j.value ->> 'attributes'`,
  'study.id, series.id, 0',
);

/** Inserts values of an instance, if these bytes count. */
const INSERT_INSTANCE_VALUES = insertion(
  `${JOIN_NAMED_INSTANCE} AND instance.version = j.value ->> 'version'`,
  'study.id, series.id, instance.id',
);

interface Entity {
  readonly values: readonly ExtraValue[];
}

function statements(entities: readonly Entity[], sql: string): Fragment[] {
  const names = [...new Set(entities.flatMap(({ values }) => values.map(({ name }) => name)))];
  const place = new Map(names.map((name, at) => [name, at]));
  const pieces = entities.flatMap((entity) => piecesOf(entity, place));
  return jsonChunks(pieces).map(({ json }) => fragment(sql, json, JSON.stringify(names)));
}

/** An entity with a part of its values at a time. */
function piecesOf(entity: Entity, place: ReadonlyMap<string, number>): object[] {
  const pieces: object[] = [];
  for (let at = 0; at < entity.values.length; at += VALUES_TOGETHER) {
    const some = entity.values.slice(at, at + VALUES_TOGETHER);
    pieces.push({ ...entity, values: some.map(({ name, value, item }) => [place.get(name), value, item]) });
  }
  return pieces;
}

/** A value has up to 1024 characters of three bytes each, so this number is well below the 2 MB of a bound value. */
const VALUES_TOGETHER = 250;

function seriesKey({ studyInstanceUID, seriesInstanceUID }: SeriesIdentity): string {
  return `${studyInstanceUID}/${seriesInstanceUID}`;
}
