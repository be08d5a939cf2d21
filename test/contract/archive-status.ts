import { describe, expect, it } from 'vitest';
import type { ArchiveStatus, ServicePart } from '../../src/archive/archive-status';
import type { ArchiveIndex } from '../../src/archive/ports';
import type { RemovalIndex } from '../../src/archive/remove/removals';
import { archiveOfTwo, groupOf, HEAD, SERIES, STUDY } from './samples';

const PARTS: readonly ServicePart[] = ['database', 'bucket', 'queue'];

/** What archive/ports.ts says of ArchiveStatus. @param open gives an archive of which one part is broken, or none */
export function archiveStatusContract(name: string, open: (broken?: ServicePart) => ArchiveStatus): void {
  describe(`ArchiveStatus: ${name}`, () => {
    it.each(PARTS)('asks the %s', async (part) => {
      await open().ask(part);
    });

    it.each(PARTS)('throws what the %s says when it fails, and asks no other', async (broken) => {
      const status = open(broken);
      for (const part of PARTS) {
        const asked = status.ask(part);
        if (part === broken) await expect(asked).rejects.toThrow(`${broken} is broken`);
        else await asked;
      }
    });
  });
}

interface Counted {
  readonly status: ArchiveStatus;
  readonly index: ArchiveIndex;
  readonly removals: RemovalIndex;
}

/** What archive/ports.ts says of ArchiveTotals. @param open gives the indexes of an empty archive */
export function archiveTotalsContract(name: string, open: () => Counted): void {
  describe(`ArchiveTotals: ${name}`, () => {
    const bytes = (series: string, count: number): number =>
      groupOf(series, count).instances.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const NOTHING = { instances: 0, bytes: 0 };
    const EMPTY = { studies: 0, series: 0, instances: 0, bytes: 0, removed: NOTHING, reclaimable: NOTHING };

    it('count what is stored, what is removed, and what can be reclaimed at the time asked for', async () => {
      const { status, index, removals } = open();
      expect(await status.totals(0)).toEqual({ ...EMPTY, queuedDeletions: 0 });
      await archiveOfTwo(index);
      await index.commit(groupOf(SERIES, 3));
      const all = bytes(SERIES, 3) + bytes(HEAD, 2);
      expect(all).toBeGreaterThan(0);
      expect(await status.totals(0)).toMatchObject({ ...EMPTY, studies: 1, series: 2, instances: 5, bytes: all });

      const scope = { studyInstanceUID: STUDY, seriesInstanceUID: HEAD };
      await removals.remove({ scope, now: 1000, purgeAt: 5000, description: { studies: [], series: [] } });
      expect(await status.size()).toEqual({ instances: 5, bytes: all });
      const removed = { instances: 2, bytes: bytes(HEAD, 2) };
      const left = { studies: 1, series: 1, instances: 3, bytes: bytes(SERIES, 3), removed };
      expect(await status.totals(4999)).toMatchObject({ ...left, reclaimable: NOTHING });
      // Removed instances fill the archive until they are purged.
      expect(await status.size()).toEqual({ instances: 5, bytes: all });
      expect(await status.totals(5000)).toMatchObject({ ...left, reclaimable: removed });
    });
  });
}
