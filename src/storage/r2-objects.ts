import { hexadecimal } from '../archive/bytes';
import { requireKind } from '../archive/object-keys';
import {
  type ByteRange,
  type ObjectList,
  type ObjectStore,
  type ObjectUpload,
  PartsLostError,
  type ResumedUpload,
} from '../archive/object-store';
import { answered } from './answered';
import { retrying } from './statements/retries';

/**
 * Objects of one archive in an R2 bucket.
 * @param prefix is put before every key, so that archives may share a bucket; empty or ending in a slash
 */
export function r2Objects(bucket: R2Bucket, prefix: string): ObjectStore {
  return {
    async put(key, bytes, sha256) {
      requireKind(key);
      await retrying(() => answered(bucket.put(prefix + key, bytes, sha256 && { sha256 })));
    },
    async create(key, bytes) {
      requireKind(key);
      // RFC 9110 13.1.2: R2 refuses the write when there is an object.
      const onlyIf = new Headers({ 'If-None-Match': '*' });
      await retrying(() => answered(bucket.put(prefix + key, bytes, { onlyIf })));
    },
    async begin(key) {
      requireKind(key);
      return r2Upload(await retrying(() => answered(bucket.createMultipartUpload(prefix + key))));
    },
    async beginResumable(key) {
      requireKind(key);
      return (await retrying(() => answered(bucket.createMultipartUpload(prefix + key)))).uploadId;
    },
    resume(key, id) {
      return resumedUpload(bucket.resumeMultipartUpload(prefix + key, id));
    },
    async read(key, range) {
      return await retrying(() => open(bucket, prefix + key, range));
    },
    async look(key) {
      const object = await retrying(() => answered(bucket.get(prefix + key, { range: { suffix: 1 } }), ended));
      // One byte is read: a bucket may still list, and answer head() for, an object whose bytes are gone. It is read to its
      // end, since a body that is neither read nor cancelled keeps its connection.
      await object?.arrayBuffer();
      if (object === null) return null;
      const { sha256 } = object.checksums;
      return { byteLength: object.size, sha256: sha256 && hexadecimal(new Uint8Array(sha256)) };
    },
    async copy(from, to, described) {
      requireKind(to);
      await copy(bucket, prefix + from, prefix + to, described);
    },
    async delete(keys) {
      for (let at = 0; at < keys.length; at += DELETE_LIMIT) {
        const some = keys.slice(at, at + DELETE_LIMIT).map((key) => prefix + key);
        await retrying(() => answered(bucket.delete(some)));
      }
    },
    async list(under, cursor): Promise<ObjectList> {
      // A place that was noted before a cursor was a key is a cursor of R2.
      const isKey = cursor?.startsWith(under) === true;
      const from = cursor === undefined ? {} : isKey ? { startAfter: prefix + cursor } : { cursor };
      const page = await retrying(() => answered(bucket.list({ prefix: prefix + under, ...from })));
      const objects = page.objects.map(({ key, size, uploaded }) => ({
        key: key.slice(prefix.length),
        byteLength: size,
        uploaded: uploaded.getTime(),
      }));
      return { objects, ...(page.truncated ? { cursor: objects.at(-1)?.key ?? page.cursor } : {}) };
    },
  };
}

/**
 * Copies an object: in one piece, or in parts of `partBytes` when it is longer than one.
 * @param described length and digest of the object, bytes of a part
 */
async function copy(
  bucket: R2Bucket,
  from: string,
  to: string,
  { byteLength, sha256, partBytes }: Parameters<ObjectStore['copy']>[2],
): Promise<void> {
  const copied = <Result>(range: ByteRange, write: (body: ReadableStream) => Promise<Result>) =>
    retrying(() => streamed(bucket, from, range, (body) => answered(write(body))));
  if (byteLength <= partBytes) {
    const options = sha256 && { sha256 };
    await copied({ offset: 0, length: byteLength }, (body) => bucket.put(to, body, options));
    return;
  }
  const upload = await retrying(() => answered(bucket.createMultipartUpload(to)));
  try {
    const parts: R2UploadedPart[] = [];
    for (let offset = 0; offset < byteLength; offset += partBytes) {
      const length = Math.min(partBytes, byteLength - offset);
      parts.push(await copied({ offset, length }, (body) => upload.uploadPart(parts.length + 1, body)));
    }
    await answered(upload.complete(parts));
  } catch (error) {
    await answered(upload.abort()).catch(() => undefined);
    throw error;
  }
}

/** Keys that R2 deletes in one call. The local runtime does not enforce this limit. */
const DELETE_LIMIT = 1000;

async function open(bucket: R2Bucket, key: string, range: ByteRange | undefined) {
  // R2 refuses a range of zero bytes, which an empty frame or value has.
  if (range?.length === 0) return new Blob([]).stream() as ReadableStream<Uint8Array>;
  const object = await answered(bucket.get(key, range === undefined ? undefined : { range }), ended);
  return (object?.body as ReadableStream<Uint8Array> | undefined) ?? null;
}

/** A body that nobody reads keeps its connection. */
function ended(object: R2ObjectBody | null): void {
  void object?.body.cancel().catch(() => undefined);
}

/** Reads a range of an object, and gives it to `write` as a stream of this length: R2 takes no other. */
async function streamed<Result>(
  bucket: R2Bucket,
  key: string,
  range: ByteRange,
  write: (body: ReadableStream) => Promise<Result>,
): Promise<Result> {
  // A read that has to be repeated takes no attempt of the write.
  const body = await retrying(() => open(bucket, key, range));
  if (body === null) throw new Error('the object that is copied is not there');
  const { readable, writable } = new FixedLengthStream(range.length);
  const ended = new AbortController();
  try {
    const [result] = await Promise.all([write(readable), body.pipeTo(writable, { signal: ended.signal })]);
    return result;
  } finally {
    // A write that failed does not read the rest.
    ended.abort();
  }
}

function r2Upload(upload: R2MultipartUpload): ObjectUpload {
  const parts: R2UploadedPart[] = [];
  return {
    async part(number, bytes) {
      parts[number - 1] = await retrying(() => answered(upload.uploadPart(number, bytes)));
    },
    async complete() {
      await answered(upload.complete(parts));
    },
    async abort() {
      await answered(upload.abort());
    },
  };
}

function resumedUpload(upload: R2MultipartUpload): ResumedUpload {
  return {
    async part(number, bytes) {
      const { partNumber, etag } = await retrying(() => answered(unlessLost(() => upload.uploadPart(number, bytes))));
      return { number: partNumber, etag };
    },
    async complete(parts) {
      const uploaded = parts.map(({ number, etag }) => ({ partNumber: number, etag }));
      await retrying(() => answered(unlessLost(() => upload.complete(uploaded))));
    },
    async abort() {
      await answered(unlessLost(() => upload.abort())).catch((error: unknown) => {
        if (!(error instanceof PartsLostError)) throw error;
      });
    },
  };
}

/** 10024: there is no such multipart upload. 10025: a part is not there, or has another etag. */
const LOST = ['(10024)', '(10025)'];

async function unlessLost<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw LOST.some((code) => message.includes(code)) ? new PartsLostError(message) : error;
  }
}
