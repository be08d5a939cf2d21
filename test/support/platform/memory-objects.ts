import { hexadecimal } from '../../../src/archive/bytes';
import { requireKind } from '../../../src/archive/object-keys';
import { type ObjectStore, PartsLostError } from '../../../src/archive/object-store';

/** Keys of one page of a list, as R2 has it. */
const PAGE = 1000;

interface StoredBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly uploaded: number;
  readonly sha256: string | undefined;
}

async function requireDigest(bytes: Uint8Array, sha256: ArrayBuffer): Promise<void> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)));
  if (hexadecimal(digest) !== hexadecimal(new Uint8Array(sha256)))
    throw new Error('other bytes than those of the digest');
}

/** Objects in memory, for tests that need no bucket. */
export function memoryObjects(): ObjectStore {
  const objects = new Map<string, StoredBytes>();
  const uploads = new Map<string, Map<number, { readonly etag: string; readonly bytes: Uint8Array<ArrayBuffer> }>>();
  const put = (key: string, bytes: Uint8Array, sha256?: ArrayBuffer) => {
    const kept = sha256 && hexadecimal(new Uint8Array(sha256));
    objects.set(key, { bytes: new Uint8Array(bytes), uploaded: Date.now(), sha256: kept });
  };
  return {
    async put(key, bytes, sha256) {
      requireKind(key);
      if (sha256 !== undefined) await requireDigest(bytes, sha256);
      put(key, bytes, sha256);
    },
    async create(key, bytes) {
      requireKind(key);
      if (!objects.has(key)) put(key, bytes);
    },
    async begin(key) {
      requireKind(key);
      const parts: Uint8Array<ArrayBuffer>[] = [];
      return {
        async part(number, bytes) {
          parts[number - 1] = new Uint8Array(bytes);
        },
        async complete() {
          put(key, new Uint8Array(await new Blob(parts).arrayBuffer()));
        },
        async abort() {
          parts.length = 0;
        },
      };
    },
    async beginResumable(key) {
      requireKind(key);
      const id = crypto.randomUUID();
      uploads.set(id, new Map());
      return id;
    },
    resume(key, id) {
      const parts = () => {
        const found = uploads.get(id);
        if (found === undefined) throw new PartsLostError('no such upload');
        return found;
      };
      return {
        async part(number, bytes) {
          const etag = crypto.randomUUID();
          parts().set(number, { etag, bytes: new Uint8Array(bytes) });
          return { number, etag };
        },
        async complete(listed) {
          const written = listed.map(({ number, etag }) => {
            const part = parts().get(number);
            if (part?.etag !== etag) throw new PartsLostError('no such part');
            return part.bytes;
          });
          put(key, new Uint8Array(await new Blob(written).arrayBuffer()));
          uploads.delete(id);
        },
        async abort() {
          uploads.delete(id);
        },
      };
    },
    async read(key, range) {
      const found = objects.get(key);
      if (found === undefined) return null;
      const { offset, length } = range ?? { offset: 0, length: found.bytes.length };
      return new Blob([found.bytes.subarray(offset, offset + length)]).stream() as ReadableStream<Uint8Array>;
    },
    async look(key) {
      const found = objects.get(key);
      if (found === undefined) return null;
      return { byteLength: found.bytes.length, sha256: found.sha256 };
    },
    async copy(from, to, { byteLength, sha256 }) {
      requireKind(to);
      const bytes = objects.get(from)?.bytes;
      if (bytes?.length !== byteLength) throw new Error('no such bytes');
      if (sha256 !== undefined) await requireDigest(bytes, sha256);
      put(to, bytes, sha256);
    },
    async delete(keys) {
      for (const key of keys) objects.delete(key);
    },
    async list(prefix, cursor = '') {
      const after = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > cursor).sort();
      const keys = after.slice(0, PAGE);
      return {
        objects: keys.map((key) => {
          const { bytes, uploaded } = objects.get(key)!;
          return { key, byteLength: bytes.length, uploaded };
        }),
        ...(after.length > PAGE && { cursor: keys.at(-1)! }),
      };
    },
  };
}
