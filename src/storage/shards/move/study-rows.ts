import {
  type PagePosition,
  SNAPSHOT_TABLES,
  type SnapshotRow,
  type SnapshotTable,
} from '../../../archive/snapshot/snapshot';
import { shortForm } from '../../instance-form';
import { type NumberedTable, TABLES } from '../../snapshot/snapshot-sql';
import type { Statement, StatementsOf } from '../../statements/d1-client';
import { jsonChunks } from '../../statements/json-chunks';
import { rowsOf } from '../../statements/rows-of';
import type { SqlValue } from '../../statements/sql-fragment';
import type { OneDatabase } from '../span';
import { NOTE_ARRIVAL, VALUES } from './move-sql';

/*
 * All rows of a study, as they move. Row numbers are those of a database, so a row carries in their place which one of the study's
 * rows of the table is meant: 1 is the first one. The numbers that they get in another database are in the same order.
 */

/** The table that a column with row numbers refers to. */
const REFERS_TO: Readonly<Partial<Record<SnapshotTable, Readonly<Record<string, NumberedTable>>>>> = {
  study: { id: 'study' },
  series: { id: 'series', study_id: 'study' },
  request_attribute: { series_id: 'series' },
  metadata_segment: { id: 'metadata_segment', series_id: 'series', merged_into: 'metadata_segment' },
  instance: {
    id: 'instance',
    series_id: 'series',
    metadata_segment_id: 'metadata_segment',
    segment_id: 'metadata_segment',
  },
  series_sender: { series_id: 'series' },
  further_sender: { series_id: 'series', instance_id: 'instance' },
  removed_study: { id: 'removed_study' },
  removal: { id: 'removal', removed_study_id: 'removed_study' },
};

/** The rows of a study. Two studies with the same rows have the same text as JSON. */
export interface StudyRows {
  readonly tables: Readonly<Record<SnapshotTable, readonly SnapshotRow[]>>;
  /** Values of configured search attributes: [name, value, series, instance, item]; 0: of the study, or of the series. */
  readonly values: readonly SnapshotRow[];
}

/** A study that was read from a database. */
export interface ReadStudy {
  readonly rows: StudyRows;
  /** The numbers that its instances have in this database. */
  readonly instances: readonly number[];
}

/** Instances, and removed instances, that are read at a time. */
const PAGE = 2000;

/** Reads the rows of a study. */
export async function readStudy(
  { snapshots }: OneDatabase,
  database: StatementsOf,
  studyInstanceUID: string,
): Promise<ReadStudy> {
  const found = await readTables(snapshots, studyInstanceUID);
  const values = await rowsOf(database)<Record<string, SqlValue>>(VALUES, studyInstanceUID);
  const places = new Places(found);
  const rows: StudyRows = {
    tables: ofEachTable((table) => withPlaces(table, found[table], places).sort(inOrder)),
    values: values
      .map(({ name = null, value = null, seriesRow = 0, instanceRow = 0, item = null }) => [
        ...[name, value, places.of('series', seriesRow), places.of('instance', instanceRow), item],
      ])
      .sort(inOrder),
  };
  return { rows, instances: places.numbersIn('instance') };
}

type FoundRows = Record<SnapshotTable, SnapshotRow[]>;

function ofEachTable(rows: (table: SnapshotTable) => SnapshotRow[]): FoundRows {
  return Object.fromEntries(SNAPSHOT_TABLES.map((table) => [table, rows(table)])) as unknown as FoundRows;
}

async function readTables(snapshots: OneDatabase['snapshots'], studyInstanceUID: string): Promise<FoundRows> {
  const found: FoundRows = ofEachTable(() => []);
  let after: PagePosition | undefined;
  do {
    const page = await snapshots.page(studyInstanceUID, after, PAGE);
    for (const table of SNAPSHOT_TABLES) found[table] = [...found[table], ...(page.rows[table] ?? [])];
    after = page.next;
  } while (after !== undefined);
  return found;
}

/** Which of the rows of a study has a number: 1 is the first row of its table. */
class Places {
  private readonly places = new Map<NumberedTable, ReadonlyMap<number, number>>();

  constructor(found: FoundRows) {
    for (const table of SNAPSHOT_TABLES) {
      if (TABLES[table].columns[0] !== 'id') continue;
      const ids = found[table].map(([id]) => Number(id)).sort((one, other) => one - other);
      this.places.set(table as NumberedTable, new Map(ids.map((id, at) => [id, at + 1])));
    }
  }

  /** @throws TypeError when a row refers to one that is not of the study */
  of(table: NumberedTable, id: SqlValue): SqlValue {
    if (id === null || id === 0) return id;
    const place = this.places.get(table)?.get(Number(id));
    if (place === undefined) throw new TypeError(`a row refers to no row of ${table}`);
    return place;
  }

  /** The numbers that the rows of a table have in the database that was read. */
  numbersIn(table: NumberedTable): readonly number[] {
    return [...(this.places.get(table)?.keys() ?? [])];
  }
}

/** Rows with places instead of row numbers. */
function withPlaces(table: SnapshotTable, rows: readonly SnapshotRow[], places: Places): SnapshotRow[] {
  const refers = TABLES[table].columns.map((column) => REFERS_TO[table]?.[column]);
  return rows.map((row) => row.map((value, at) => (refers[at] === undefined ? value : places.of(refers[at], value))));
}

function inOrder(one: SnapshotRow, other: SnapshotRow): number {
  for (const [at, value] of one.entries()) {
    const with_ = other[at] ?? null;
    if (value === with_) continue;
    if (typeof value === 'number' && typeof with_ === 'number') return value - with_;
    return String(value) < String(with_) ? -1 : 1;
  }
  return 0;
}

/** The statements that insert the rows, as a part of one transaction. */
export function insertStudy(
  prepare: (sql: string, ...values: SqlValue[]) => Statement,
  { studyInstanceUID, move, now }: { studyInstanceUID: string; move: string; now: number },
  { rows, instances }: ReadStudy,
): Statement[] {
  const inserted = (sql: string, some: readonly SnapshotRow[]) =>
    jsonChunks(some).map(({ json }) => prepare(sql, json, studyInstanceUID));
  return [
    prepare(NOTE_ARRIVAL, studyInstanceUID, move, now, JSON.stringify(instances)),
    ...SNAPSHOT_TABLES.flatMap((table) => inserted(insertRows(table), rows.tables[table])),
    ...inserted(INSERT_VALUES, rows.values),
  ];
}

const ARRIVED = 'json_each(?1) AS j CROSS JOIN moved_in AS arrival ON arrival.study_instance_uid = ?2';

const numbered = (table: NumberedTable, place: string) => `iif(${place} = 0, 0, arrival.${table}_base + ${place})`;

function insertRows(table: SnapshotTable): string {
  const { columns } = TABLES[table];
  const values = columns.map((column, at) => {
    const value = `j.value ->> ${at}`;
    const refers = REFERS_TO[table]?.[column];
    if (refers !== undefined) return numbered(refers, `(${value})`);
    return table === 'instance' && column === 'digest' ? shortForm(column, value) : value;
  });
  return `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM ${ARRIVED}`;
}

const INSERT_VALUES = `
INSERT INTO attribute_value (search_attribute_id, value, study_id, series_id, instance_id, item)
SELECT search_attribute.id, j.value ->> 1, arrival.study_base + 1, ${numbered('series', '(j.value ->> 2)')},
  ${numbered('instance', '(j.value ->> 3)')}, j.value ->> 4
FROM ${ARRIVED} CROSS JOIN search_attribute ON search_attribute.name = j.value ->> 0`;
