import { onTestFinished } from 'vitest';

const now = Date.now;
let isChanged = false;
let skippedMs = 0;
let stoppedAt: number | undefined;

/** Puts the clock forward until the end of the test, where the test would only wait. The clock itself goes on. */
export function skipTime(ms: number): void {
  change();
  skippedMs += ms;
}

/** Stops the clock until the end of the test: only skipTime() moves it, however busy the machine is. */
export function stopTime(): void {
  change();
  stoppedAt = now();
}

function change(): void {
  if (isChanged) return;
  isChanged = true;
  onTestFinished(backToNow);
  Date.now = () => (stoppedAt ?? now()) + skippedMs;
}

function backToNow(): void {
  isChanged = false;
  skippedMs = 0;
  stoppedAt = undefined;
  Date.now = now;
}
