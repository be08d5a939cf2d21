import { platformNow } from '../time/short-pauses';
import { type Call, PRODUCTION } from './platform-limits';
import { replacing } from './replacing';

/** When each key was written, of each bucket. */
const writes = new Set<Map<string, number>>();

/** The buckets were emptied between two tests: what was written before does not count. */
export function forgetWrites(): void {
  for (const written of writes) written.clear();
}

/** A bucket that refuses what R2 refuses in production. */
export function limitedBucket(bucket: R2Bucket, call: Call): R2Bucket {
  const written = new Map<string, number>();
  writes.add(written);
  /** R2 accepts one write a second for a key. */
  const checkWrite = (action: string, key: string, options: R2PutOptions | R2MultipartOptions = {}) => {
    if (utf8Length(key) > PRODUCTION.keyBytes)
      throw new Error(`${action}: The specified object name is not valid. (10020)`);
    const metadata = Object.entries(options.customMetadata ?? {})
      .flat()
      .join('');
    if (utf8Length(metadata) > PRODUCTION.metadataBytes) {
      throw new Error(`${action}: Your metadata headers exceed the maximum allowed metadata size. (10012)`);
    }
    const now = platformNow();
    const before = written.get(key) ?? Number.NEGATIVE_INFINITY;
    if (now - before < PRODUCTION.writeIntervalMs) {
      throw new Error(`${action}: Reduce your concurrent request rate for the same object. (10058)`);
    }
    written.set(key, now);
    if (written.size > 100_000) written.clear();
  };
  const upload = (of: R2MultipartUpload): R2MultipartUpload =>
    replacing(of, {
      uploadPart: (...parameters: Parameters<R2MultipartUpload['uploadPart']>) =>
        call(0, () => of.uploadPart(...parameters)),
      abort: () => call(0, () => of.abort()),
      complete: (parts: R2UploadedPart[]) =>
        call(0, async () => {
          checkWrite('completeMultipartUpload', of.key);
          return await of.complete(parts);
        }),
    });
  return replacing(bucket, {
    head: (key: string) => call(0, () => bucket.head(key)),
    get: (...of: [string]) => call(0, () => bucket.get(...of)),
    put: (...of: Parameters<R2Bucket['put']>) =>
      call(0, async () => {
        checkWrite('put', of[0], of[2]);
        return await bucket.put(...of);
      }),
    list: (options?: R2ListOptions) => call(0, () => bucket.list(options)),
    delete: (keys: string | string[]) =>
      call(0, async () => {
        if (Array.isArray(keys) && keys.length > PRODUCTION.keysDeleted) {
          throw new Error(`delete: at most ${PRODUCTION.keysDeleted} keys a call`);
        }
        return await bucket.delete(keys);
      }),
    createMultipartUpload: (...of: Parameters<R2Bucket['createMultipartUpload']>) =>
      call(0, async () => upload(await bucket.createMultipartUpload(...of))),
    resumeMultipartUpload: (...of: Parameters<R2Bucket['resumeMultipartUpload']>) =>
      upload(bucket.resumeMultipartUpload(...of)),
  });
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
