import type { PlatformCall } from '../platform/platform-calls';
import type { SeededRandom } from '../seeded-random';
import { concerns, FAULT_KINDS, type FaultName } from './fault-kinds';
import type { Point } from './injection';
import type { Scenario } from './scenarios/scenario';

/** Of many calls in a row that are alike, only the first two, the last, and one in this many are tried. */
const ALIKE = 50;

/** Points that have found something: every run tries them first. */
export const KEPT_POINTS: readonly (readonly [scenario: string, point: Point])[] = [
  // The answer with a passing failure was kept, and the same request got it again for a day.
  ['store with an Idempotency-Key', { on: 'put instances', fault: 'error' }],
  // The client was told that the instance is refused, and it was stored.
  ['store one', { on: 'batch', fault: 'timeout, but carried out' }],
  // The deletion was acknowledged, and the record did not have it.
  ['a recorded deletion', { on: 'query INSERT INTO audit_event', fault: 'connection lost, and from then on' }],
  // The index lost its id when another client had finished the restoration meanwhile, and nothing brought it back.
  ['restore a backup', { on: 'query DELETE FROM archive_identity', fault: 'slow' }],
  // The error of the digest was handled by nobody.
  ['purge', { on: 'get instances .dcm', fault: 'body breaks off' }],
];

/** The points of a scenario: each kind of fault at each call of its trace. */
export function pointsOf({ alone }: Scenario, trace: readonly PlatformCall[]): Point[] {
  const kinds = (Object.keys(FAULT_KINDS) as FaultName[]).filter(
    (name) => alone !== true || FAULT_KINDS[name].what !== 'wait',
  );
  return trace.flatMap((call, index) => {
    if (isOneOfMany(trace, index)) return [];
    return kinds
      .filter((fault) => concerns(FAULT_KINDS[fault], call.operation))
      .map((fault) => ({ at: index + 1, fault }));
  });
}

function isOneOfMany(trace: readonly PlatformCall[], at: number): boolean {
  const alike = (other: number) =>
    trace[other]?.operation === trace[at]!.operation && trace[other]?.about === trace[at]!.about;
  return alike(at - 2) && alike(at - 1) && alike(at + 1) && at % ALIKE !== 0;
}

/** The items in another order. */
export function shuffled<Item>(items: readonly Item[], random: SeededRandom): Item[] {
  const order = [...items];
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = random.below(at + 1);
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}
