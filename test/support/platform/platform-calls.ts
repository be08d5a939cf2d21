import type { ArchiveBindings } from '../../../src/storage/open-archive';
import { withDatabases } from '../databases/each-database';
import { replacing } from './replacing';

/**
 * What a call does. query, batch: a round trip to D1. begin, part, complete, abort: those of a multipart upload to R2.
 * send: a call of the queue. match, keep: calls of the cache.
 */
export type PlatformOperation =
  | 'query'
  | 'batch'
  | 'put'
  | 'get'
  | 'head'
  | 'list'
  | 'delete'
  | 'begin'
  | 'part'
  | 'complete'
  | 'abort'
  | 'send'
  | 'match'
  | 'keep';

/** A call of the platform, for a trace. */
export interface PlatformCall {
  readonly operation: PlatformOperation;
  /** What the call is about: the start of its SQL, or the kind of its key. */
  readonly about: string;
}

/** Makes a call, or does something else in its place. */
export type Through = <T>(call: PlatformCall, work: () => Promise<T>) => Promise<T>;

/** The same bindings; each call of R2, D1 and the queue goes through `through`. */
export function watchedBindings(bindings: ArchiveBindings, through: Through): ArchiveBindings {
  return {
    ...withDatabases(bindings, (database) => watchedDatabase(database, through)),
    bucket: watchedBucket(bindings.bucket, through),
    queue: watchedQueue(bindings.queue, through),
  };
}

function watchedQueue(queue: Queue, through: Through): Queue {
  const call: PlatformCall = { operation: 'send', about: 'messages' };
  return replacing(queue, {
    send: (...of: Parameters<Queue['send']>) => through(call, () => queue.send(...of)),
    sendBatch: (...of: Parameters<Queue['sendBatch']>) => through(call, () => queue.sendBatch(...of)),
  });
}

function watchedBucket(bucket: R2Bucket, through: Through): R2Bucket {
  const upload = (of: R2MultipartUpload) => {
    const about = kindOf(of.key);
    return replacing(of, {
      uploadPart: (...part: Parameters<R2MultipartUpload['uploadPart']>) =>
        through({ operation: 'part', about }, () => of.uploadPart(...part)),
      complete: (parts: R2UploadedPart[]) => through({ operation: 'complete', about }, () => of.complete(parts)),
      abort: () => through({ operation: 'abort', about }, () => of.abort()),
    });
  };
  return replacing(bucket, {
    put: (...of: Parameters<R2Bucket['put']>) =>
      through({ operation: 'put', about: kindOf(of[0]) }, () => bucket.put(...of)),
    get: (...of: [string]) => through({ operation: 'get', about: kindOf(of[0]) }, () => bucket.get(...of)),
    head: (key: string) => through({ operation: 'head', about: kindOf(key) }, () => bucket.head(key)),
    list: (options?: R2ListOptions) =>
      through({ operation: 'list', about: kindOf(options?.prefix ?? '') }, () => bucket.list(options)),
    delete: (keys: string | string[]) =>
      through({ operation: 'delete', about: `${[keys].flat().length} keys` }, () => bucket.delete(keys)),
    createMultipartUpload: (...of: Parameters<R2Bucket['createMultipartUpload']>) =>
      through({ operation: 'begin', about: kindOf(of[0]) }, async () =>
        upload(await bucket.createMultipartUpload(...of)),
      ),
    resumeMultipartUpload: (...of: Parameters<R2Bucket['resumeMultipartUpload']>) =>
      upload(bucket.resumeMultipartUpload(...of)),
  });
}

/** The same cache; each call goes through `through`. */
export function watchedCache(cache: Cache, through: Through): Cache {
  return replacing(cache, {
    match: (...of: Parameters<Cache['match']>) =>
      through({ operation: 'match', about: 'a picture' }, () => cache.match(...of)),
    put: (...of: Parameters<Cache['put']>) =>
      through({ operation: 'keep', about: 'a picture' }, () => cache.put(...of)),
  });
}

/** The key without UIDs and versions: `instances/.../x.dcm` is `instances .dcm`. */
function kindOf(key: string): string {
  const parts = key.split('/');
  const first = parts.find((part) => ['instances', 'metadata', 'unfiled', 'record'].includes(part));
  const ending = /\.[a-z]+$/.exec(key)?.[0];
  return [first ?? parts.at(-1) ?? '', ending].filter(Boolean).join(' ');
}

function watchedDatabase(database: D1Database, through: Through): D1Database {
  const originals = new WeakMap<object, { readonly statement: D1PreparedStatement; readonly sql: string }>();
  const watched = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const query = <T>(work: () => Promise<T>) => through({ operation: 'query', about: startOf(sql) }, work);
    const proxy = replacing(statement, {
      bind: (...values: unknown[]) => watched(statement.bind(...values), sql),
      all: () => query(() => statement.all()),
      run: () => query(() => statement.run()),
      raw: (...options: [{ columnNames: true }]) => query(() => statement.raw(...options)),
      first: (...column: [string]) => query(() => statement.first(...column)),
    });
    originals.set(proxy, { statement, sql });
    return proxy;
  };
  const replaced = (of: D1Database | D1DatabaseSession) => ({
    prepare: (sql: string) => watched(of.prepare(sql), sql),
    batch: (statements: D1PreparedStatement[]) => {
      const known = statements.map((each) => originals.get(each) ?? { statement: each, sql: '' });
      const about = `${known.length} statements, the first ${startOf(known[0]?.sql ?? '')}`;
      return through({ operation: 'batch', about }, () => of.batch(known.map(({ statement }) => statement)));
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

/** The first words of a statement, without the view that may be before it. */
function startOf(sql: string): string {
  const known = starts.get(sql);
  if (known !== undefined) return known;
  const start = sql.replaceAll(/\s+/g, ' ').trim().slice(0, 48);
  if (starts.size === MOST_STARTS) starts.clear();
  starts.set(sql, start);
  return start;
}

/** Runs of faults make millions of calls, of some hundred statements. */
const starts = new Map<string, string>();
const MOST_STARTS = 2000;
