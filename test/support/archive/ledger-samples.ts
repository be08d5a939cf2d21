import type { LedgerLimits } from '../../../src/archive/memory/ledger-limits';

/* A small account of memory, and what waits for it. */

/** Amounts that are easy to add up. */
export const LIMITS: LedgerLimits = {
  shared: 100,
  alone: 150,
  most: { upload: 60, extra: 40, image: 150, coded: 20, answer: 50 },
  patience: { upload: 20_000, extra: 10_000, image: 10_000, coded: 0, answer: 10_000 },
  longest: 40_000,
  waiting: 4,
  waitingImages: 100_000,
  imageQueue: 1_000_000,
  fewImages: 0,
  overload: 10_000,
  small: 8,
};

export const IMAGE = { purpose: 'image' } as const;

export const UPLOAD = { purpose: 'upload' } as const;

/** The result of a promise so far. */
export function outcome<T>(promise: Promise<T>): { value?: T; error?: unknown } {
  const found: { value?: T; error?: unknown } = {};
  promise.then(
    (value) => {
      found.value = value;
    },
    (error) => {
      found.error = error;
    },
  );
  return found;
}
