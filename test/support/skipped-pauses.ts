import { RETRIES } from '../../src/storage/retries';

/** Milliseconds that retries did not wait. */
let skippedMs = 0;

/**
 * Skips the pauses between the attempts at an operation that failed: tests lose thousands of answers. The clock of the
 * bucket's limits moves on by as much, so a second write to a key is refused and accepted as after a real pause.
 */
RETRIES.pause = async (ms) => {
  skippedMs += ms;
  await new Promise((resolve) => setTimeout(resolve, 0));
};

/** The time as the code under test has it that has waited. */
export function nowWithPauses(): number {
  return Date.now() + skippedMs;
}
