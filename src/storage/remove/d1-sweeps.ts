import type {
  ArchiveIdentity,
  IndexIdentity,
  ObjectSweeps,
  OrphanSweeps,
  SegmentSweeps,
  StoredObject,
  SweepIndex,
  SweepRuns,
} from '../../archive/remove/sweep-index';
import type { StatementsOf } from '../statements/d1-client';
import { jsonChunks } from '../statements/json-chunks';
import { type RowsOf, rowsOf } from '../statements/rows-of';
import type { SqlValue } from '../statements/sql-fragment';
import { transactionOf } from '../statements/transaction-of';
import * as sweepSQL from './sweep-sql';

/** The place of a database among those of its archive. */
export interface DatabasePlace {
  /** The number of the database in its archive, from 1. */
  readonly number: number;
  /** How many there are. */
  readonly count: number;
}

/** An archive has one database, unless it says otherwise. */
export const ONLY: DatabasePlace = { number: 1, count: 1 };

/** The sweeper's part of the index, in a D1 database. */
export function d1Sweeps(database: StatementsOf, place = ONLY): SweepIndex {
  const all = rowsOf(database);
  return {
    ...identityIn(all, place),
    ...runsIn(all),
    ...segmentsIn(database, all),
    ...objectsIn(all),
    ...orphansIn(all),
  };
}

function identityIn(all: RowsOf, place: DatabasePlace): IndexIdentity {
  const identityOf = ([row]: IdentityColumns[]): ArchiveIdentity | undefined =>
    row && {
      archiveID: row.archiveID,
      confirmed: row.confirmed === 1,
      moments: [row.moment],
      ...(row.databases > 1 && { databases: row.databases }),
      ...misplaced(row, place),
    };
  return {
    async identity() {
      return identityOf(await all<IdentityColumns>(sweepSQL.IDENTITY));
    },
    async giveIdentity(archiveID) {
      return identityOf(await all<IdentityColumns>(sweepSQL.GIVE_IDENTITY, archiveID, place.number))!;
    },
    async confirmIdentity(archiveID, now) {
      return (await all(sweepSQL.CONFIRM_IDENTITY, archiveID, now)).length > 0;
    },
    async takeIdentity(archiveID, now) {
      return (await all(sweepSQL.TAKE_IDENTITY, archiveID, place.number, now)).length > 0;
    },
    async forgetIdentity() {
      await all(sweepSQL.FORGET_IDENTITY);
    },
    async someInstances() {
      return await all(sweepSQL.SOME_INSTANCES, INSTANCES_FROM_EITHER_END);
    },
  };
}

function runsIn(all: RowsOf): SweepRuns {
  return {
    async lastReport() {
      const [row] = await all<{ report: string }>(sweepSQL.LAST_REPORT);
      return row && JSON.parse(row.report);
    },
    async keepReport(report) {
      await all(sweepSQL.KEEP_REPORT, report.ranAt, JSON.stringify(report));
    },
    async noteGap(from, to) {
      await all(sweepSQL.NOTE_GAP, from, to);
    },
  };
}

function segmentsIn(database: StatementsOf, all: RowsOf): SegmentSweeps {
  const transaction = transactionOf(database);
  return {
    async nextSegments(limit) {
      const [next, segments] = await transaction<LastColumns & SegmentColumns>([
        [sweepSQL.LAST_OF_NEXT_SERIES, limit],
        [sweepSQL.NEXT_SEGMENTS, limit],
      ]);
      const { last = 0, count = 0 } = next?.[0] ?? {};
      return {
        series: (segments ?? []).map((row) => ({ ...row, dead: JSON.parse(row.dead) })),
        lastSeriesRow: count < limit ? 0 : last,
      };
    },
    async keepSegmentPosition(seriesRow) {
      await all(sweepSQL.KEEP_SEGMENT_POSITION, seriesRow);
    },
    async forgetDeadSegments(segments, now) {
      const named = JSON.stringify(segments);
      await transaction([
        [sweepSQL.QUEUE_DEAD_SEGMENTS, named, now],
        [sweepSQL.FORGET_DEAD_PARTS, named],
        [sweepSQL.FORGET_DEAD_SEGMENTS, named],
      ]);
    },
  };
}

function objectsIn(all: RowsOf): ObjectSweeps {
  return {
    async dueDeletions(before, limit) {
      return await keysOf(all, sweepSQL.DUE_DELETIONS, before, limit);
    },
    async unnamed(objects) {
      return await keysAmong(all, sweepSQL.UNNAMED, objects);
    },
    async forgetDeletions(keys) {
      await keysAmong(all, sweepSQL.FORGET_DELETIONS, keys);
    },

    async position() {
      const [row] = await all<{ prefix: string; cursor: string | null }>(sweepSQL.POSITION);
      if (row === undefined) return undefined;
      return row.cursor === null ? { prefix: row.prefix } : { prefix: row.prefix, cursor: row.cursor };
    },
    async keepPosition({ prefix, cursor }) {
      await all(sweepSQL.KEEP_POSITION, prefix, cursor ?? null);
    },
    async unreferenced(objects) {
      return await keysAmong(all, sweepSQL.UNREFERENCED, objects);
    },
  };
}

function orphansIn(all: RowsOf): OrphanSweeps {
  const count = async (sql: string, limit: number): Promise<number> =>
    (await all<{ count: number }>(sql, limit))[0]?.count ?? 0;
  return {
    async noteOrphans(orphans, now) {
      await keysAmong(all, sweepSQL.NOTE_ORPHANS, orphans, now);
    },
    async orphansAfter(key, limit) {
      return await keysOf(all, sweepSQL.ORPHANS_AFTER, key, limit);
    },
    async countOrphans(limit) {
      return await count(sweepSQL.COUNT_ORPHANS, limit);
    },
    async countInstances(limit) {
      return await count(sweepSQL.COUNT_INSTANCES, limit);
    },
    async oldOrphans(before, limit) {
      return await keysOf(all, sweepSQL.OLD_ORPHANS, before, limit);
    },
    async claimOrphans(orphans: readonly StoredObject[], now) {
      return await keysAmong(all, sweepSQL.CLAIM_ORPHANS, orphans, now);
    },
    async forgetOrphans(keys) {
      await keysAmong(all, sweepSQL.FORGET_ORPHANS, keys);
    },
  };
}

async function keysOf(all: RowsOf, sql: string, ...parameters: SqlValue[]): Promise<string[]> {
  return (await all<{ key: string }>(sql, ...parameters)).map(({ key }) => key);
}

/**
 * Runs a statement for arrays of records that are small enough to be bound.
 * @returns the keys that it finds
 */
async function keysAmong(
  all: RowsOf,
  sql: string,
  records: readonly unknown[],
  ...parameters: SqlValue[]
): Promise<string[]> {
  const found: string[] = [];
  for (const { json } of jsonChunks(records)) found.push(...(await keysOf(all, sql, json, ...parameters)));
  return found;
}

const INSTANCES_FROM_EITHER_END = 5;

interface IdentityColumns {
  archiveID: string;
  confirmed: number;
  moment: number;
  number: number;
  databases: number;
}

function misplaced({ number, databases }: IdentityColumns, place: DatabasePlace): Pick<ArchiveIdentity, 'misplaced'> {
  if (number !== place.number) return { misplaced: 'other-database' };
  return place.number === 1 && databases > place.count ? { misplaced: 'missing-database' } : {};
}

interface LastColumns {
  last: number;
  count: number;
}

interface SegmentColumns {
  studyInstanceUID: string;
  seriesInstanceUID: string;
  live: number;
  /** JSON array of names. */
  dead: string;
}
