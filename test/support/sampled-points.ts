/// <reference path="./faults/provided.d.ts" />
import { inject } from 'vitest';
import { seededRandom } from './seeded-random';

/** Of the calls that are neither the first nor the last one of their kind, one in this many is tried. */
const SHARE = 3;

/**
 * At which calls of a request a test with long rounds puts its fault: the first and the last one of each kind, and some of the
 * others, by FAULT_SEED. FAULT_POINTS=all: at each of them.
 * @param kinds of the calls, in the order in which a request without faults makes them
 * @returns numbers of calls, from 1
 */
export function sampledPoints(kinds: readonly string[]): number[] {
  const { points, seed } = inject('faults');
  const random = seededRandom(seed);
  const isOuter = (kind: string, at: number) => kinds.indexOf(kind) === at || kinds.lastIndexOf(kind) === at;
  return kinds.flatMap((kind, at) => {
    const isDrawn = random.below(SHARE) === 0;
    return points === 'all' || isOuter(kind, at) || isDrawn ? [at + 1] : [];
  });
}
