import type { ArchiveBindings } from '../../src/storage/open-archive';
import { replacing } from './replacing';

/** How an operation fails: before it has started, or by losing its answer after it was carried out. */
export interface Failure {
  readonly message: string;
  readonly when: 'before' | 'after';
}

/** A round trip to D1, or a call of R2; begin, part, complete and abort are those of a multipart upload. */
export type Operation = 'query' | 'batch' | 'put' | 'get' | 'delete' | 'begin' | 'part' | 'complete' | 'abort';

/**
 * Bindings that fail at times, as the platform does.
 * @param plan is called before each operation; undefined means that the operation succeeds
 */
export function failing(
  bindings: ArchiveBindings,
  plan: (operation: Operation) => Failure | undefined,
): ArchiveBindings {
  const through = async <T>(operation: Operation, work: () => Promise<T>): Promise<T> => {
    const failure = plan(operation);
    if (failure?.when === 'before') throw new Error(failure.message);
    const result = await work();
    if (failure?.when === 'after') throw new Error(failure.message);
    return result;
  };
  return {
    ...bindings,
    database: failingDatabase(bindings.database, through),
    bucket: failingBucket(bindings.bucket, through),
  };
}

function failingBucket(bucket: R2Bucket, through: Through): R2Bucket {
  const upload = (of: R2MultipartUpload) =>
    replacing(of, {
      uploadPart: (...part: Parameters<R2MultipartUpload['uploadPart']>) =>
        through('part', () => of.uploadPart(...part)),
      complete: (parts: R2UploadedPart[]) => through('complete', () => of.complete(parts)),
      abort: () => through('abort', () => of.abort()),
    });
  return replacing(bucket, {
    put: (...of: Parameters<R2Bucket['put']>) => through('put', () => bucket.put(...of)),
    get: (...of: [string]) => through('get', () => bucket.get(...of)),
    delete: (keys: string | string[]) => through('delete', () => bucket.delete(keys)),
    createMultipartUpload: (...of: Parameters<R2Bucket['createMultipartUpload']>) =>
      through('begin', async () => upload(await bucket.createMultipartUpload(...of))),
    resumeMultipartUpload: (...of: Parameters<R2Bucket['resumeMultipartUpload']>) =>
      upload(bucket.resumeMultipartUpload(...of)),
  });
}

type Through = <T>(operation: Operation, work: () => Promise<T>) => Promise<T>;

function failingDatabase(database: D1Database, through: Through): D1Database {
  const originals = new WeakMap<object, D1PreparedStatement>();
  const statement = (of: D1PreparedStatement): D1PreparedStatement => {
    const proxy = replacing(of, {
      bind: (...values: unknown[]) => statement(of.bind(...values)),
      all: () => through('query', () => of.all()),
      run: () => through('query', () => of.run()),
      raw: () => through('query', () => of.raw()),
      first: (...column: [string]) => through('query', () => of.first(...column)),
    });
    originals.set(proxy, of);
    return proxy;
  };
  const replaced = (of: D1Database | D1DatabaseSession) => ({
    prepare: (sql: string) => statement(of.prepare(sql)),
    batch: (statements: D1PreparedStatement[]) =>
      through('batch', () => of.batch(statements.map((each) => originals.get(each) ?? each))),
  });
  return replacing(database, {
    ...replaced(database),
    withSession: (constraint?: string) => {
      const session = database.withSession(constraint);
      return replacing(session, replaced(session));
    },
  });
}
