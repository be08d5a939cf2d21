import { describe, expect, it } from 'vitest';
import type { CommitGroup, InstanceRecord } from '../../../../src/archive/commit-group';
import { refusedAmong } from '../../../../src/storage/commit/commit-rehearsal';

const instances = Array.from(
  { length: 400 },
  (_, at) =>
    ({
      studyInstanceUID: '1',
      seriesInstanceUID: '1.1',
      sopInstanceUID: `1.1.${at}`,
      version: `v${at}`,
      segment: 's',
      byteLength: at,
    }) as InstanceRecord,
);
const group = {
  studies: [],
  series: [],
  segments: [],
  instances,
  duplicates: 'reject',
  now: 0,
  purgeAt: 0,
} as CommitGroup;

/** The instances of the group that are refused when the index accepts a group by `takes`. */
async function refused(takes: (some: readonly InstanceRecord[]) => boolean) {
  let rehearsals = 0;
  const found = await refusedAmong(group, async (some) => {
    rehearsals += 1;
    return takes(some.instances) ? undefined : 'refused';
  });
  return { rehearsals, found: [...found.keys()].map(({ byteLength }) => byteLength).sort((a, b) => a - b) };
}

describe('the instances for which the index refuses a commit', () => {
  it('are found, and no others', async () => {
    const bad = new Set([3, 250]);
    const { found, rehearsals } = await refused((some) => !some.some(({ byteLength }) => bad.has(byteLength)));
    expect(found).toEqual([3, 250]);
    expect(rehearsals).toBeLessThanOrEqual(40);
  });

  it('are as few as necessary to make the others small enough together', async () => {
    const { found } = await refused((some) => some.length <= 300);
    expect(found).toEqual(Array.from({ length: 100 }, (_, at) => 300 + at));
  });

  it('are found with a bounded number of statements, although others may then be refused too', async () => {
    const { found, rehearsals } = await refused((some) => !some.some(({ byteLength }) => byteLength % 2 === 1));
    expect(rehearsals).toBeLessThanOrEqual(40);
    for (let at = 1; at < 400; at += 2) expect(found).toContain(at);
  });
});
