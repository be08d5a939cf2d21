import { TooMuchWorkError, UnavailableError } from '../archive/unavailable';

/**
 * Tries again what failed for a passing reason. Only for what may be done twice: reads, writes under keys never used
 * before, and index transactions whose second run changes nothing.
 * @throws UnavailableError when it does not pass soon, or when trying again would make it worse
 * @throws TooMuchWorkError when the index gave up: it would again
 */
export async function retrying<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (says(error, TOO_MUCH)) throw new TooMuchWorkError();
      if (says(error, OVERLOADED)) throw new UnavailableError('overloaded');
      if (!says(error, PASSING)) throw error;
      if (attempt === ATTEMPTS) throw new UnavailableError('failed repeatedly');
      await new Promise((resolve) => setTimeout(resolve, attempt * DELAY_MS));
    }
  }
}

const ATTEMPTS = 3;
const DELAY_MS = 100;

/** R2: 10001 internal error, 10043 unavailable, 10058 too many writes to a key. D1: the three errors it says to retry. */
const PASSING = [
  '(10001)',
  '(10043)',
  '(10058)',
  'Network connection lost',
  'storage caused object to be reset',
  'reset because its code was updated',
];

/** What one statement asked for took D1 longer, or more memory, than it gives a statement. */
const TOO_MUCH = ['exceeded its CPU time limit', 'exceeded timeout', 'exceeded its memory limit'];

/** D1 has more to do than it can: it is not asked again. */
const OVERLOADED = ['is overloaded'];

function says(error: unknown, texts: readonly string[]): boolean {
  const message = error instanceof Error ? error.message : String(error);
  return texts.some((text) => message.includes(text));
}
