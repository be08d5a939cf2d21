import { RETRIES } from '../../src/storage/retries';

/** The pause after a write that came too soon: the limits of the tests' bucket are those of R2 (platform-limits.ts). */
const KEY_INTERVAL_MS = 1000;

/** Makes the other pauses between the attempts at an operation that failed short: tests lose thousands of answers. */
RETRIES.pause = async (ms) => {
  await new Promise((resolve) => setTimeout(resolve, ms < KEY_INTERVAL_MS ? ms / 100 : ms));
};
