import { giveTurn } from '../../archive/turns';
import { RefusedError, TooMuchWorkError, UnavailableError } from '../../archive/unavailable';

/** The study is in another database of the archive, or is about to move there. Nothing was changed. */
export class ElsewhereError extends UnavailableError {}

/**
 * Repeats work that failed for a temporary reason. Only for work that may run twice: reads, writes under keys that were
 * never used before, and index transactions whose second run changes nothing. Other requests get their turn before the
 * work begins.
 * @throws UnavailableError when the failure does not end soon, or when a repetition would make it worse
 * @throws TooMuchWorkError when the index gave up, as it would again
 * @throws RefusedError, BeyondQuotaError when nothing was kept, and a repetition would keep nothing
 */
export async function retrying<T>(work: () => Promise<T>): Promise<T> {
  await giveTurn();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (says(error, TOO_MUCH)) throw new TooMuchWorkError();
      if (says(error, OVERLOADED)) throw new UnavailableError('overloaded');
      if (says(error, ELSEWHERE)) throw new ElsewhereError('the study is in another database');
      // A commit looks first whether an earlier attempt has taken effect.
      if (says(error, BEYOND_QUOTA)) throw new BeyondQuotaError();
      const refusal = refusalIn(error);
      // An earlier attempt may have succeeded although its response was lost. Its instances must not count as refused.
      if (refusal !== undefined) throw attempt === 1 ? refusal : new UnavailableError('refused after a failure');
      if (!says(error, PASSING)) throw error;
      if (attempt === ATTEMPTS) throw new UnavailableError('failed repeatedly');
      const delay = says(error, TOO_SOON) ? KEY_INTERVAL_MS : attempt * DELAY_MS;
      await RETRIES.pause(delay);
    }
  }
}

/** How a pause between two attempts is made. Tests that lose many answers do not wait. */
export const RETRIES = {
  pause: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
};

const ATTEMPTS = 3;
const DELAY_MS = 100;

/**
 * R2: 10001 internal error, 10043 unavailable, 10058 too many writes to a key. D1: the three errors that its
 * documentation says to retry.
 */
const PASSING = [
  '(10001)',
  '(10043)',
  '(10058)',
  'Network connection lost',
  'storage caused object to be reset',
  'reset because its code was updated',
];

/** R2 takes one write a second for a key, also when the response to the first write was lost. */
const TOO_SOON = ['(10058)'];
const KEY_INTERVAL_MS = 1100;

/** A value or a row is longer than D1 takes, or a request has asked for more than one request may. */
const TOO_LARGE = [
  'SQLITE_TOOBIG',
  'string or blob too big',
  'Too many API requests by single Worker invocation',
  'Too many subrequests by single Worker invocation',
];

/** D1 understood the statement, and does not accept the content. */
const REFUSED = ['SQLITE_CONSTRAINT', 'SQLITE_MISMATCH', 'malformed JSON'];

/** A statement took longer, or more memory, than D1 allows. */
const TOO_MUCH = ['exceeded its CPU time limit', 'exceeded timeout', 'exceeded its memory limit'];

/** D1 has too much work. The statement is not repeated. */
const OVERLOADED = ['is overloaded'];

/** The trigger beyond_quota. */
const BEYOND_QUOTA = ['beyond a quota'];

/** A transaction would have taken in more than a quota allows. Nothing of it was kept. */
export class BeyondQuotaError extends Error {
  override readonly name = 'BeyondQuotaError';
}

/** A database refuses to change a study: the triggers study_elsewhere and fenced_study_updated, and those like it. */
const ELSEWHERE = ['the study is in another database'];

function refusalIn(error: unknown): RefusedError | undefined {
  if (says(error, TOO_LARGE)) return new RefusedError('too-large');
  return says(error, REFUSED) ? new RefusedError('refused') : undefined;
}

function says(error: unknown, texts: readonly string[]): boolean {
  const message = error instanceof Error ? error.message : String(error);
  return texts.some((text) => message.includes(text));
}
