import { ArchiveError } from './archive.mjs';

/** Temporary statuses: the same request may succeed later. 0: not reached. */
const PASSING = new Set([0, 408, 423, 425, 429, 500, 502, 503, 504]);

/** Problems with such a status that only an operator can end, or the one who has named the archive: unreached.mjs. */
const NEEDS_OPERATOR = new Set(['misconfigured', 'no-access-control', 'redirected', 'not-trusted']);

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * @typedef {object} Patience
 * @property {AbortSignal} signal ends the waiting; what it is aborted with is thrown
 * @property {(error: ArchiveError, milliseconds: number) => void} [onWait] is told before each pause
 * @property {() => void} [onSuccess] is told when the act has succeeded
 * @property {EventTarget} [wake] its event "wake" ends a pause, and skips the next pause if an act was running
 * @property {number} [giveUpAfterMs] since the first failure without a success; absent: never
 */

/**
 * Does something until it succeeds: after a temporary failure it tries again, with longer and longer pauses that differ by chance,
 * or as the archive says (Retry-After).
 * @template T
 * @param {() => Promise<T>} act
 * @param {Patience} patience
 * @returns {Promise<T>} rejects with the first failure that does not pass
 */
export async function persist(act, patience) {
  const { signal, onWait, onSuccess, wake, giveUpAfterMs = Number.POSITIVE_INFINITY } = patience;
  const begun = Date.now();
  // A request that began before the line was back may fail after it.
  let isAwake = false;
  const note = () => {
    isAwake = true;
  };
  wake?.addEventListener('wake', note);
  try {
    for (let pause = FIRST_MS; ; pause = Math.min(pause * 2, LONGEST_MS)) {
      signal.throwIfAborted();
      isAwake = false;
      try {
        const result = await act();
        onSuccess?.();
        return result;
      } catch (error) {
        signal.throwIfAborted();
        if (!mayPass(error) || Date.now() - begun > giveUpAfterMs) throw error;
        if (isAwake) continue;
        const milliseconds =
          error.retryAfter === undefined ? pause * (0.75 + Math.random() / 2) : error.retryAfter * 1000;
        onWait?.(error, milliseconds);
        await rest(Math.min(milliseconds, LONGEST_MS), signal, wake);
      }
    }
  } finally {
    wake?.removeEventListener('wake', note);
  }
}

/** @param {unknown} error @returns {error is ArchiveError} */
function mayPass(error) {
  return error instanceof ArchiveError && PASSING.has(error.status) && !NEEDS_OPERATOR.has(error.code ?? '');
}

/** @param {number} milliseconds @param {AbortSignal} signal @param {EventTarget | undefined} wake */
function rest(milliseconds, signal, wake) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      wake?.removeEventListener('wake', end);
      resolve(undefined);
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
    wake?.addEventListener('wake', end);
  });
}
