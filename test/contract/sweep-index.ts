import { beforeEach, describe, expect, it } from 'vitest';
import type { ArchiveIndex } from '../../src/archive/ports';
import type { RemovalIndex } from '../../src/archive/remove/removals';
import type { StoredObject, SweepIndex, SweepReport } from '../../src/archive/remove/sweep-index';
import type { SnapshotIndex } from '../../src/archive/snapshot/snapshot';
import { archiveOfTwo, groupOf, HEAD, SERIES, STUDY } from './samples';

const REPORT: SweepReport = { ranAt: 7, deleted: { queued: 1, purged: 2, orphans: 3 }, orphansWaiting: 4 };
/** One for each database of the archive. */
const NO_MOMENTS = expect.arrayContaining([0]);
const orphan = (key: string, uploadedAt = 10) => ({ key, uploadedAt });

/** What archive/remove/sweep-index.ts says of SweepIndex. @param open gives the indexes of an empty archive */
export function sweepIndexContract(
  name: string,
  open: () => { sweeps: SweepIndex; index: ArchiveIndex; removals: RemovalIndex; snapshots: SnapshotIndex },
): void {
  describe(`SweepIndex: ${name}`, () => {
    let sweeps: SweepIndex;
    let index: ArchiveIndex;
    let removals: RemovalIndex;
    let snapshots: SnapshotIndex;
    beforeEach(() => {
      ({ sweeps, index, removals, snapshots } = open());
    });

    /** The objects of a stored instance and of its metadata segment, and one of each that no row names. */
    const stored = (): { named: StoredObject[]; unnamed: StoredObject[] } => {
      const [{ studyInstanceUID, seriesInstanceUID, sopInstanceUID, version }] = groupOf(SERIES, 1).instances as [
        ReturnType<typeof groupOf>['instances'][number],
      ];
      const series = { studyInstanceUID, seriesInstanceUID };
      const object = { ...series, sopInstanceUID };
      return {
        named: [
          { key: 'instance', ...object, version },
          { key: 'segment', ...series, segment: SERIES },
        ],
        unnamed: [
          { key: 'other version', ...object, version: 'other' },
          { key: 'other segment', ...series, segment: 'other' },
        ],
      };
    };

    it('carries one id, which is confirmed once', async () => {
      expect(await sweeps.identity()).toBeUndefined();
      expect(await sweeps.giveIdentity('first')).toEqual({ archiveID: 'first', confirmed: false, moments: NO_MOMENTS });
      expect(await sweeps.giveIdentity('second')).toEqual({
        archiveID: 'first',
        confirmed: false,
        moments: NO_MOMENTS,
      });
      expect(await sweeps.confirmIdentity('second', 1)).toBe(false);
      expect(await sweeps.identity()).toMatchObject({ confirmed: false });
      expect(await sweeps.confirmIdentity('first', 1)).toBe(true);
      expect(await sweeps.identity()).toEqual({ archiveID: 'first', confirmed: true, moments: NO_MOMENTS });
    });

    it('takes the id of the bucket, unless another one is confirmed', async () => {
      expect(await sweeps.takeIdentity('bucket', 1)).toBe(true);
      expect(await sweeps.takeIdentity('bucket', 2)).toBe(true);
      expect(await sweeps.takeIdentity('another', 3)).toBe(false);
      expect(await sweeps.identity()).toEqual({ archiveID: 'bucket', confirmed: true, moments: NO_MOMENTS });
      await sweeps.forgetIdentity();
      await sweeps.giveIdentity('begun');
      expect(await sweeps.takeIdentity('bucket', 4)).toBe(true);
      expect(await sweeps.identity()).toEqual({ archiveID: 'bucket', confirmed: true, moments: NO_MOMENTS });
    });

    it('keeps the id of an index that was rebuilt or is being rebuilt, even if a restoration still wants it', async () => {
      await sweeps.takeIdentity('bucket', 1);
      for (const phase of ['access', 'unfiled/']) {
        await snapshots.keepRebuild(JSON.stringify({ phase }));
        await sweeps.forgetIdentity();
        expect(await sweeps.identity()).toMatchObject({ archiveID: 'bucket' });
      }
      await snapshots.keepRebuild('{"phase":"objects"}');
      await sweeps.forgetIdentity();
      expect(await sweeps.identity()).toBeUndefined();
    });

    it('keeps the last report', async () => {
      expect(await sweeps.lastReport()).toBeUndefined();
      await sweeps.keepReport({ ...REPORT, stopped: 'too-many-orphans' });
      await sweeps.keepReport(REPORT);
      expect(await sweeps.lastReport()).toEqual(REPORT);
    });

    it('keeps its place in the bucket', async () => {
      expect(await sweeps.position()).toBeUndefined();
      await sweeps.keepPosition({ prefix: 'a', cursor: 'b' });
      expect(await sweeps.position()).toEqual({ prefix: 'a', cursor: 'b' });
      await sweeps.keepPosition({ prefix: 'c' });
      expect((await sweeps.position())?.prefix).toBe('c');
    });

    it('tells the objects that rows name from the others', async () => {
      await archiveOfTwo(index);
      const { named, unnamed } = stored();
      const keys = unnamed.map(({ key }) => key);
      expect((await sweeps.unnamed([...named, ...unnamed])).toSorted()).toEqual(keys.toSorted());
      expect((await sweeps.unreferenced([...named, ...unnamed])).toSorted()).toEqual(keys.toSorted());
      expect(await sweeps.unreferenced([])).toEqual([]);
    });

    it('counts instances up to a limit, and shows some', async () => {
      expect(await sweeps.countInstances(10)).toBe(0);
      expect(await sweeps.someInstances()).toEqual([]);
      await archiveOfTwo(index);
      expect(await sweeps.countInstances(10)).toBe(5);
      expect(await sweeps.countInstances(2)).toBe(2);
      const uids = (await sweeps.someInstances()).map(({ sopInstanceUID }) => sopInstanceUID);
      expect(uids).toEqual(expect.arrayContaining([`${SERIES}.1`, `${HEAD}.2`]));
    });

    it('finds segments in which nothing counts, and forgets them with what is to be deleted', async () => {
      await index.commit(groupOf(SERIES, 2));
      await index.commit(groupOf(SERIES, 2, 3));
      const series = { studyInstanceUID: STUDY, seriesInstanceUID: SERIES };
      const locations = (await index.metadataLocations(series)).map((one) => ({ ...one, from: one.segment }));
      // The new segment takes all instances; the old ones go by the replacement, at their time.
      await index.replaceSegments({
        ...series,
        from: [SERIES, `${SERIES}-3`],
        to: { ...series, name: 'merged', byteLength: 10, entryCount: 4 },
        parts: [],
        locations,
        dueAt: 500,
      });
      expect(await sweeps.dueDeletions(499, 10)).toEqual([]);
      const due = await sweeps.dueDeletions(500, 10);
      expect(due).toHaveLength(2);
      expect(await sweeps.dueDeletions(500, 1)).toHaveLength(1);
      await sweeps.forgetDeletions(due.slice(0, 1));
      expect(await sweeps.dueDeletions(500, 10)).toEqual(due.slice(1));
    });

    it('does not forget a dead segment to which a removed instance could come back', async () => {
      await archiveOfTwo(index);
      const scope = { studyInstanceUID: STUDY, seriesInstanceUID: SERIES };
      await removals.remove({ scope, now: 1, purgeAt: 10, description: { studies: [], series: [] } });
      await sweeps.forgetDeadSegments([{ name: SERIES, key: 'segment' }], 5);
      expect(await sweeps.dueDeletions(1_000_000, 10)).toEqual([]);
      const { studies, series } = groupOf(SERIES, 1);
      expect(await removals.restore({ scope, now: 2, purgeAt: null, description: { studies, series } })).toMatchObject({
        restored: 3,
      });
      expect((await index.segments(scope)).map((one) => one.name)).toEqual([SERIES]);
    });

    it('looks through the series by turns', async () => {
      await archiveOfTwo(index);
      const first = await sweeps.nextSegments(1);
      expect(first.lastSeriesRow).toBeGreaterThan(0);
      await sweeps.keepSegmentPosition(first.lastSeriesRow);
      const second = await sweeps.nextSegments(1);
      expect(second.lastSeriesRow).toBeGreaterThan(first.lastSeriesRow);
      await sweeps.keepSegmentPosition(second.lastSeriesRow);
      expect(await sweeps.nextSegments(1)).toEqual({ series: [], lastSeriesRow: 0 });
      await sweeps.keepSegmentPosition(0);
      expect(await sweeps.nextSegments(1)).toEqual(first);
    });

    it('keeps the time at which an orphan was seen first', async () => {
      await sweeps.noteOrphans([orphan('a'), orphan('b')], 100);
      await sweeps.noteOrphans([orphan('b'), orphan('c')], 200);
      expect((await sweeps.oldOrphans(100, 10)).toSorted()).toEqual(['a', 'b']);
      expect(await sweeps.oldOrphans(200, 1)).toHaveLength(1);
      expect(await sweeps.countOrphans(10)).toBe(3);
      expect(await sweeps.countOrphans(2)).toBe(2);
      expect(await sweeps.orphansAfter('', 2)).toEqual(['a', 'b']);
      expect(await sweeps.orphansAfter('b', 2)).toEqual(['c']);
      await sweeps.forgetOrphans(['a', 'b', 'unknown']);
      expect(await sweeps.orphansAfter('', 10)).toEqual(['c']);
    });

    it('leaves orphans alone that were uploaded in a time of which no run is remembered', async () => {
      await sweeps.noteGap(50, 60);
      await sweeps.noteOrphans([orphan('before', 49), orphan('within', 55), orphan('after', 61)], 100);
      expect((await sweeps.oldOrphans(100, 10)).toSorted()).toEqual(['after', 'before']);
    });

    it('claims no orphan that a row names by now', async () => {
      const { named, unnamed } = stored();
      await sweeps.noteOrphans(
        [...named, ...unnamed].map(({ key }) => orphan(key)),
        100,
      );
      await archiveOfTwo(index);
      const claimed = await sweeps.claimOrphans([...named, ...unnamed], 200);
      expect(claimed.toSorted()).toEqual(unnamed.map(({ key }) => key).toSorted());
    });
  });
}
