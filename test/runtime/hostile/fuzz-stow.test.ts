import { expect, it } from 'vitest';
import { openArchive } from '../../../src/storage/open-archive';
import { keysOf, sweepAway } from '../../support/archive/sweeps';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import { checkVisible, newTally, runCase } from '../../support/fuzz/fuzz-run';
import { watched } from '../../support/fuzz/fuzz-target';

/** Among the cases of these seeds is each kind of answer. `npm run fuzz` tries more. */
const CASES = 100;
const FIRST_SEED = 51;

withArchive();

it('every instance of a store is stored as a whole and found, or is refused with a reason, and nothing else stays behind', async () => {
  const client = archiveClient();
  const { target, restore } = watched(client);
  const tally = newTally();
  let seed = FIRST_SEED;
  for (; tally.cases < CASES && tally.finds.length === 0; seed += 1) await runCase(target, seed, tally);
  await checkVisible(target, tally, seed);
  restore();
  console.info(`${tally.cases} cases, ${tally.stored.size} instances stored, answers ${[...tally.statuses]}`);
  expect(tally.finds).toEqual([]);
  // With fewer, the cases would prove little.
  expect(tally.stored.size).toBeGreaterThan(tally.cases / 4);
  for (const status of [200, 202, 400, 409, 415]) expect([...tally.statuses.keys()]).toContain(status);

  const before = await keysOf(client);
  await sweepAway(openArchive(client.prefix, client.bindings));
  const after = new Set(await keysOf(client));
  expect(before.filter((key) => !after.has(key))).toEqual([]);
  expect(before.filter((key) => key.endsWith('.dcm'))).toHaveLength(tally.stored.size);
});
