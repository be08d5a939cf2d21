import { beforeEach, describe, expect, it } from 'vitest';
import { MOST_WRONG_PASSPHRASES, type Share, type Shares } from '../../src/archive/access/shares';

const NOW = 1_700_000_000_000;

const share = (id: string, more: Partial<Share> = {}): Share => ({
  id,
  scope: { studyInstanceUID: '1.2' },
  download: false,
  createdAt: NOW,
  createdBy: 'key:0',
  expiresAt: NOW + 1000,
  uses: 0,
  ...more,
});

/** What archive/access/shares.ts says of Shares. */
export function sharesContract(name: string, open: () => Shares): void {
  describe(`Shares: ${name}`, () => {
    let shares: Shares;
    beforeEach(() => {
      shares = open();
    });

    it('finds a share by its secret and by its id, and lists the newest first', async () => {
      const full = share('b', {
        scope: { studyInstanceUID: '1.2', seriesInstanceUID: '1.2.3' },
        download: true,
        note: 'For "Dr. B"',
        createdAt: NOW + 1,
        mostUses: 3,
        passphrase: 'record',
        deidentification: '{}',
      });
      await shares.create(share('a'), 'digest a');
      await shares.create(full, 'digest b');
      expect(await shares.find('digest a')).toEqual(share('a'));
      expect(await shares.find('digest c')).toBeUndefined();
      expect(await shares.get('b')).toEqual(full);
      expect(await shares.get('c')).toBeUndefined();
      expect((await shares.list()).map(({ id }) => id)).toEqual(['b', 'a']);
    });

    it('revokes once, and for good', async () => {
      await shares.create(share('a'), 'digest');
      expect(await shares.revoke('a', NOW)).toEqual(share('a', { revokedAt: NOW }));
      expect(await shares.revoke('a', NOW + 5)).toEqual(share('a', { revokedAt: NOW }));
      expect(await shares.revoke('b', NOW)).toBeUndefined();
    });

    it('revokes a share after too many wrong pass phrases', async () => {
      await shares.create(share('a', { passphrase: 'record' }), 'digest');
      for (let n = 1; n < MOST_WRONG_PASSPHRASES; n += 1) await shares.noteWrongPassphrase('a', NOW);
      await shares.noteWrongPassphrase('a', NOW + 1);
      expect((await shares.get('a'))?.revokedAt).toBeGreaterThanOrEqual(NOW);
    });
  });
}

/** A use that is noted and whose answer is lost counts: the link may then be opened once less. */
export function shareUsesContract(open: () => Shares): void {
  describe('the uses of a share', () => {
    it('are counted, and end', async () => {
      const shares = open();
      await shares.create(share('a', { mostUses: 2 }), 'digest');
      expect([await shares.use('a', NOW), await shares.use('a', NOW), await shares.use('a', NOW)]).toEqual([
        true,
        true,
        false,
      ]);
      expect((await shares.get('a'))?.uses).toBe(2);
    });

    it('are as many as are allowed when many clients open the link at the same time', async () => {
      const shares = open();
      await shares.create(share('a', { mostUses: 3 }), 'digest');
      const opened = await Promise.all(Array.from({ length: 10 }, () => shares.use('a', NOW)));
      expect(opened.filter(Boolean)).toHaveLength(3);
    });

    it('end with the share', async () => {
      const shares = open();
      await shares.create(share('a'), 'a');
      await shares.create(share('b'), 'b');
      await shares.revoke('b', NOW);
      expect([await shares.use('a', NOW + 1000), await shares.use('b', NOW)]).toEqual([false, false]);
    });
  });
}
