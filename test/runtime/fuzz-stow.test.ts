import { reset } from 'cloudflare:test';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sweep } from '../../src/archive/sweep';
import { openArchive } from '../../src/storage/open-archive';
import { type ArchiveClient, archiveClient } from '../support/archive-client';
import { checkVisible, newTally, runCase } from '../support/fuzz-run';
import { watched } from '../support/fuzz-target';
import { migrate } from '../support/migrate';

/** So long a run goes on with further seeds; the first ones are tried however long they take. */
const RUN_MS = 20_000;
const LEAST = 100;
const MOST = 5000;
const FIRST_SEED = 1;
const DAY = 86_400_000;

beforeEach(migrate);
afterEach(reset);

it('whatever a store brings is stored whole and found, or refused with a reason, and leaves nothing else behind', async () => {
  const client = archiveClient();
  const { target, restore } = watched(client);
  const tally = newTally();
  const until = Date.now() + RUN_MS;
  let seed = FIRST_SEED;
  for (; seed < FIRST_SEED + MOST && (tally.cases < LEAST || Date.now() < until); seed += 1) {
    await runCase(target, seed, tally);
    if (tally.finds.length > 0) break;
  }
  await checkVisible(target, tally, seed);
  restore();
  console.info(`${tally.cases} cases, ${tally.stored.size} instances stored, answers ${[...tally.statuses]}`);
  expect(tally.finds).toEqual([]);
  // Else the cases would prove little.
  expect(tally.stored.size).toBeGreaterThan(tally.cases / 4);
  for (const status of [200, 202, 400, 409, 415]) expect([...tally.statuses.keys()]).toContain(status);

  const before = await keys(client);
  await sweep(openArchive(client.prefix, client.bindings), Date.now() + 2 * DAY);
  const after = new Set(await keys(client));
  expect(before.filter((key) => !after.has(key))).toEqual([]);
  expect(before.filter((key) => key.endsWith('.dcm'))).toHaveLength(tally.stored.size);
}, 180_000);

async function keys(client: ArchiveClient): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await client.bindings.bucket.list({ prefix: `${client.prefix}/`, ...(cursor ? { cursor } : {}) });
    found.push(...page.objects.map(({ key }) => key));
    if (!page.truncated) return found;
    cursor = page.cursor;
  }
}
