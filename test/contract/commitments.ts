import { beforeEach, describe, expect, it } from 'vitest';
import { COMMITMENT_MS, COMMITMENTS_KEPT } from '../../src/archive/commitment/commitments';
import type { Archive } from '../../src/archive/ports';
import { archiveOfTwo, HEAD, SERIES, STUDY } from './samples';

const NOW = 1_700_000_000_000;

/** What archive/commitment/commitments.ts says of Commitments. */
export function commitmentsContract(name: string, open: () => Archive): void {
  describe(`Commitments: ${name}`, () => {
    let archive: Archive;
    beforeEach(() => {
      archive = open();
    });

    it('finds instances by their SOP Instance UIDs, and at most as many as are wanted', async () => {
      await archiveOfTwo(archive.index);
      const uids = [`${SERIES}.1`, `${HEAD}.2`, '9.9'];
      const found = await archive.commitments.find(uids, 10, 'reject');
      expect(found.map(({ sopInstanceUID }) => sopInstanceUID).sort()).toEqual([`${SERIES}.1`, `${HEAD}.2`].sort());
      const [row] = await archive.index.instances(
        { studyInstanceUID: STUDY, seriesInstanceUID: SERIES, sopInstanceUID: `${SERIES}.1` },
        0,
        1,
      );
      const { sopClassUID, version, byteLength, digest } = row!;
      expect(found.find(({ sopInstanceUID }) => sopInstanceUID === `${SERIES}.1`)).toEqual({
        studyInstanceUID: STUDY,
        seriesInstanceUID: SERIES,
        sopInstanceUID: `${SERIES}.1`,
        sopClassUID,
        version,
        byteLength,
        digest,
        isSent: true,
      });
      expect(await archive.commitments.find(uids, 1, 'reject')).toHaveLength(1);
      expect(await archive.commitments.find([], 1, 'reject')).toEqual([]);
    });

    it('keeps the first answer of a transaction, for its principal alone', async () => {
      const { commitments } = archive;
      expect(await commitments.recall('a', '1.2', NOW)).toBeUndefined();
      expect(await commitments.keep('a', '1.2', 'first', NOW)).toBe(true);
      expect(await commitments.keep('a', '1.2', 'second', NOW + 1)).toBe(false);
      expect(await commitments.keep('b', '1.2', 'of b', NOW + 1)).toBe(true);
      expect(await commitments.recall('a', '1.2', NOW + 2)).toBe('first');
      expect(await commitments.recall('b', '1.2', NOW + 2)).toBe('of b');
    });

    it('does not count an old answer, and forgets it', async () => {
      const { commitments } = archive;
      await commitments.keep('a', '1.2', 'first', NOW);
      await commitments.keep('a', '1.3', 'other', NOW + 1);
      expect(await commitments.recall('a', '1.2', NOW + COMMITMENT_MS)).toBeUndefined();
      expect(await commitments.keep('a', '1.2', 'second', NOW + COMMITMENT_MS)).toBe(true);
      await commitments.forgetOld(NOW + COMMITMENT_MS + 1);
      // At an earlier time it would still count.
      expect(await commitments.recall('a', '1.3', NOW + 1)).toBeUndefined();
      expect(await commitments.recall('a', '1.2', NOW + COMMITMENT_MS + 1)).toBe('second');
    });
  });
}

/** Costs hundreds of statements. */
export function commitmentsBoundContract(open: () => Archive): void {
  it('Commitments: keeps a limited number of answers for each principal, the newest', async () => {
    const { commitments } = open();
    await commitments.keep('b', '1.1', 'of b', NOW);
    for (let at = 0; at <= COMMITMENTS_KEPT; at += 1) await commitments.keep('a', `1.${at}`, 'kept', NOW + at);
    const later = NOW + COMMITMENTS_KEPT;
    expect(await commitments.recall('a', '1.0', later)).toBeUndefined();
    expect(await commitments.recall('a', '1.1', later)).toBe('kept');
    expect(await commitments.recall('b', '1.1', later)).toBe('of b');
  });
}
