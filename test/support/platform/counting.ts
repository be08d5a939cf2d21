import type { ArchiveBindings } from '../../../src/storage/open-archive';
import { withDatabases } from '../databases/each-database';
import { replacing } from './replacing';

/**
 * The number of operations that a request asks of the platform. Production limits these; the local runtime does not, so
 * tests count them.
 */
export interface Operations {
  /** Round trips to D1: a statement, or a batch. */
  d1: number;
  r2Reads: { key: string; offset?: number; length?: number }[];
  r2Writes: string[];
  /** Calls of delete. */
  r2Deletes: number;
  /** Messages sent. */
  queued: number;
}

/** The same bindings, with their calls counted. */
export function counted(bindings: ArchiveBindings): { bindings: ArchiveBindings; operations: Operations } {
  const operations: Operations = { d1: 0, r2Reads: [], r2Writes: [], r2Deletes: 0, queued: 0 };
  return {
    operations,
    bindings: {
      ...withDatabases(bindings, (database) => countedDatabase(database, operations)),
      bucket: countedBucket(bindings.bucket, operations),
      queue: countedQueue(bindings.queue, operations),
    },
  };
}

/** Begins to count at zero again. */
export function reset(operations: Operations): void {
  Object.assign(operations, { d1: 0, r2Reads: [], r2Writes: [], r2Deletes: 0, queued: 0 });
}

const originals = new WeakMap<object, D1PreparedStatement>();

function countedStatement(statement: D1PreparedStatement, operations: Operations): D1PreparedStatement {
  const counting =
    (method: 'all' | 'run' | 'first' | 'raw') =>
    (...parameters: unknown[]) => {
      operations.d1 += 1;
      return (statement[method] as (...p: unknown[]) => unknown)(...parameters);
    };
  const proxy = replacing(statement, {
    bind: (...values: unknown[]) => countedStatement(statement.bind(...values), operations),
    all: counting('all'),
    run: counting('run'),
    first: counting('first'),
    raw: counting('raw'),
  });
  originals.set(proxy, statement);
  return proxy;
}

function countedDatabase(database: D1Database, operations: Operations): D1Database {
  const replaced = (of: D1Database | D1DatabaseSession) => ({
    prepare: (sql: string) => countedStatement(of.prepare(sql), operations),
    batch: (statements: D1PreparedStatement[]) => {
      operations.d1 += 1;
      return of.batch(statements.map((statement) => originals.get(statement) ?? statement));
    },
  });
  return replacing(database, {
    ...replaced(database),
    withSession: (constraint?: string) => {
      const session = database.withSession(constraint);
      return replacing(session, replaced(session));
    },
  });
}

function countedQueue(queue: Queue, operations: Operations): Queue {
  return replacing(queue, {
    sendBatch: (messages: MessageSendRequest[]) => {
      operations.queued += messages.length;
      return queue.sendBatch(messages);
    },
  });
}

function countedBucket(bucket: R2Bucket, operations: Operations): R2Bucket {
  return replacing(bucket, {
    get: (key: string, options?: { range?: { offset: number; length: number } }) => {
      operations.r2Reads.push({ key, ...options?.range });
      return bucket.get(key, options as R2GetOptions);
    },
    put: (key: string, ...rest: [Uint8Array]) => {
      operations.r2Writes.push(key);
      return bucket.put(key, ...rest);
    },
    delete: (keys: string | string[]) => {
      operations.r2Deletes += 1;
      return bucket.delete(keys);
    },
  });
}
