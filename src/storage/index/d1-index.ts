import { hexadecimal } from '../../archive/bytes';
import type { InstanceIdentity } from '../../archive/identities';
import type { SeriesTimes } from '../../archive/metadata/compaction-tiers';
import { type Author, NOBODY } from '../commit/author';
import { commitGroup } from '../commit/d1-commit';
import { heldFiles } from '../commit/held-files';
import { KnownSeries } from '../commit/known-series';
import * as maintenanceSQL from '../commit/sql/metadata-sql';
import { d1Search } from '../search/d1-search';
import { representativeSQL } from '../search/representative-sql';
import type { StatementsOf } from '../statements/d1-client';
import { evenIfEmpty, isThere, nearestRows } from '../statements/nearest-rows';
import { rowsOf } from '../statements/rows-of';
import { fragment } from '../statements/sql-fragment';
import type { View } from '../visibility/view';
import { d1Metadata } from './d1-metadata';
import {
  FROM_INSTANCE,
  FROM_SERIES,
  INSTANCE_COLUMNS,
  type InstanceColumns,
  instanceRow,
  scopeFilter,
} from './d1-rows';
import type { DatabaseIndex } from './database-index';
import { LAYOUTS, LONGEST_NEIGHBOUR } from './layouts-sql';

/** Options of an index. */
export interface IndexOptions {
  /** Shared by all indexes of the archive in the isolate. */
  readonly known?: KnownSeries;
  /** The database to which groups are committed, and the principal that stores them. */
  readonly commits?: () => { readonly database: StatementsOf; readonly author: Author };
  /** What can be seen of the archive; absent: everything. */
  readonly view?: View;
}

/**
 * The index of one archive in a D1 database.
 * @param database through the view, when there is one
 */
export function d1Index(database: StatementsOf, options: IndexOptions = {}): DatabaseIndex {
  const { known = new KnownSeries(), view } = options;
  const commits = options.commits ?? (() => ({ database, author: NOBODY }));
  const all = rowsOf(database);

  return {
    ...d1Search(database, view),
    ...d1Metadata(database),
    ...instancesIn(database),

    async commit(group) {
      const { database, author } = commits();
      return await commitGroup(database.withSession('first-primary'), group, author, known);
    },

    async secret(name) {
      const made = hexadecimal(crypto.getRandomValues(new Uint8Array(32)));
      const [row] = await all<{ value: string }>(SECRET, name, made);
      return Uint8Array.from(row!.value.match(/../g)!, (digits) => Number.parseInt(digits, 16));
    },

    held: (instances) => heldFiles(commits().database.withSession('first-primary'), instances),

    async seriesTimes(series) {
      const { where, values } = scopeFilter(series);
      const [row] = await all<SeriesTimes>(
        `SELECT series.created_at AS createdAt, series.updated_at AS updatedAt
        ${FROM_SERIES} WHERE ${where}`,
        ...values,
      );
      return row;
    },

    async labels(studyInstanceUID) {
      const [row] = await all<{ labels: string }>(
        'SELECT labels FROM study WHERE study_instance_uid = ?',
        studyInstanceUID,
      );
      return row && JSON.parse(row.labels);
    },

    async replaceLabels(studyInstanceUID, labels, now) {
      const changed = await all(REPLACE_LABELS, studyInstanceUID, JSON.stringify(labels), now);
      return changed.length > 0;
    },
  };
}

/** Rows of instances, and the copies of frames that they name. */
type InstanceReads = Pick<
  DatabaseIndex,
  'instances' | 'layouts' | 'representative' | 'framesToCopy' | 'keepFrameCopies'
>;

function instancesIn(database: StatementsOf): InstanceReads {
  const all = rowsOf(database);
  const near = nearestRows(database);
  return {
    async instances(scope, after, limit) {
      const { where, values } = scopeFilter(scope);
      const sql = `SELECT ${INSTANCE_COLUMNS} ${FROM_INSTANCE} WHERE ${where} AND instance.id > ? ORDER BY instance.id LIMIT ?`;
      // A page after the last instance is empty.
      const isFound = after > 0 ? evenIfEmpty : isThere;
      return (await near<InstanceColumns>(fragment(sql, ...values, after, limit), isFound)).map(instanceRow);
    },

    async layouts({ studyInstanceUID, seriesInstanceUID, sopInstanceUID }: InstanceIdentity, neighbours) {
      const uids = [studyInstanceUID, seriesInstanceUID, sopInstanceUID];
      const rows = await near<InstanceColumns>(
        fragment(LAYOUTS, ...uids, neighbours, LONGEST_NEIGHBOUR, Math.floor(neighbours / 4)),
        ([first]) => first?.sop_instance_uid === sopInstanceUID,
      );
      return rows.map(instanceRow);
    },

    async representative(scope) {
      const { sql, values } = representativeSQL(scope);
      const [row] = await near<InstanceColumns>(fragment(sql, ...values));
      return row === undefined ? undefined : instanceRow(row);
    },

    async framesToCopy(series, limit) {
      const { where, values } = scopeFilter(series);
      const sql = `SELECT ${INSTANCE_COLUMNS} ${FROM_INSTANCE} WHERE ${where} AND ${maintenanceSQL.MAY_BE_COPIED}
        ORDER BY instance.id LIMIT ?`;
      return (await all<InstanceColumns>(sql, ...values, limit)).map(instanceRow);
    },

    async keepFrameCopies(copies) {
      await all(maintenanceSQL.KEEP_FRAME_COPIES, JSON.stringify(copies));
    },
  };
}

/** A key that exists stays: the update changes nothing, and returns the row. */
const SECRET = `INSERT INTO secret (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value RETURNING value`;

/** The inner SELECT reads the study through the view, so a study that the principal cannot see is not changed. */
const REPLACE_LABELS = `UPDATE study SET labels = ?2, updated_at = ?3
  WHERE id IN (SELECT id FROM study WHERE study_instance_uid = ?1) RETURNING id`;
