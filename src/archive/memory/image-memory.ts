import { UnavailableError } from '../unavailable';
import type { Lease, Ledger } from './ledger';

/** A result and the memory that it takes. The caller releases the memory when the result has been sent. */
export interface Leased<Result> {
  readonly value: Result;
  readonly lease: Lease;
}

/** Memory for work on images, as one request asks for it. */
export interface Decoding {
  /**
   * Waits for memory, then does the work.
   * @param bytes that the work holds at most, including its result and the code stream that was read ahead
   * @param ahead the lease that `readAhead` gave
   * @throws TooMuchWorkError when the work can never get so much memory; UnavailableError when no memory becomes free
   * in time, or when the client has disconnected
   */
  run<Result>(bytes: number, work: (lease: Lease) => Promise<Result>, ahead?: Lease): Promise<Leased<Result>>;
  /**
   * Takes memory for a code stream that is read before the work has its turn. The work then need not wait for R2 while
   * it holds memory.
   * @param length of the code stream, bytes
   * @param bytes that the work will hold
   * @returns undefined when the code stream has to be read during the work's turn
   */
  readAhead(length: number, bytes: number): Lease | undefined;
}

/** Longer code streams are read when the work has its turn. */
const LONGEST_AHEAD = 4 * 1024 * 1024;

/**
 * Lets the requests of an isolate decode and encode images as long as the memory that they hold fits: a viewer asks for
 * a hundred frames at once, and an isolate has 128 MB for all of them.
 * @param request its signal is aborted when the client has disconnected: a viewer that changes to another series leaves
 * many requests behind. The runtime makes the signal when it is read, so only work on an image reads it.
 */
export function decodingWith(ledger: Ledger, request?: { readonly signal: AbortSignal }): Decoding {
  return {
    async run(bytes, work, ahead) {
      const gone = request?.signal;
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
      return ledger.takeNow(length, { purpose: 'coded', gone: request?.signal });
    },
  };
}
