/// <reference path="../support/faults/provided.d.ts" />
import { afterAll, expect, inject, it, vi } from 'vitest';
import { beginArchive } from '../../src/archive/remove/archive-id';
import { withSharedArchive } from '../support/archive/with-archive';
import { useClock } from '../support/faults/clock';
import { FaultRun } from '../support/faults/fault-run';
import { World } from '../support/faults/world';

/** Set by `npm run check:faults`: every point, or those of the scenarios whose names contain a text. */
const { points, seed, scenario, part } = inject('faults');

/** A sample goes on for this long; the first points are tried however long they take. */
const RUN_MS = 8000;
const LEAST = 12;

let world: World;
let putBack: () => void;
withSharedArchive(async () => {
  putBack = useClock();
  world = new World();
  await beginArchive(world.archive, Date.now());
});
afterAll(() => putBack());

it('a fault at any call of the platform loses nothing that was acknowledged, and the same request sent again succeeds', async () => {
  for (const method of ['log', 'error', 'warn'] as const) vi.spyOn(console, method).mockImplementation(() => undefined);
  const run = new FaultRun(world, seed, scenario, part);
  if (points === 'none') await run.count();
  else await run.tryPoints(points === 'all' ? {} : { forMs: RUN_MS, least: LEAST });
  vi.restoreAllMocks();
  console.info(run.report());
  expect(run.findings).toEqual([]);
  if (points === 'none') return;
  // With fewer, the sample would prove little.
  expect(run.tried).toBeGreaterThanOrEqual(scenario === '' ? LEAST : 1);
}, 7_200_000);
