import type { Lease, Ledger } from '../memory/ledger';
import { UnavailableError } from '../unavailable';

export type { Lease } from '../memory/ledger';

/** What was made, and the memory that it takes: to be released when it has been sent. */
export interface Leased<Result> {
  readonly value: Result;
  readonly lease: Lease;
}

/** Memory to work on images with, as one request asks for it. */
export interface Decoding {
  /**
   * Waits for memory, then works.
   * @param bytes that the work holds at most, its result and what was read ahead included
   * @param ahead what `readAhead` gave
   * @throws TooMuchWorkError when it would never fit; UnavailableError when memory is not to be had, or the client has
   * disconnected
   */
  run<Result>(bytes: number, work: (lease: Lease) => Promise<Result>, ahead?: Lease): Promise<Leased<Result>>;
  /**
   * Memory for a code stream that is read before the work has its turn, so that the work need not wait for R2 while it
   * holds memory.
   * @param length of the code stream, bytes
   * @param bytes that the work will hold
   * @returns undefined where it has to be read in its turn
   */
  readAhead(length: number, bytes: number): Lease | undefined;
}

/** Longer code streams are read when their work has its turn. */
const LONGEST_AHEAD = 4 * 1024 * 1024;

/**
 * Lets the requests of an isolate decode and encode images as far as what they hold fits: a viewer asks for a hundred
 * frames at once, and an isolate has 128 MB for all of them.
 * @param gone aborted when the client has disconnected: a viewer that turns to another series leaves many requests behind
 */
export function decodingWith(ledger: Ledger, gone?: AbortSignal): Decoding {
  return {
    async run(bytes, work, ahead) {
      const lease = await ledger.take(bytes, { purpose: 'image', gone, coded: ahead });
      try {
        const value = await work(lease);
        if (gone?.aborted) throw new UnavailableError('the client has disconnected');
        return { value, lease };
      } catch (error) {
        lease.release();
        throw error;
      }
    },
    readAhead(length, bytes) {
      if (length > LONGEST_AHEAD || bytes > ledger.limits.shared) return undefined;
      return ledger.takeNow(length, { purpose: 'coded', gone });
    },
  };
}
