import type { DuplicatePolicy } from '../../../src/archive/commit-group';
import type { Point } from '../faults/injection';
import { type SeededRandom, seededRandom } from '../seeded-random';
import type { Act } from './contract';

/** What one client does, and what happens while it does it. */
export interface Step {
  readonly client: number;
  readonly act: Act;
  /** A fault at a call of the act. */
  readonly fault?: Point;
  /** What another client does at the moment of the fault. */
  readonly meanwhile?: { readonly client: number; readonly act: Act };
  /** Time that passes before it, milliseconds. */
  readonly passed: number;
}

/** Random steps, and the policy of the archive in which they are taken. */
export interface Sequence {
  readonly policy: DuplicatePolicy;
  readonly steps: readonly Step[];
}

const HOUR = 3_600_000;
const PASSED = [0, 0, 0, 0, 0, HOUR, 24 * HOUR, 29 * 24 * HOUR, 31 * 24 * HOUR];
const CLIENTS = 3;
const INSTANCES = ['1.1', '1.2', '2.1', '2.2'];
const SCOPES = ['', '', '1', '2', ...INSTANCES];
const CONTENTS = 3;
const LABELS = 2;
/** Calls that an act makes, mostly. */
const CALLS = 8;
/** Those that say different things of one request and of its neighbours. */
const FAULTS: readonly Point['fault'][] = [
  'error',
  'connection lost',
  'answer lost',
  'answer lost',
  'answer lost, unknown error',
  'timeout, but carried out',
  'connection lost, and from then on',
  'slow',
  'slow to answer',
  'killed before',
  'killed after',
];

/** The sequence of a seed. */
export function sequenceOf(seed: number): Sequence {
  const random = seededRandom(seed);
  const policy = random.pick<DuplicatePolicy>(['reject', 'replace', 'keep']);
  const steps = Array.from({ length: 4 + random.below(7) }, () => stepOf(random));
  return { policy, steps: [{ client: 0, act: storeOf(random), passed: 0 }, ...steps] };
}

function stepOf(random: SeededRandom): Step {
  const client = random.below(CLIENTS);
  const step: Step = { client, act: actOf(random), passed: random.pick(PASSED) };
  if (random.below(2) === 0) return step;
  const fault = { at: 1 + random.below(CALLS), fault: random.pick(FAULTS) };
  if (random.below(3) === 0) return { ...step, fault };
  return { ...step, fault, meanwhile: { client: (client + 1) % CLIENTS, act: actOf(random) } };
}

function actOf(random: SeededRandom): Act {
  const chance = random.below(32);
  if (chance < 8) return storeOf(random);
  if (chance < 13) return { kind: 'delete', scope: random.pick(SCOPES) };
  if (chance < 17) return { kind: 'restore', scope: random.pick(SCOPES) };
  if (chance < 21) return { kind: chance < 19 ? 'sweep' : 'compact' };
  if (chance < 24) return { kind: chance < 23 ? 'hold' : 'lift' };
  if (chance < 27) return { kind: 'label', label: 1 + random.below(LABELS) };
  if (chance < 29) return { kind: chance < 28 ? 'share' : 'revoke' };
  return { ...storeOf(random), kind: 'upload' };
}

function storeOf(random: SeededRandom): Act & { readonly kind: 'store' | 'upload' } {
  const sent = INSTANCES.filter(() => random.below(2) === 0).map((name) => [name, 1 + random.below(CONTENTS)] as const);
  return { kind: 'store', sent: sent.length > 0 ? sent : [['1.1', 1 + random.below(CONTENTS)]] };
}
