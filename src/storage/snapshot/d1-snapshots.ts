import {
  type CopiedRows,
  type IndexMoments,
  type PagePosition,
  type RebuiltIndex,
  SNAPSHOT_TABLES,
  type SnapshotIndex,
  type SnapshotPage,
  type SnapshotRow,
  type SnapshotTable,
} from '../../archive/snapshot/snapshot';
import type { StatementsOf } from '../statements/d1-client';
import { jsonChunks } from '../statements/json-chunks';
import { type RowsOf, rowsOf } from '../statements/rows-of';
import { type BoundSQL, type TransactionOf, transactionOf } from '../statements/transaction-of';
import * as snapshotSQL from './snapshot-sql';

const { TABLES } = snapshotSQL;

/** Tables that a further page of a study has rows of. */
const PAGED = ['instance', 'removal'] as const;

/** The part of the index that is about its copies in the bucket, in a D1 database. */
export function d1Snapshots(database: StatementsOf): SnapshotIndex {
  const all = rowsOf(database);
  const transaction = transactionOf(database);
  return { ...copiedRows(all, transaction), ...momentsIn(all), ...rebuiltIn(all, transaction) };
}

function copiedRows(all: RowsOf, transaction: TransactionOf): CopiedRows {
  return {
    async claimChanged(limit, now, abandonedBefore) {
      return (await all<{ uid: string }>(snapshotSQL.CLAIM_CHANGED, limit, now, abandonedBefore)).map(({ uid }) => uid);
    },

    page: (studyInstanceUID, after, limit) => readPage(transaction, studyInstanceUID, after, limit),

    async finish(studyInstanceUID, claimedAt) {
      return (await all(snapshotSQL.FINISH, studyInstanceUID, claimedAt)).length > 0;
    },
    async hasChanged(studyInstanceUID, claimedAt) {
      return (await all(snapshotSQL.IS_CLAIMED, studyInstanceUID, claimedAt)).length === 0;
    },
    async countChanged(limit) {
      return (await all<{ count: number }>(snapshotSQL.COUNT_CHANGED, limit))[0]?.count ?? 0;
    },
    async removedStudiesAfter(studyInstanceUID, limit) {
      return (await all<{ uid: string }>(snapshotSQL.REMOVED_STUDIES_AFTER, studyInstanceUID, limit)).map(
        ({ uid }) => uid,
      );
    },
    async addUnknown(limit) {
      await transaction(snapshotSQL.ADD_UNKNOWN.map((sql) => [sql, limit]));
    },
    async queueDeletion(keys, dueAt) {
      for (const { json } of jsonChunks(keys)) await all(snapshotSQL.QUEUE_DELETION, json, dueAt);
    },

    async waiting(studies) {
      return (await all<{ uid: string }>(snapshotSQL.WAITING, JSON.stringify(studies))).map(({ uid }) => uid);
    },
    async noteChanged(studies) {
      for (const { json } of jsonChunks(studies)) await all(snapshotSQL.NOTE_CHANGED, json);
    },
    async noteMissing(studies) {
      for (const { json } of jsonChunks(studies)) await all(snapshotSQL.NOTE_MISSING, json);
    },
  };
}

function momentsIn(all: RowsOf): IndexMoments {
  return {
    async moments() {
      return [(await all<{ moment: number }>(snapshotSQL.MOMENT))[0]?.moment ?? 0];
    },
    async noteMoment(now) {
      return [(await all<{ moment: number }>(snapshotSQL.NOTE_MOMENT, now))[0]!.moment];
    },
    async lastChange(studyInstanceUID) {
      return (await all<{ time: number }>(snapshotSQL.LAST_CHANGE, studyInstanceUID))[0]?.time ?? 0;
    },
  };
}

function rebuiltIn(all: RowsOf, transaction: TransactionOf): RebuiltIndex {
  return {
    async rebuild() {
      return (await all<{ state: string }>(snapshotSQL.REBUILD))[0]?.state;
    },
    async keepRebuild(state) {
      await all(snapshotSQL.KEEP_REBUILD, state);
    },
    async isEmpty() {
      return (await all<{ empty: number }>(snapshotSQL.IS_EMPTY))[0]?.empty === 1;
    },

    async insert(page, known) {
      const shift = known ?? (await shiftOf(transaction, page));
      await transaction(insertStatements(page, shift));
      return shift;
    },
    async clear(studyInstanceUID) {
      await transaction(snapshotSQL.CLEAR.map((sql) => [sql, studyInstanceUID]));
    },
  };
}

async function readPage(
  transaction: TransactionOf,
  studyInstanceUID: string,
  after: PagePosition | undefined,
  limit: number,
): ReturnType<SnapshotIndex['page']> {
  const tables: readonly SnapshotTable[] = after === undefined ? SNAPSHOT_TABLES : PAGED;
  const found = await transaction<{ row: string }>(
    tables.map((table) =>
      isPaged(table)
        ? [snapshotSQL.someRowsOf(table), studyInstanceUID, after?.[table] ?? 0, limit]
        : [snapshotSQL.rowsOf(table), studyInstanceUID],
    ),
  );
  const rows: Partial<Record<SnapshotTable, SnapshotRow[]>> = {};
  const columns: Partial<Record<SnapshotTable, readonly string[]>> = {};
  for (const [at, table] of tables.entries()) {
    rows[table] = (found[at] ?? []).map(({ row }) => JSON.parse(row));
    columns[table] = TABLES[table].columns;
  }
  const isLast = PAGED.every((table) => rows[table]!.length < limit);
  return { columns, rows, next: isLast ? undefined : positionAfter(rows, after) };
}

/** @param shift is added to the ids of the rows */
function insertStatements({ studyInstanceUID, rows, columns }: SnapshotPage, shift: number): BoundSQL[] {
  const inserts = SNAPSHOT_TABLES.flatMap((table) =>
    jsonChunks(rows[table] ?? []).map(
      ({ json }): BoundSQL => [snapshotSQL.insertRows(table, columns[table] ?? []), json, shift],
    ),
  );
  return [...inserts, [snapshotSQL.INDEX_AGAIN, studyInstanceUID], [snapshotSQL.FORGET_CHANGED, studyInstanceUID]];
}

/** What is added to the ids of a study's rows. An interrupted run may have decided it. */
async function shiftOf(transaction: TransactionOf, { rows, columns }: SnapshotPage): Promise<number> {
  const looks = <Table extends SnapshotTable>(
    tables: readonly Table[],
    sqlOf: (table: Table, columns: readonly string[]) => string,
  ) =>
    tables.flatMap((table) =>
      jsonChunks(rows[table] ?? []).map(({ json }): BoundSQL => [sqlOf(table, columns[table] ?? []), json]),
    );
  const known = looks(['study', 'removal'], snapshotSQL.knownShift);
  const taken = looks(snapshotSQL.NUMBERED, snapshotSQL.takenIds);
  const found = await transaction<{ shift: number; id: number }>([...known, ...taken, [snapshotSQL.LARGEST_ID]]);
  const [there] = found.slice(0, known.length).flat();
  if (there !== undefined) return there.shift;
  return found.slice(known.length, -1).flat().length > 0 ? found.at(-1)![0]!.id : 0;
}

function isPaged(table: SnapshotTable): table is (typeof PAGED)[number] {
  return (PAGED as readonly SnapshotTable[]).includes(table);
}

/** Ids are the first column. */
function positionAfter(
  rows: Partial<Record<SnapshotTable, readonly SnapshotRow[]>>,
  after: PagePosition | undefined,
): PagePosition {
  const last = (table: (typeof PAGED)[number]) => Number(rows[table]?.at(-1)?.[0] ?? after?.[table] ?? 0);
  return { instance: last('instance'), removal: last('removal') };
}
