import type { AuditEvent } from '../../archive/audit/audit-event';
import type {
  IngestEnd,
  IngestProgress,
  IngestResults,
  Ingests,
  JoinedPartials,
} from '../../archive/upload/ingest/ingests';
import type { PendingResult, ResultDetail, UploadResult } from '../../archive/upload/upload-result';
import { addEventsSQL, eventRecords } from '../audit/d1-audit-record';
import type { StatementsOf } from '../statements/d1-client';
import { jsonChunks } from '../statements/json-chunks';
import { type RowsOf, rowsOf } from '../statements/rows-of';
import { type BoundSQL, transactionOf } from '../statements/transaction-of';
import * as sql from './ingest-sql';
import { MARK_UNNEEDED } from './upload-sql';

/** Runs statements as one transaction. @returns whether the last one has changed a row */
type Together = (statements: readonly BoundSQL[]) => Promise<boolean>;

/** The ingest of uploads of an archive, in a D1 database. */
export function d1Ingests(database: StatementsOf): Ingests {
  const all = rowsOf(database);
  const transaction = transactionOf(database);
  const together: Together = async (statements) => ((await transaction(statements)).at(-1) ?? []).length > 0;

  return {
    async claim(id, run, now, until) {
      const [row] = await all<sql.ClaimColumns>(sql.CLAIM, id, run, now, until);
      return row && claimedOf(row);
    },
    async renew(id, run, until) {
      return (await all(sql.RENEW, id, run, until)).length > 0;
    },
    async release(id, run, retryAt, failed) {
      await all(sql.RELEASE, id, run, retryAt, Number(failed));
    },
    async expect(id, run, pending, until) {
      return await together([...resultStatements(id, run, pending), [sql.RENEW, id, run, until]]);
    },
    async advance(id, run, progress, until) {
      const moved = Number(progress.results.length > 0);
      return await together([
        ...noted(id, run, progress),
        [sql.ADVANCE, id, run, progress.cursor ?? null, until, moved],
      ]);
    },
    async finish(id, run, progress, end) {
      return await together([...noted(id, run, progress), ...endOf(id, run, end)]);
    },
    async finishArrived(id, lease, run, progress, end) {
      return await together([[sql.ARRIVE, id, run, lease], ...noted(id, run, progress), ...endOf(id, run, end)]);
    },
    async again(ids, claims) {
      const uploads = JSON.stringify(ids);
      await together([
        [sql.AGAIN, uploads, claims],
        [sql.FORGET_FAILED, uploads],
      ]);
    },
    async waiting(now, limit) {
      return (await all<{ id: string }>(sql.WAITING, now, limit)).map(({ id }) => id);
    },
    ...joinedIn(all, together),
    ...resultsIn(all),
  };
}

function joinedIn(all: RowsOf, together: Together): JoinedPartials {
  return {
    async begin(id, run, version, multipartID) {
      return await together([
        [sql.NOTE_VERSION, id, run, version],
        [sql.BEGIN, id, run, version, multipartID],
      ]);
    },
    async noteParts(id, run, parts, until) {
      return await together([
        [sql.NOTE_PARTS, id, run, JSON.stringify(parts)],
        [sql.COME_ON, id, run, until],
      ]);
    },
    async complete(id, run) {
      return (await all(sql.COMPLETE, id, run)).length > 0;
    },
  };
}

function resultsIn(all: RowsOf): IngestResults {
  return {
    async settled(id, duplicates) {
      const rows = await all<sql.ResultColumns>(sql.SETTLED, id, duplicates);
      return rows.map((row) => ({
        ...resultOf(row),
        version: row.version ?? '',
        ...(row.outcome != null && { outcome: row.outcome }),
      }));
    },
    async settledFrom(id, ordinal) {
      return new Set((await all<{ ordinal: number }>(sql.SETTLED_FROM, id, ordinal)).map((row) => row.ordinal));
    },
    async results(ids, limit, after = -1) {
      const rows = await all<sql.ResultColumns>(sql.RESULTS, JSON.stringify(ids), limit, after);
      return rows.map((row) => ({ ...resultOf(row), upload: row.upload }));
    },
    async counts(ids) {
      const rows = await all<{ upload: string; result: string; count: number }>(sql.COUNTS, JSON.stringify(ids));
      const counts = new Map<string, Record<string, number>>();
      for (const { upload, result, count } of rows) {
        const known = counts.get(upload) ?? {};
        counts.set(upload, known);
        known[result] = count;
      }
      return counts;
    },
  };
}

function endOf(id: string, run: string, { reason, expiresAt }: IngestEnd): BoundSQL[] {
  return [
    [sql.FORGET_PENDING, id, run],
    [sql.FINISH, id, run, expiresAt, reason ?? null],
    [MARK_UNNEEDED, id, Date.now()],
    [sql.LET_PARTIALS_GO, id, run, Date.now()],
    [sql.KEEP_SESSION, id, run, expiresAt],
    [sql.IS_FINISHED, id, run],
  ];
}

function noted(id: string, run: string, { results, events }: IngestProgress): BoundSQL[] {
  return [...resultStatements(id, run, results), ...eventStatements(id, run, events)];
}

function resultStatements(id: string, run: string, results: readonly (UploadResult | PendingResult)[]): BoundSQL[] {
  const records = results.map((each) => ({ result: 'pending', ...each, warnings: JSON.stringify(each.warnings) }));
  return jsonChunks(records).map(({ json }) => [sql.NOTE_RESULTS, id, run, json]);
}

/** Events are in the record if, and only if, the results are noted. */
function eventStatements(id: string, run: string, events: readonly AuditEvent[]): BoundSQL[] {
  return jsonChunks(eventRecords(events)).map(({ json }) => [addEventsSQL('?3', sql.MAY_RECORD), id, run, json]);
}

function claimedOf(row: sql.ClaimColumns) {
  return {
    id: row.id,
    sender: JSON.parse(row.sender),
    byteLength: row.byte_length,
    partBytes: row.part_bytes,
    claims: row.claims,
    ...(row.partials !== null && { partials: JSON.parse(row.partials) }),
    ...(row.version !== null && { version: row.version }),
    ...(row.multipart_id !== null && { multipartID: row.multipart_id }),
    ...(row.cursor !== null && { cursor: row.cursor }),
  };
}

function resultOf(row: sql.ResultColumns): UploadResult {
  return {
    ordinal: row.ordinal,
    result: row.result as UploadResult['result'],
    instance: {
      ...(row.study_instance_uid !== null && { studyInstanceUID: row.study_instance_uid }),
      ...(row.series_instance_uid !== null && { seriesInstanceUID: row.series_instance_uid }),
      ...(row.sop_instance_uid !== null && { sopInstanceUID: row.sop_instance_uid }),
      ...(row.sop_class_uid !== null && { sopClassUID: row.sop_class_uid }),
    },
    warnings: JSON.parse(row.warnings),
    ...(row.tag !== null && { tag: row.tag }),
    ...(row.detail !== null && { detail: row.detail as ResultDetail }),
    ...(row.name !== null && { name: row.name }),
    ...(row.held_digest && { heldDigest: row.held_digest }),
  };
}
