import { expect, it } from 'vitest';
import type { Archive } from '../../src/archive/ports';
import type { SnapshotPage } from '../../src/archive/snapshot/snapshot';

/** What every SnapshotIndex does; whole archives are rebuilt in test/conformance/operations/rebuild.test.ts. */
export function snapshotIndexContract(name: string, open: () => Archive): void {
  it(`${name}: a study without rows is copied as such, and an empty index is empty`, async () => {
    const { snapshots } = open();
    expect(await snapshots.isEmpty()).toBe(true);
    expect(await snapshots.claimChanged(10, 1000, 0)).toEqual([]);
    expect(await snapshots.countChanged(10)).toBe(0);
    const { rows, next } = await snapshots.page('1.2', undefined, 10);
    expect(Object.values(rows).flat()).toEqual([]);
    expect(next).toBeUndefined();
    expect(await snapshots.waiting(['1.2'])).toEqual([]);
    await snapshots.noteChanged(['1.2']);
    expect(await snapshots.waiting(['1.2', '1.3'])).toEqual(['1.2']);
    await snapshots.addUnknown(10);
    await snapshots.queueDeletion(['index/1.2/x/000000-end.json.gz'], 1000);
    expect(await open().sweeps.dueDeletions(1000, 10)).toEqual(['index/1.2/x/000000-end.json.gz']);
  });

  it(`${name}: inserts rows once, and keeps how far a rebuild has come`, async () => {
    const { snapshots } = open();
    expect(await snapshots.rebuild()).toBeUndefined();
    await snapshots.keepRebuild('{"a":1}');
    await snapshots.keepRebuild('{"a":2}');
    expect(await snapshots.rebuild()).toBe('{"a":2}');
    const page: SnapshotPage = {
      format: 1,
      studyInstanceUID: '1.2',
      takenAt: 1,
      columns: {
        study: ['id', 'study_instance_uid', 'attributes', 'created_at', 'updated_at'],
        series: ['id', 'study_id', 'series_instance_uid', 'attributes', 'created_at', 'updated_at'],
      },
      rows: { study: [[7, '1.2', '{}', 1, 1]], series: [[9, 7, '1.2.3', '{}', 1, 1]] },
    };
    expect(await snapshots.insert(page, undefined)).toBe(0);
    expect(await snapshots.insert(page, undefined)).toBe(0);
    expect(await snapshots.isEmpty()).toBe(false);
    expect(await snapshots.countChanged(10)).toBe(0);
    // Another study that had the same row numbers.
    const other: SnapshotPage = {
      ...page,
      studyInstanceUID: '1.3',
      rows: { study: [[7, '1.3', '{}', 1, 1]], series: [[9, 7, '1.3.3', '{}', 1, 1]] },
    };
    const shift = await snapshots.insert(other, undefined);
    expect(shift).toBeGreaterThan(0);
    expect(await snapshots.insert(other, undefined)).toBe(shift);
    expect((await snapshots.page('1.3', undefined, 10)).rows.series?.map(([id, study]) => [id, study])).toEqual([
      [9 + shift, 7 + shift],
    ]);
  });

  it(`${name}: lists the studies with removed instances once, a page at a time`, async () => {
    const { snapshots } = open();
    const columns = ['study_instance_uid', 'series_instance_uid', 'sop_instance_uid', 'reason', 'version', 'digest'];
    for (const [at, uid] of ['1.10', '1.9', '1.2'].entries()) {
      await snapshots.insert(
        {
          format: 1,
          studyInstanceUID: uid,
          takenAt: 1,
          columns: { removal: ['id', ...columns, 'segment', 'record', 'removed_at'] },
          rows: {
            removal: [1, 2].map((n) => [10 * at + n, uid, '1', `1.${n}`, 'deleted', `${uid}-${n}`, '', 's', '{}', 1]),
          },
        },
        0,
      );
    }
    expect(await snapshots.removedStudiesAfter('', 2)).toEqual(['1.10', '1.2']);
    expect(await snapshots.removedStudiesAfter('1.2', 2)).toEqual(['1.9']);
    expect(await snapshots.removedStudiesAfter('1.9', 2)).toEqual([]);
  });
}
