import { beforeEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../src/archive/identities';
import type { ArchiveIndex } from '../../src/archive/ports';
import type { Description, RemovalIndex } from '../../src/archive/remove/removals';
import { archiveOfTwo, groupOf, HEAD, identityOf, SERIES, STUDY } from './samples';

const NOW = 1000;
const PURGE_AT = 5000;
const whole: Scope = { studyInstanceUID: STUDY };
const series: Scope = { studyInstanceUID: STUDY, seriesInstanceUID: SERIES };
const NOTHING: Description = { studies: [], series: [] };

/** How the study and these series of it were described. */
function description(...series: string[]): Description {
  const groups = series.map((one) => groupOf(one, 1));
  return { studies: groups[0]?.studies ?? [], series: groups.flatMap((group) => group.series) };
}

/** What archive/remove/removals.ts says of RemovalIndex. @param open gives both indexes of an empty archive */
export function removalIndexContract(name: string, open: () => { removals: RemovalIndex; index: ArchiveIndex }): void {
  describe(`RemovalIndex: ${name}`, () => {
    let removals: RemovalIndex;
    let index: ArchiveIndex;
    beforeEach(async () => {
      ({ removals, index } = open());
      await archiveOfTwo(index);
    });
    const remove = (scope: Scope, now = NOW) =>
      removals.remove({ scope, now, purgeAt: PURGE_AT, description: NOTHING });
    const restore = (scope: Scope, described: Description, version?: string) =>
      removals.restore({
        scope,
        now: NOW,
        purgeAt: null,
        description: described,
        ...(version !== undefined && { version }),
      });
    const left = async () => (await index.instances(whole, 0, 10)).map(({ sopInstanceUID }) => sopInstanceUID);

    it.each([
      ['an instance', identityOf(SERIES, 2) as Scope, 1, description(SERIES)],
      ['a series', series, 3, description(SERIES)],
      ['a study', whole, 5, description(SERIES, HEAD)],
      ['what does not exist', { studyInstanceUID: '9' }, 0, NOTHING],
    ])('removes %s, and brings it back', async (_, scope, count, described) => {
      const before = (await left()).sort();
      expect(await removals.holds(scope, NOW)).toBe(false);
      expect(await remove(scope)).toBe(count);
      expect(await left()).toHaveLength(5 - count);
      expect(await removals.holds(scope, NOW)).toBe(count > 0);
      expect(await remove(scope, NOW + 1)).toBe(0);
      const { sopInstanceUID } = scope;
      const version = sopInstanceUID && (await removals.restorableVersion(identityOf(SERIES, 2), NOW))?.version;
      expect(await restore(scope, described, version)).toEqual({ restored: count, otherContent: 0, otherStudy: 0 });
      expect((await left()).sort()).toEqual(before);
      expect(await removals.holds(scope, NOW)).toBe(false);
    });

    it('says which instances describe what stays', async () => {
      expect(await removals.remaining(identityOf(SERIES, 1))).toContainEqual(identityOf(SERIES, 2));
      expect(await removals.remaining(series)).toEqual([identityOf(HEAD, 1)]);
      expect(await removals.remaining(whole)).toEqual([]);
    });

    it('says how the series were described that can come back', async () => {
      expect(await removals.restorableSeries(whole, NOW)).toEqual([]);
      await remove(series);
      const found = await removals.restorableSeries(whole, NOW);
      expect(found).toMatchObject([{ studyInstanceUID: STUDY, seriesInstanceUID: SERIES }]);
      expect(JSON.parse(found[0]!.studyAttributes)).toMatchObject({ '00100020': { Value: ['P1'] } });
      expect(JSON.parse(found[0]!.seriesAttributes)).toMatchObject({ '00080060': { Value: ['CT'] } });
    });

    it('says where the metadata of a version lies that can come back', async () => {
      expect(await removals.restorableVersion(identityOf(SERIES, 1), NOW)).toBeUndefined();
      await remove(series);
      expect(await removals.restorableVersion(identityOf(SERIES, 1), NOW)).toMatchObject({
        ...identityOf(SERIES, 1),
        segment: SERIES,
      });
    });

    it('claims what is due, and then brings none of it back', async () => {
      await remove(series);
      expect(await removals.claimPurgeable(PURGE_AT - 1, 10)).toEqual([]);
      const some = await removals.claimPurgeable(PURGE_AT, 2);
      expect(some).toHaveLength(2);
      expect(await removals.claimPurgeable(PURGE_AT, 2)).toEqual(some);
      expect(await removals.claimPurgeable(PURGE_AT, 10)).toHaveLength(3);
      expect(await removals.holds(series, NOW)).toBe(false);
      expect(await restore(series, description(SERIES))).toMatchObject({ restored: 0 });
      expect(await left()).toEqual([`${HEAD}.1`, `${HEAD}.2`]);
    });

    it('claims nothing that counts', async () => {
      await remove(series);
      expect(await restore(series, description(SERIES))).toMatchObject({ restored: 3 });
      expect(await removals.claimPurgeable(PURGE_AT, 10)).toEqual([]);
    });

    it('tells the segments that hold no other metadata', async () => {
      await remove(identityOf(SERIES, 1));
      const [first] = groupOf(SERIES, 1).instances;
      expect(await removals.segmentsOfNoOther([first!.version])).toEqual([]);
      await remove(series);
      const versions = groupOf(SERIES, 3).instances.map(({ version }) => version);
      expect(await removals.segmentsOfNoOther(versions)).toEqual([
        { studyInstanceUID: STUDY, seriesInstanceUID: SERIES, name: SERIES },
      ]);
    });

    it('forgets what was purged, and no more', async () => {
      await remove(series);
      const claimed = await removals.claimPurgeable(PURGE_AT, 2);
      await removals.forget(claimed);
      const rest = await removals.claimPurgeable(PURGE_AT, 10);
      expect(rest).toHaveLength(1);
      expect(claimed).not.toContainEqual(rest[0]);
    });
  });
}
