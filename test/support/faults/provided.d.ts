import 'vitest';

declare module 'vitest' {
  /** What vitest.config.mts hands to the tests of faults. */
  interface ProvidedContext {
    faults: {
      /** some, all, or none: then they are only counted. */
      readonly points: string;
      readonly seed: number;
      readonly scenario: string;
      /** K/N: of `all` points, every N-th from the K-th on. */
      readonly part: string;
    };
    /** all: principals that are alike do not take turns. */
    permissions: string;
    /** sequences: 0 for as many as there is time for. */
    model: { readonly sequences: number; readonly seed: number };
    scale: { readonly slices: number; readonly series: number; readonly frames: number };
  }
}
