import type { ObjectStore, ObjectUpload } from '../object-store';
import { RefusedError } from '../unavailable';

/**
 * Counts the calls to R2 that one request makes. A Worker may make 10,000 in all. A request that used them all would
 * have none left for its commit: everything it wrote would be lost, and lost again each time the client sends it again.
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

  /** The same objects; each call is counted. */
  counted(objects: ObjectStore): ObjectStore {
    return this.over(objects, () => {
      this.made += 1;
    });
  }

  /** The same objects; reads and writes that exceed the limit are refused. */
  limited(objects: ObjectStore): ObjectStore {
    return this.over(objects, () => {
      this.require(1);
      this.made += 1;
    });
  }

  private over(objects: ObjectStore, count: () => void): ObjectStore {
    const uploaded = (upload: ObjectUpload): ObjectUpload => ({
      part: async (number, bytes) => {
        count();
        await upload.part(number, bytes);
      },
      complete: async () => {
        this.made += 1;
        await upload.complete();
      },
      abort: async () => {
        this.made += 1;
        await upload.abort();
      },
    });
    return {
      put: async (key, bytes) => {
        count();
        await objects.put(key, bytes);
      },
      create: async (key, bytes) => {
        count();
        await objects.create(key, bytes);
      },
      begin: async (key) => {
        count();
        return uploaded(await objects.begin(key));
      },
      beginResumable: async (key) => {
        count();
        return await objects.beginResumable(key);
      },
      resume: (key, id) => {
        const upload = objects.resume(key, id);
        return {
          part: async (number, bytes) => {
            count();
            return await upload.part(number, bytes);
          },
          complete: async (parts) => {
            this.made += 1;
            await upload.complete(parts);
          },
          abort: async () => {
            this.made += 1;
            await upload.abort();
          },
        };
      },
      read: async (key, range) => {
        count();
        return await objects.read(key, range);
      },
      byteLength: async (key) => {
        count();
        return await objects.byteLength(key);
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
}
