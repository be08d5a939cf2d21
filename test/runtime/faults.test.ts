/// <reference path="../support/faults/provided.d.ts" />
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { beginArchive } from '../../src/archive/remove/archive-id';
import { withSharedArchive } from '../support/archive/with-archive';
import { useClock } from '../support/faults/clock';
import { FaultRun } from '../support/faults/fault-run';
import { inNearWorld } from '../support/faults/near-world';
import { World } from '../support/faults/world';

/** Set by `npm run check:faults`: every point, or those of the scenarios whose names contain a text. */
const { points, seed, scenario, part } = inject('faults');

/** A sample goes on for this long; the first points are tried however long they take. */
const RUN_MS = 8000;
const LEAST = 12;

let putBack: () => void;
withSharedArchive();
beforeAll(() => {
  putBack = useClock();
});
afterAll(() => putBack());

it('a fault at any call of the platform loses nothing that was acknowledged, and the same request sent again succeeds', async () => {
  for (const method of ['log', 'error', 'warn'] as const) vi.spyOn(console, method).mockImplementation(() => undefined);
  let run: FaultRun | undefined;
  const trying = async (world: World) => {
    await beginArchive(world.archive, Date.now());
    run = new FaultRun(world, seed, scenario, part);
    if (points === 'none') await run.count();
    else if (points === 'all') await run.tryAll();
    else await run.trySome({ forMs: RUN_MS, least: LEAST });
  };
  // All points take hours with the local runtime's own.
  if (points === 'some') await trying(new World());
  else await inNearWorld(trying);
  vi.restoreAllMocks();
  console.info(run!.report());
  expect(run!.findings).toEqual([]);
  if (points === 'none') return;
  // With fewer, the sample would prove little.
  expect(run!.tried).toBeGreaterThanOrEqual(scenario === '' ? LEAST : 1);
}, 7_200_000);
