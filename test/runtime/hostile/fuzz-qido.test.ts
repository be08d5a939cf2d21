import { expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { attemptQuery, queryCase } from '../../support/fuzz/fuzz-query';
import { watched } from '../../support/fuzz/fuzz-target';

/** `npm run fuzz` tries more. */
const CASES = 500;

withArchive();

it('every search is answered with a list, or with the reason why it is wrong', async () => {
  const client = archiveClient();
  const name = [[0x00100010, 'PN', 'Neptune^Planet=山田^太郎=やまだ^たろう']] as const;
  await client.store([1, 2, 3].map((n) => slice({ sop: `1.2.3.4.${n}`, instanceNumber: n, elements: [...name] })));
  const { target, restore } = watched(client);
  const statuses = new Map<number, number>();
  const finds: unknown[] = [];
  let seed = 1;
  for (; seed <= CASES && finds.length === 0; seed += 1) {
    const path = queryCase(seed);
    const outcome = await attemptQuery(target, path);
    statuses.set(outcome.status, (statuses.get(outcome.status) ?? 0) + 1);
    finds.push(...outcome.finds.map((what) => ({ seed, path, what })));
  }
  restore();
  console.info(`${seed - 1} searches, answers ${[...statuses]}`);
  expect(finds).toEqual([]);
  for (const status of [200, 400]) expect([...statuses.keys()]).toContain(status);
});
