import type { CopiedBytes, ObjectStore } from '../object-store';
import { RefusedError } from '../unavailable';

/**
 * Counts the calls to R2 that one request makes. A Worker may make 10,000 in all. A request that used them all would
 * have none left for its commit: everything that it wrote would be lost, each time the client sends it.
 */
export class CallMeter {
  made = 0;
  /** Calls that are still to come for the instances that were already taken in. */
  reserved: () => number = () => 0;

  /** @param limit calls that instances may make, including those that are reserved */
  constructor(private readonly limit: number) {}

  /** @throws RefusedError when this many more calls exceed the limit */
  require(calls: number): void {
    if (this.made + this.reserved() + calls > this.limit) throw new RefusedError('too-large');
  }

  /** Calls that may still be made. */
  get left(): number {
    return this.limit - this.made - this.reserved();
  }

  /** Counts each call of the objects. */
  counted(objects: ObjectStore): ObjectStore {
    return this.over(objects, () => {
      this.made += 1;
    });
  }

  /** Counts each call of the objects, and refuses reads and writes that exceed the limit. */
  limited(objects: ObjectStore): ObjectStore {
    return this.over(objects, () => {
      this.require(1);
      this.made += 1;
    });
  }

  private over(objects: ObjectStore, count: () => void): ObjectStore {
    return {
      put: async (key, bytes, sha256) => {
        count();
        await objects.put(key, bytes, sha256);
      },
      create: async (key, bytes) => {
        count();
        await objects.create(key, bytes);
      },
      begin: async (key) => {
        count();
        return this.overUpload(await objects.begin(key), count);
      },
      beginResumable: async (key) => {
        count();
        return await objects.beginResumable(key);
      },
      resume: (key, id) => this.overUpload(objects.resume(key, id), count),
      read: async (key, range) => {
        count();
        return await objects.read(key, range);
      },
      look: async (key) => {
        count();
        return await objects.look(key);
      },
      copy: async (from, to, bytes) => {
        for (let calls = callsOfCopy(bytes); calls > 0; calls -= 1) count();
        await objects.copy(from, to, bytes);
      },
      list: async (prefix, cursor) => {
        count();
        return await objects.list(prefix, cursor);
      },
      delete: async (keys) => {
        this.made += Math.ceil(keys.length / 1000);
        await objects.delete(keys);
      },
    };
  }

  /** Counts each call of an upload. The call that ends it is never refused. */
  private overUpload<Part, Parts extends readonly unknown[]>(
    upload: MultipartCalls<Part, Parts>,
    count: () => void,
  ): MultipartCalls<Part, Parts> {
    return {
      part: async (number, bytes) => {
        count();
        return await upload.part(number, bytes);
      },
      complete: async (...parts) => {
        this.made += 1;
        await upload.complete(...parts);
      },
      abort: async () => {
        this.made += 1;
        await upload.abort();
      },
    };
  }
}

/** A read and a write of each part; the beginning and the end of an upload in parts. */
function callsOfCopy({ byteLength, partBytes }: CopiedBytes): number {
  return byteLength <= partBytes ? 2 : 2 * Math.ceil(byteLength / partBytes) + 2;
}

/** The calls of an upload to R2 in parts. A resumable upload returns its parts, and is told them at its end. */
interface MultipartCalls<Part, Parts extends readonly unknown[]> {
  part(number: number, bytes: Uint8Array): Promise<Part>;
  complete(...parts: Parts): Promise<void>;
  abort(): Promise<void>;
}
