import { BrokenOff } from '../archive/body/broken-off';
import type { AppContext } from './context';

/**
 * How often the credential of a running request is checked; tests change it. An isolate remembers a key or a share for at
 * most KNOWN_MS (auth/key/known-keys.ts). A revoked credential stops counting after this time and `intervalMs`. An answer
 * that has begun then ends with the piece of an object that is being sent: the runtime sends these itself.
 */
export const CREDENTIAL_CHECKS = { intervalMs: 10_000, pieceBytes: 4 * 1024 * 1024 };

/** Answers that may take long, bytes. */
const LONG = 1024 * 1024;

/**
 * For an answer that has begun: is aborted when the credential of the request is ended.
 * @param bytes of the answer; a short one is not watched
 * @param done settles when the answer has been sent
 */
export function credentialSignal(
  c: AppContext,
  bytes: number,
): { signal?: AbortSignal; until(done: Promise<unknown>): void } {
  const isEnded = c.get('isEnded');
  if (isEnded === undefined || bytes < LONG) return { until: () => undefined };
  const cut = new AbortController();
  const { intervalMs } = CREDENTIAL_CHECKS;
  const timer = setInterval(() => {
    void isEnded(intervalMs).then((ended) => ended && cut.abort(new BrokenOff()));
  }, intervalMs);
  return {
    signal: cut.signal,
    until: (done) => {
      const stop = () => clearInterval(timer);
      done.then(stop, stop);
    },
  };
}
