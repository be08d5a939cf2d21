import { RETRIES } from '../../../src/storage/statements/retries';

/** Milliseconds that the pauses until now would have taken. */
let passedMs = 0;

/** The clock of the tests' platform, for its limits on what may happen in a time: pauses that are cut short count in full. */
export function platformNow(): number {
  return Date.now() + passedMs;
}

/** Puts the platform's clock forward, where a test would only wait. */
export function passTime(ms: number): void {
  passedMs += ms;
}

/** Makes the pauses between the attempts at an operation that failed short: tests lose thousands of answers. */
RETRIES.pause = async (ms) => {
  await new Promise((resolve) => setTimeout(resolve, ms / 100));
  passTime(ms);
};
