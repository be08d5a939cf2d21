import { beforeEach, describe, expect, it } from 'vitest';
import { type ApiKey, type ApiKeys, USE_INTERVAL_MS } from '../../src/archive/access/api-keys';

const NOW = 1_700_000_000_000;
const LATER = NOW + 1_000_000_000;

const key = (id: string, more: Partial<ApiKey> = {}): ApiKey => ({
  id,
  name: `The "key" of ${id}`,
  roles: ['uploader', 'reader'],
  createdAt: NOW,
  createdBy: 'key:0',
  expiresAt: LATER,
  ...more,
});

/** What archive/access/api-keys.ts says of ApiKeys. */
export function apiKeysContract(name: string, open: () => ApiKeys): void {
  describe(`ApiKeys: ${name}`, () => {
    let keys: ApiKeys;
    beforeEach(() => {
      keys = open();
    });

    it('finds a key by its secret and by its id, and lists the newest first', async () => {
      expect(await keys.list()).toEqual([]);
      await keys.create(key('a'), 'digest a');
      await keys.create(key('b', { createdAt: NOW + 1 }), 'digest b');
      expect(await keys.find('digest a')).toEqual(key('a'));
      expect(await keys.find('digest c')).toBeUndefined();
      expect(await keys.get('b')).toEqual(key('b', { createdAt: NOW + 1 }));
      expect(await keys.get('c')).toBeUndefined();
      expect((await keys.list()).map(({ id }) => id)).toEqual(['b', 'a']);
    });

    it('keeps labels and quotas, and changes them', async () => {
      const terms = { labels: ['north'], quota: { bytes: 1000 } };
      await keys.create(key('a', terms), 'digest a');
      expect(await keys.find('digest a')).toEqual(key('a', terms));
      expect(await keys.change('a', { labels: ['south', 'west'] })).toMatchObject({
        ...terms,
        labels: ['south', 'west'],
      });
      expect(await keys.change('a', { quota: { instances: 3 } })).toEqual(
        key('a', { labels: ['south', 'west'], quota: { instances: 3 } }),
      );
      expect(await keys.change('a', { labels: [], quota: null })).toEqual(key('a'));
      expect(await keys.change('b', { labels: [] })).toBeUndefined();
    });

    it('gives a key a new secret; the old one tells when it ends, never later than before', async () => {
      await keys.create(key('a'), 'one');
      await keys.create(key('b'), 'other');
      const renewed = await keys.renew('a', { digest: 'two', oldEndsAt: NOW + 5000, expiresAt: LATER + 1 });
      expect(renewed).toEqual(key('a', { expiresAt: LATER + 1 }));
      expect(await keys.find('two')).toEqual(renewed);
      expect(await keys.find('one')).toEqual({ ...renewed, secretEndsAt: NOW + 5000 });
      await keys.renew('a', { digest: 'three', oldEndsAt: NOW + 9000, expiresAt: LATER + 2 });
      expect((await keys.find('one'))?.secretEndsAt).toBe(NOW + 5000);
      expect((await keys.find('two'))?.secretEndsAt).toBe(NOW + 9000);
      expect((await keys.find('three'))?.secretEndsAt).toBeUndefined();
      expect(await keys.find('other')).toEqual(key('b'));
      expect(await keys.renew('c', { digest: 'four', oldEndsAt: NOW, expiresAt: LATER })).toBeUndefined();
      expect(await keys.find('four')).toBeUndefined();
    });

    it('revokes once, and gives a revoked key no new secret', async () => {
      await keys.create(key('a'), 'one');
      expect(await keys.revoke('a', NOW + 1)).toEqual(key('a', { revokedAt: NOW + 1 }));
      expect(await keys.revoke('a', NOW + 2)).toEqual(key('a', { revokedAt: NOW + 1 }));
      expect(await keys.revoke('b', NOW)).toBeUndefined();
      const renewed = await keys.renew('a', { digest: 'two', oldEndsAt: NOW, expiresAt: LATER + 1 });
      expect(renewed).toEqual(key('a', { revokedAt: NOW + 1 }));
      expect(await keys.find('two')).toBeUndefined();
      expect(await keys.find('one')).toEqual(renewed);
    });

    it('notes a use now and then', async () => {
      await keys.create(key('a'), 'one');
      await keys.noteUse('a', NOW);
      await keys.noteUse('a', NOW + USE_INTERVAL_MS - 1);
      expect((await keys.get('a'))?.lastUsedAt).toBe(NOW);
      await keys.noteUse('a', NOW + USE_INTERVAL_MS);
      expect((await keys.get('a'))?.lastUsedAt).toBe(NOW + USE_INTERVAL_MS);
    });
  });
}
