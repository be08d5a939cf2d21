/// <reference path="../support/faults/provided.d.ts" />
import { afterAll, afterEach, beforeEach, expect, inject, it, vi } from 'vitest';
import { beginArchive } from '../../src/archive/remove/archive-id';
import { withSharedArchive } from '../support/archive/with-archive';
import { useClock } from '../support/faults/clock';
import { inNearWorld } from '../support/faults/near-world';
import { World } from '../support/faults/world';
import { KEPT_SEQUENCES } from '../support/model/kept-sequences';
import { ModelRun } from '../support/model/model-run';

/** Set by `npm run check:faults`. */
const { sequences, seed } = inject('model');

/** Without a number of sequences they go on for this long; the first ones are tried however long they take. */
const RUN_MS = 4000;
const LEAST = 10;
/** Long runs fill the archives: the sequences of one archive have the same policy. */
const ROUND = sequences > 0 ? 60 : 10;

let world: World;
let putBack: () => void;
withSharedArchive(async () => {
  putBack = useClock();
  world = new World();
  await beginArchive(world.archive, Date.now());
});
afterAll(() => putBack());
beforeEach(() => {
  for (const method of ['log', 'error', 'warn'] as const) vi.spyOn(console, method).mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

it.each(Object.entries(KEPT_SEQUENCES))('%s', async (_, sequence) => {
  expect(await new ModelRun(world).together([sequence])).toEqual([]);
});

it('what several clients do, with faults, crashes and jumps of the clock, is what the model of the contract does', async () => {
  let found: Awaited<ReturnType<ModelRun['run']>>;
  const running = async (of: World) => {
    const run = new ModelRun(of);
    const until = performance.now() + RUN_MS;
    const goesOn = () =>
      sequences > 0 ? run.sequences < sequences : run.sequences < LEAST || performance.now() < until;
    while (found === undefined && goesOn()) {
      const count = sequences > 0 ? Math.min(ROUND, sequences - run.sequences) : ROUND;
      found = await run.run(Array.from({ length: count }, (_, at) => seed + run.sequences + at));
      if (sequences > 0) console.info(`${run.sequences} sequences`);
    }
    console.info(`${run.sequences} sequences from seed ${seed}, ${run.steps} steps`);
  };
  // Thousands of them take hours with the local runtime's own database and bucket.
  if (sequences === 0) await running(world);
  else
    await inNearWorld(async (near) => {
      await beginArchive(near.archive, Date.now());
      await running(near);
    });
  if (found !== undefined) {
    const steps = found.minimal.steps.map((step) => JSON.stringify(step)).join('\n');
    const what = `seed ${found.seed}, duplicates: ${found.minimal.policy}\n${steps}\n${found.what}`;
    // Other tests of the same run may take an hour more.
    console.info(`FOUND ${what}`);
    expect.fail(what);
  }
}, 7_200_000);
