import { expect, inject, it } from 'vitest';
import { countGrowthCalls, GROWTH_EVENTS, startOfGrowth, tryGrowth } from '../support/databases/grow-points';
import { CHANGES, countCalls, FAULTS, start, tryChange, tryFault } from '../support/databases/move-points';
import { storeAll } from '../support/databases/moving';
import { withDatabases } from '../support/databases/several-databases';
import { seededRandom } from '../support/seeded-random';
import '../support/time/short-pauses';

/*
 * A fault, or a change by another client, at every call that the job makes of D1 while it moves a study, and at every call of the first
 * requests after an archive got a further database. CI tries a sample of them; `npm run check:faults` tries all.
 */

withDatabases();

/** Calls that are tried where `FAULT_SCENARIO` names faults and changes, and after an @ the first call. */
const RANGE = 10;

/** Points that CI tries. */
const SOME = 3;

it('a study moves whatever happens', async () => {
  const { points, seed, scenario } = inject('faults');
  const [names = '', call = '0'] = scenario.split('@');
  const first = Number(call);
  await storeAll();
  const from = await start();
  const calls = await countCalls(from);
  expect(calls).toBeGreaterThan(20);
  const all = Array.from({ length: calls }, (_, at) => [
    ...Object.keys(FAULTS).map((name) => ({ at, name, work: () => tryFault(from, at, name) })),
    ...Object.keys(CHANGES).map((name) => ({ at, name, work: () => tryChange(from, at, name) })),
  ])
    .flat()
    .filter(({ at, name }) => names === '' || (names.split(',').includes(name) && at >= first && at < first + RANGE));
  const random = seededRandom(seed);
  const chosen = points === 'all' ? all : Array.from({ length: SOME }, () => random.pick(all));
  const found: string[] = [];
  for (const { at, name, work } of chosen) {
    await work().catch((error: unknown) => found.push(`${name} at call ${at} of ${calls}: ${error}`));
  }
  if (points === 'all') console.info(`moves: ${calls} calls, ${chosen.length} points`);
  expect(found).toEqual([]);
}, 3_600_000);

it('an archive grows whatever happens', async () => {
  const { points, seed, scenario } = inject('faults');
  const from = await startOfGrowth();
  const calls = await countGrowthCalls(from);
  expect(calls).toBeGreaterThan(5);
  const all = Array.from({ length: calls }, (_, at) => GROWTH_EVENTS.map((event) => ({ at, event })))
    .flat()
    .filter(({ event }) => scenario === '' || scenario.split('@')[0]!.split(',').includes(event));
  const random = seededRandom(seed);
  const chosen = points === 'all' ? all : Array.from({ length: SOME }, () => random.pick(all));
  const found: string[] = [];
  for (const { at, event } of chosen) {
    await tryGrowth(from, at, event).catch((error: unknown) =>
      found.push(`${event} at call ${at} of ${calls}: ${error}`),
    );
  }
  if (points === 'all') console.info(`growing: ${calls} calls, ${chosen.length} points`);
  expect(found).toEqual([]);
}, 3_600_000);
