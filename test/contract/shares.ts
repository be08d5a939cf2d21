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

    it('revokes once, and nothing brings the share back', async () => {
      await shares.create(share('a'), 'digest');
      expect(await shares.revoke('a', NOW)).toEqual(share('a', { revokedAt: NOW }));
      expect(await shares.revoke('a', NOW + 5)).toEqual(share('a', { revokedAt: NOW }));
      expect(await shares.revoke('b', NOW)).toBeUndefined();
    });

    it('revokes those of a study, or of one of its series', async () => {
      const of = (seriesInstanceUID?: string, studyInstanceUID = '1.2') => ({
        scope: { studyInstanceUID, ...(seriesInstanceUID && { seriesInstanceUID }) },
      });
      const scopes = { a: of(), b: of('1.2.1'), c: of('1.2.2'), d: of(undefined, '1.3') };
      for (const [id, more] of Object.entries(scopes)) await shares.create(share(id, more), `digest ${id}`);
      const revoked = async () =>
        (await shares.list()).flatMap(({ id, revokedAt }) => (revokedAt === undefined ? [] : [id])).sort();
      await shares.revokeWithin({ studyInstanceUID: '1.2', seriesInstanceUID: '1.2.1' }, NOW);
      expect(await revoked()).toEqual(['b']);
      await shares.revokeWithin({ studyInstanceUID: '1.2' }, NOW);
      expect(await revoked()).toEqual(['a', 'b', 'c']);
    });
  });
}

/** A use or an attempt that is noted and whose answer is lost counts: there may then be one less. */
export function shareUsesContract(open: () => Shares): void {
  describe('the uses of a share and the attempts at its pass phrase', () => {
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

    it('end with too many wrong pass phrases', async () => {
      const shares = open();
      await shares.create(share('a', { passphrase: 'record' }), 'digest');
      for (let n = 0; n < MOST_WRONG_PASSPHRASES; n += 1) {
        expect(await shares.beginAttempt('a')).toBe(true);
        await shares.endAttempt('a', false, NOW + n);
      }
      expect((await shares.get('a'))?.revokedAt).toBe(NOW + MOST_WRONG_PASSPHRASES - 1);
      expect(await shares.beginAttempt('a')).toBe(false);
    });

    it('do not count right pass phrases as wrong ones, and never more attempts at a time than may be wrong', async () => {
      const shares = open();
      await shares.create(share('a', { passphrase: 'record' }), 'digest');
      for (let n = 0; n < 3 * MOST_WRONG_PASSPHRASES; n += 1) {
        expect(await shares.beginAttempt('a')).toBe(true);
        await shares.endAttempt('a', true, NOW);
      }
      const attempts = Array.from({ length: 3 * MOST_WRONG_PASSPHRASES }, () => shares.beginAttempt('a'));
      expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(MOST_WRONG_PASSPHRASES);
      expect((await shares.get('a'))?.revokedAt).toBeUndefined();
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
