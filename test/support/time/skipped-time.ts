import { onTestFinished } from 'vitest';

const now = Date.now;
let skippedMs = 0;

/** Puts the clock forward until the end of the test, where the test would only wait. The clock itself goes on. */
export function skipTime(ms: number): void {
  if (skippedMs === 0) onTestFinished(backToNow);
  skippedMs += ms;
  Date.now = () => now() + skippedMs;
}

function backToNow(): void {
  skippedMs = 0;
  Date.now = now;
}
