import type {
  LeasedUploads,
  NewUpload,
  NotCreated,
  Progress,
  Upload,
  UploadBounds,
  UploadedPart,
  UploadRemains,
  Uploads,
} from '../../archive/upload/uploads';
import type { StatementsOf } from '../statements/d1-client';
import { type RowsOf, rowsOf } from '../statements/rows-of';
import type { SqlValue } from '../statements/sql-fragment';
import { type TransactionOf, transactionOf } from '../statements/transaction-of';
import * as sql from './upload-sql';

/** The resumable uploads of an archive, in a D1 database. */
export function d1Uploads(database: StatementsOf): Uploads {
  const all = rowsOf(database);
  const transaction = transactionOf(database);

  return {
    async create(upload, most) {
      const values = valuesOf(upload, most);
      const partials = values[6] as string | null;
      const [, , found, why] = await transaction([
        [sql.CREATE, ...values],
        [sql.KEEP_PARTIALS, upload.id, partials, upload.expiresAt + PARTIALS_MS],
        [sql.FIND, upload.id],
        [sql.WHY_NOT, ...values],
      ]);
      return uploadsIn(found)[0] ?? reasonOf(why?.[0] as WhyNot);
    },
    async find(id) {
      return uploadsIn(await all(sql.FIND, id))[0];
    },
    async findAll(ids) {
      return uploadsIn(await all(sql.FIND_ALL, JSON.stringify(ids)));
    },
    async parts(id) {
      return await all<UploadedPart>(sql.PARTS, id);
    },
    async remove(id, principal, now) {
      const [, removed] = await transaction([
        [sql.MARK_REMOVED, id, principal, now],
        [sql.REMOVE, id, principal, now],
      ]);
      return uploadsIn(removed)[0];
    },
    ...leasedIn(all, transaction),
    ...remainsIn(all, transaction),
  };
}

function leasedIn(all: RowsOf, transaction: TransactionOf): LeasedUploads {
  return {
    async take(id, principal, { lease, offset, now, until }) {
      const [, , , found] = await transaction([
        [sql.TAKE, id, principal, lease, offset, now, until],
        [sql.NOTE_VERSION, id, lease],
        [sql.MARK_UNNEEDED, id, now],
        [sql.FIND, id],
      ]);
      const [upload] = uploadsIn(found);
      return upload?.principal === principal ? upload : undefined;
    },
    async renew(id, lease, until) {
      return (await all(sql.RENEW, id, lease, until)).length > 0;
    },
    async advance(id, lease, progress, now) {
      const [, advanced] = await transaction([
        [sql.NOTE_PARTS, id, lease, JSON.stringify(progress.parts)],
        [sql.ADVANCE, id, lease, ...valuesOfProgress(progress)],
        [sql.MARK_UNNEEDED, id, now],
      ]);
      return (advanced ?? []).length > 0;
    },
    async finish(id, lease, version, now) {
      const [finished] = await transaction([
        [sql.FINISH, id, lease, version],
        [sql.MARK_UNNEEDED, id, now],
      ]);
      return (finished ?? []).length > 0;
    },
    async fail(id, lease, reason, now) {
      const [failed] = await transaction([
        [sql.FAIL, id, lease, reason],
        [sql.MARK_UNNEEDED, id, now],
      ]);
      return (failed ?? []).length > 0;
    },
  };
}

function remainsIn(all: RowsOf, transaction: TransactionOf): UploadRemains {
  return {
    async removeExpired(now, limit) {
      const [, removed] = await transaction([
        [sql.MARK_EXPIRED, now, limit],
        [sql.REMOVE_EXPIRED, now, limit],
      ]);
      return uploadsIn(removed);
    },
    async incomplete(now, limit) {
      return uploadsIn(await all(sql.INCOMPLETE, now, limit));
    },
    async unneeded(before, limit) {
      const rows = await all<UnneededColumns>(sql.UNNEEDED, before, limit);
      return rows.map(({ version, of_instance, settled }) => ({
        version,
        ofInstance: of_instance === 1,
        isSettled: settled === 1,
      }));
    },
    async forgetVersions(versions) {
      await all(sql.FORGET_VERSIONS, JSON.stringify(versions));
    },
  };
}

/** Milliseconds for which partial uploads stay after the end of the final one: its ingest may take several runs. */
const PARTIALS_MS = 6 * 24 * 60 * 60 * 1000;

interface UnneededColumns {
  version: string;
  of_instance: number;
  settled: number;
}

interface WhyNot {
  session: number;
  partials: number;
  fits: number;
  fits_sender: number;
}

function reasonOf({ session, partials, fits, fits_sender }: WhyNot): NotCreated {
  if (session === 0) return 'no-session';
  if (partials === 0) return 'no-partials';
  if (fits === 0) return 'no-room';
  return fits_sender === 0 ? 'no-room-of-sender' : 'too-many';
}

function valuesOf(upload: NewUpload, most: UploadBounds): SqlValue[] {
  const { id, session, principal, sender, metadata, concat, partials, byteLength, partBytes } = upload;
  return [
    id,
    session ?? null,
    principal,
    JSON.stringify(sender),
    metadata,
    concat ?? null,
    partials === undefined ? null : JSON.stringify(partials),
    byteLength,
    partBytes,
    upload.createdAt,
    upload.expiresAt,
    most.uploads,
    most.bytes ?? null,
    most.bytesOfSender ?? null,
  ];
}

function uploadsIn(rows: readonly unknown[] = []): Upload[] {
  return rows.map((row) => uploadOf(row as sql.UploadColumns));
}

function valuesOfProgress({ offset, version, multipartID, rest, until, expiresAt }: Progress): SqlValue[] {
  return [offset, version ?? null, multipartID ?? null, rest?.version ?? null, rest?.length ?? 0, until, expiresAt];
}

function uploadOf(row: sql.UploadColumns): Upload {
  return {
    id: row.id,
    ...(row.session_id !== null && { session: row.session_id }),
    principal: row.principal,
    sender: JSON.parse(row.sender),
    metadata: row.metadata,
    ...(row.concat !== null && { concat: row.concat }),
    ...(row.partials !== null && { partials: JSON.parse(row.partials) }),
    byteLength: row.byte_length,
    offset: row.byte_offset,
    partBytes: row.part_bytes,
    ...(row.version !== null && { version: row.version }),
    ...(row.multipart_id !== null && { multipartID: row.multipart_id }),
    ...(row.rest_version !== null && { rest: { version: row.rest_version, length: row.rest_length } }),
    ...(row.lease !== null && { lease: row.lease }),
    leasedUntil: row.lease_until,
    state: row.state,
    ...(row.reason !== null && { reason: row.reason }),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
