import { concatenated } from '../../../src/archive/bytes';

/** Keys of one page of a list. */
const PAGE = 1000;

interface Stored {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  readonly uploaded: Date;
  /** That R2 compared when the object was written. */
  readonly sha256?: ArrayBuffer;
}

/** What the archive uses of R2, in this isolate's memory. test/contract/adapters.test.ts holds it to the contract of R2's adapter. */
export function nearBucket(): R2Bucket {
  const objects = new Map<string, Stored>();
  const uploads = new Map<string, Map<number, { readonly etag: string; readonly bytes: Uint8Array<ArrayBuffer> }>>();
  const store = (key: string, bytes: Uint8Array<ArrayBuffer>, sha256?: ArrayBuffer) => {
    const stored = { bytes, etag: crypto.randomUUID(), uploaded: new Date(), ...(sha256 && { sha256 }) };
    objects.set(key, stored);
    return described(key, stored);
  };
  const upload = (key: string, uploadId: string) => {
    const parts = () => {
      const found = uploads.get(uploadId);
      if (found === undefined) throw new Error('The specified multipart upload does not exist. (10024)');
      return found;
    };
    return {
      key,
      uploadId,
      async uploadPart(partNumber: number, value: Bytes) {
        const etag = crypto.randomUUID();
        const bytes = await bytesOf(value);
        parts().set(partNumber, { etag, bytes });
        return { partNumber, etag };
      },
      async complete(listed: R2UploadedPart[]) {
        const known = parts();
        const written = listed.map(({ partNumber, etag }) => {
          const part = known.get(partNumber);
          if (part?.etag !== etag) throw new Error('One or more of the specified parts could not be found. (10025)');
          return part.bytes;
        });
        uploads.delete(uploadId);
        return store(key, concatenated(written));
      },
      async abort() {
        parts();
        uploads.delete(uploadId);
      },
    };
  };
  const bucket = {
    async put(key: string, value: Bytes, { sha256, onlyIf }: R2PutOptions = {}) {
      const bytes = await bytesOf(value);
      if (sha256 !== undefined && !(await hasDigest(bytes, sha256 as ArrayBuffer)))
        throw new Error('put: The SHA-256 checksum you specified did not match what we received. (10037)');
      if (onlyIf !== undefined && !(onlyIf instanceof Headers && onlyIf.get('If-None-Match') === '*'))
        throw new Error('this bucket knows no such condition');
      if (onlyIf !== undefined && objects.has(key)) return null;
      return store(key, bytes, sha256 as ArrayBuffer | undefined);
    },
    async head(key: string) {
      const stored = objects.get(key);
      return stored === undefined ? null : described(key, stored);
    },
    async get(key: string, { range }: { range?: R2Range } = {}) {
      const stored = objects.get(key);
      if (stored === undefined) return null;
      return objectWith(described(key, stored), range === undefined ? stored.bytes : within(stored.bytes, range));
    },
    async delete(keys: string | string[]) {
      for (const key of [keys].flat()) objects.delete(key);
    },
    async list({ prefix = '', cursor, startAfter = cursor, limit = PAGE }: R2ListOptions = {}) {
      const from = startAfter ?? '';
      const found = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > from).sort();
      const page = found.slice(0, limit);
      const listed = page.map((key) => described(key, objects.get(key)!));
      const isRest = found.length > page.length;
      return { objects: listed, delimitedPrefixes: [], truncated: isRest, ...(isRest && { cursor: page.at(-1) }) };
    },
    async createMultipartUpload(key: string) {
      const id = crypto.randomUUID();
      uploads.set(id, new Map());
      return upload(key, id);
    },
    resumeMultipartUpload: upload,
  };
  return bucket as unknown as R2Bucket;
}

type Bytes = ReadableStream | ArrayBuffer | ArrayBufferView | string;

function described(key: string, { bytes, etag, uploaded, sha256 }: Stored) {
  const checksums = sha256 === undefined ? {} : { sha256 };
  return { key, size: bytes.length, etag, httpEtag: `"${etag}"`, uploaded, version: etag, checksums };
}

/** An object that can be read once. A Response copies all of its bytes, so there is none before it is needed. */
function objectWith<Description extends object>(description: Description, bytes: Uint8Array<ArrayBuffer>) {
  let made: Response | undefined;
  const response = () => {
    made ??= new Response(bytes);
    return made;
  };
  return {
    ...description,
    get body() {
      return response().body;
    },
    arrayBuffer: async () => (made === undefined ? bytes.slice().buffer : await made.arrayBuffer()),
    text: () => response().text(),
    json: () => response().json(),
  };
}

/** A copy: the caller may use its memory again. */
async function bytesOf(value: Bytes): Promise<Uint8Array<ArrayBuffer>> {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  return new Uint8Array(await new Response(value as ReadableStream).arrayBuffer());
}

function within(bytes: Uint8Array<ArrayBuffer>, range: R2Range): Uint8Array<ArrayBuffer> {
  if ('suffix' in range) return bytes.subarray(Math.max(0, bytes.length - range.suffix));
  const { offset = 0, length = bytes.length - offset } = range as { offset?: number; length?: number };
  if (length <= 0 || offset >= bytes.length) throw new Error('get: The requested range is not satisfiable (10039)');
  return bytes.subarray(offset, offset + length);
}

async function hasDigest(bytes: Uint8Array<ArrayBuffer>, sha256: ArrayBuffer): Promise<boolean> {
  const found = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const asked = new Uint8Array(sha256);
  return found.length === asked.length && found.every((byte, at) => byte === asked[at]);
}
