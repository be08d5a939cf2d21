import { vi } from 'vitest';

const METHODS = ['log', 'warn', 'error'] as const;

/** Each function that keeps lines, with the one whose place it has. */
const real = new WeakMap<object, (...line: unknown[]) => void>();
let kept: (() => void)[] = [];

/**
 * Keeps what a test logs until it ends: of every request there is a line. The runner takes more than half a millisecond for a
 * line, and drops those of a test that passes.
 */
export function keepLog(): void {
  kept = [];
  for (const method of METHODS) {
    const before = console[method];
    if (vi.isMockFunction(before) || real.has(before)) continue;
    const keeping = (...line: unknown[]) => {
      kept.push(() => before.apply(console, line));
    };
    real.set(keeping, before);
    console[method] = keeping;
  }
}

/** Puts the log back. @param isWanted whether the lines are shown */
export function endLog(isWanted: boolean): void {
  for (const method of METHODS) console[method] = real.get(console[method]) ?? console[method];
  if (isWanted) for (const show of kept) show();
  kept = [];
}
