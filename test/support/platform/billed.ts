import type { ArchiveBindings } from '../../../src/storage/open-archive';
import { withDatabases } from '../databases/each-database';
import { replacing } from './replacing';

/** What the platform bills, and the round trips that a client waits for. */
export interface Billed {
  /** R2 operations that write or list. */
  classA: number;
  /** R2 operations that read. */
  classB: number;
  /** As D1 counts them, indexes included. */
  rowsRead: number;
  rowsWritten: number;
  /** Round trips to D1. */
  d1: number;
  /** Messages sent to the queue. */
  messages: number;
  /** Bytes of the database after the last statement. */
  databaseBytes: number;
}

const NOTHING: Billed = { classA: 0, classB: 0, rowsRead: 0, rowsWritten: 0, d1: 0, messages: 0, databaseBytes: 0 };

/** Counts what is billed for the calls of an archive's bindings. */
export function billing(): {
  over(real: ArchiveBindings): ArchiveBindings;
  /** @returns what `work` cost */
  costOf(work: () => Promise<unknown>): Promise<Billed>;
} {
  const bill = { ...NOTHING };
  return {
    over: ({ bucket, queue, ...databases }) => ({
      ...withDatabases({ bucket, queue, ...databases }, (database) => billedDatabase(database, bill)),
      bucket: billedBucket(bucket, bill),
      queue: replacing(queue, {
        sendBatch: (messages: MessageSendRequest[]) => {
          bill.messages += messages.length;
          return queue.sendBatch(messages);
        },
      }),
    }),
    costOf: async (work) => {
      const { databaseBytes } = bill;
      Object.assign(bill, NOTHING, { databaseBytes });
      await work();
      return { ...bill };
    },
  };
}

const originals = new WeakMap<object, D1PreparedStatement>();

function billedDatabase(database: D1Database, bill: Billed): D1Database {
  const noted = <Result extends D1Result>(result: Result): Result => {
    bill.rowsRead += result.meta.rows_read;
    bill.rowsWritten += result.meta.rows_written;
    bill.databaseBytes = result.meta.size_after;
    return result;
  };
  const statement = (of: D1PreparedStatement): D1PreparedStatement => {
    const all = async () => {
      bill.d1 += 1;
      return noted(await of.all());
    };
    const proxy = replacing(of, {
      bind: (...values: unknown[]) => statement(of.bind(...values)),
      all,
      run: all,
      first: async () => (await all()).results[0] ?? null,
    });
    originals.set(proxy, of);
    return proxy;
  };
  const billed = (of: D1Database | D1DatabaseSession) => ({
    prepare: (sql: string) => statement(of.prepare(sql)),
    batch: async (statements: D1PreparedStatement[]) => {
      bill.d1 += 1;
      return (await of.batch(statements.map((one) => originals.get(one) ?? one))).map(noted);
    },
  });
  return replacing(database, {
    ...billed(database),
    withSession: (constraint?: string) => {
      const session = database.withSession(constraint);
      return replacing(session, billed(session));
    },
  });
}

/** Deletions are free of charge. */
function billedBucket(bucket: R2Bucket, bill: Billed): R2Bucket {
  const counted =
    (kind: 'classA' | 'classB', method: 'get' | 'head' | 'put' | 'list') =>
    (...parameters: unknown[]) => {
      bill[kind] += 1;
      return (bucket[method] as (...p: unknown[]) => unknown)(...parameters);
    };
  const upload = (of: R2MultipartUpload): R2MultipartUpload =>
    replacing(of, {
      uploadPart: (...parameters: Parameters<R2MultipartUpload['uploadPart']>) => {
        bill.classA += 1;
        return of.uploadPart(...parameters);
      },
      complete: (parts: R2UploadedPart[]) => {
        bill.classA += 1;
        return of.complete(parts);
      },
    });
  return replacing(bucket, {
    get: counted('classB', 'get'),
    head: counted('classB', 'head'),
    put: counted('classA', 'put'),
    list: counted('classA', 'list'),
    createMultipartUpload: async (...parameters: Parameters<R2Bucket['createMultipartUpload']>) => {
      bill.classA += 1;
      return upload(await bucket.createMultipartUpload(...parameters));
    },
    resumeMultipartUpload: (...parameters: Parameters<R2Bucket['resumeMultipartUpload']>) =>
      upload(bucket.resumeMultipartUpload(...parameters)),
  });
}
