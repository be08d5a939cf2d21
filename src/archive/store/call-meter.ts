import type { ObjectStore, ObjectUpload } from '../ports';
import { RefusedError } from '../unavailable';

/**
 * Counts the calls that one request makes of R2. A Worker may make 10,000 in all; a request that made them would be without
 * one for its commit, and all that it wrote would be lost, each time it is sent again.
 */
export class CallMeter {
  made = 0;
  /** Calls that are still to come for what was taken in already. */
  reserved: () => number = () => 0;

  /** @param limit calls that instances may make, with those that are reserved */
  constructor(private readonly limit: number) {}

  /** @throws RefusedError where so many calls more are too many */
  require(calls: number): void {
    if (this.made + this.reserved() + calls > this.limit) throw new RefusedError('too-large');
  }

  /** The same objects, each call counted. */
  counted(objects: ObjectStore): ObjectStore {
    return this.over(objects, () => {
      this.made += 1;
    });
  }

  /** The same objects, whose reads and writes are refused where they are too many. */
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
      read: async (key, range) => {
        count();
        return await objects.read(key, range);
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
