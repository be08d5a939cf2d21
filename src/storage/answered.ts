import { UnavailableError } from '../archive/unavailable';

/**
 * Milliseconds within which a call of R2 must be answered. R2 answers within seconds, also a call with 30 MiB. The
 * local runtime never answers a write that its disk has no room for. Tests set it.
 */
export const CALLS = { longestMs: 60_000 };

/**
 * Waits for the answer of a call, but not for ever.
 * @param late is given an answer that comes after that
 * @throws UnavailableError when there is no answer: what was called may have been done
 */
export async function answered<T>(call: Promise<T>, late: (answer: T) => unknown = () => undefined): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    reject(new UnavailableError('no answer'));
  }, CALLS.longestMs);
  call.then((answer) => isLate && late(answer)).catch(() => undefined);
  try {
    return await Promise.race([call, promise]);
  } finally {
    clearTimeout(timer);
  }
}
