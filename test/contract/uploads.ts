import { beforeEach, describe, expect, it } from 'vitest';
import type { Archive } from '../../src/archive/ports';
import type { NewUpload, Progress, Upload } from '../../src/archive/upload/uploads';

const NOW = 1_700_000_000_000;
const SECOND = 1000;
const DAY = 24 * 3600 * SECOND;

const upload = (id: string, more: Partial<NewUpload> = {}): NewUpload => ({
  id,
  principal: 'anna',
  sender: { principal: 'anna', visibility: [{ labels: ['trial'] }], labels: ['trial'] },
  metadata: 'filename YS5kY20=',
  byteLength: 100,
  partBytes: 40,
  createdAt: NOW,
  expiresAt: NOW + DAY,
  ...more,
});

const progress = (offset: number, more: Partial<Progress> = {}): Progress => ({
  offset,
  parts: [],
  rest: undefined,
  until: 0,
  expiresAt: NOW + DAY,
  ...more,
});

/** What archive/upload/uploads.ts says of Uploads. @param open gives an archive that is empty */
export function uploadsContract(name: string, open: () => Archive): void {
  describe(`Uploads: ${name}`, () => {
    let archive: Archive;
    beforeEach(() => {
      archive = open();
    });

    const take = (id: string, lease: string, offset: number, at = NOW, principal = 'anna') =>
      archive.uploads.take(id, principal, { lease, offset, now: at, until: at + 10 * SECOND });
    const made = (id: string, more: Partial<NewUpload> = {}) =>
      archive.uploads.create(upload(id, more), { uploads: 10 });
    /** Receives all bytes of an upload. */
    const receive = async (id: string, version: string) => {
      await take(id, version, 0);
      expect(await archive.uploads.finish(id, version, version, NOW)).toBe(true);
    };
    const versions = async (before: number) =>
      (await archive.uploads.unneeded(before, 100)).map(({ version }) => version).sort();

    it('makes an upload once', async () => {
      const created = await made('a');
      expect(created).toEqual({ ...upload('a'), offset: 0, state: 'receiving', leasedUntil: 0 });
      expect(await made('a', { byteLength: 5, createdAt: NOW + 1 })).toEqual(created);
      expect(await archive.uploads.find('a')).toEqual(created);
      expect(await archive.uploads.find('b')).toBeUndefined();
      expect(await archive.uploads.findAll(['b', 'a'])).toEqual([created]);
    });

    it('makes so many for a principal as may be under way', async () => {
      for (const id of ['a', 'b', 'c']) await made(id);
      await receive('c', 'uc');
      expect(await archive.uploads.create(upload('d'), { uploads: 2 })).toBe('too-many');
      expect(await archive.uploads.create(upload('d', { principal: 'bert' }), { uploads: 2 })).toMatchObject({
        id: 'd',
      });
      expect(await archive.uploads.create(upload('e'), { uploads: 3 })).toMatchObject({ id: 'e' });
    });

    it('makes none for a session that is not there', async () => {
      expect(await made('a', { session: 's' })).toBe('no-session');
      expect(await archive.uploads.find('a')).toBeUndefined();
    });

    it('makes a final upload of partial ones that are received, of the same principal', async () => {
      const final = { concat: 'final;/a /b', partials: ['a', 'b'], byteLength: 200 };
      await made('a', { concat: 'partial' });
      await made('b', { concat: 'partial' });
      await made('c');
      await receive('a', 'ua');
      await receive('c', 'uc');
      expect(await made('f', final)).toBe('no-partials');
      await receive('b', 'ub');
      expect(await made('f', { ...final, partials: ['a', 'c'] })).toBe('no-partials');
      expect(await made('f', { ...final, principal: 'bert' })).toBe('no-partials');
      expect(await made('f', final)).toMatchObject({ ...final, state: 'received', offset: 200 });
      // The bytes of the final one are those of the others: 300 wait in all, none of them of bert.
      const bounded = (id: string, bytes: number, bytesOfSender = bytes) =>
        archive.uploads.create(upload(id, { principal: 'bert' }), { uploads: 10, bytes, bytesOfSender });
      expect(await bounded('g', 399)).toBe('no-room');
      expect(await bounded('g', 400, 99)).toBe('no-room-of-sender');
      expect(await bounded('g', 400, 100)).toMatchObject({ id: 'g' });
      // The same again is there already.
      expect(await bounded('g', 400, 100)).toMatchObject({ id: 'g' });
      expect(await archive.uploads.removeExpired(NOW + DAY, 10)).toMatchObject([{ id: 'g' }]);
    });

    it('gives one request the lease: at the right offset, for the right principal', async () => {
      await made('a');
      expect((await take('a', 'u1', 5))?.lease).toBeUndefined();
      expect(await take('a', 'u1', 0, NOW, 'bert')).toBeUndefined();
      expect(await take('none', 'u1', 0)).toBeUndefined();
      expect(await take('a', 'u1', 0)).toMatchObject({ lease: 'u1', leasedUntil: NOW + 10 * SECOND });
      expect(await take('a', 'u2', 0, NOW + 9 * SECOND)).toMatchObject({ lease: 'u1' });
      expect(await archive.uploads.renew('a', 'u1', NOW + 20 * SECOND)).toBe(true);
      expect(await take('a', 'u2', 0, NOW + 19 * SECOND)).toMatchObject({ lease: 'u1' });
      expect(await archive.uploads.renew('a', 'u1', 0)).toBe(true);
      expect(await take('a', 'u2', 0, NOW + 19 * SECOND)).toMatchObject({ lease: 'u2' });
      expect(await take('a', 'u3', 0, NOW + 2 * DAY)).toMatchObject({ lease: 'u2' });
    });

    it('does not give a lease that was given back to a renewal that is late', async () => {
      await made('a');
      await take('a', 'u1', 0);
      await archive.uploads.advance('a', 'u1', progress(40, { parts: [{ number: 1, etag: 'e1' }] }), NOW);
      expect(await archive.uploads.renew('a', 'u1', NOW + 10 * SECOND)).toBe(false);
      expect(await take('a', 'u2', 40)).toMatchObject({ lease: 'u2' });
    });

    it('refuses every write of a request that has lost its lease', async () => {
      await made('a');
      await take('a', 'u1', 0);
      await take('a', 'u2', 0, NOW + 10 * SECOND);
      expect(await archive.uploads.renew('a', 'u1', NOW + DAY)).toBe(false);
      expect(await archive.uploads.advance('a', 'u1', progress(40, { parts: [{ number: 1, etag: 'x' }] }), NOW)).toBe(
        false,
      );
      expect(await archive.uploads.finish('a', 'u1', 'u1', NOW)).toBe(false);
      expect(await archive.uploads.fail('a', 'u1', 'lost', NOW)).toBe(false);
      expect(await archive.uploads.parts('a')).toEqual([]);
      expect(await archive.uploads.find('a')).toMatchObject({ offset: 0, state: 'receiving', lease: 'u2' });
    });

    it('keeps what requests have added, and completes it', async () => {
      await made('a');
      await take('a', 'u1', 0);
      const first = { version: 'u1', multipartID: 'm', parts: [{ number: 1, etag: 'x' }], until: NOW + 20 * SECOND };
      expect(await archive.uploads.advance('a', 'u1', progress(40, first), NOW)).toBe(true);
      const { until: _until, ...noted } = first;
      const rest = { version: 'u1', length: 20 };
      expect(await archive.uploads.advance('a', 'u1', progress(60, { ...noted, parts: [], rest }), NOW)).toBe(true);
      expect(await take('a', 'u2', 60)).toMatchObject({
        offset: 60,
        rest,
        version: 'u1',
        multipartID: 'm',
        lease: 'u2',
      });
      const more = [2, 3].map((number) => ({ number, etag: `y${number}` }));
      expect(await archive.uploads.advance('a', 'u2', progress(100, { ...noted, parts: more }), NOW)).toBe(true);
      expect(await archive.uploads.parts('a')).toEqual([...first.parts, ...more]);
      expect(await archive.uploads.incomplete(NOW, 10)).toMatchObject([{ id: 'a', offset: 100 }]);
      await take('a', 'u3', 100);
      expect(await archive.uploads.incomplete(NOW, 10)).toEqual([]);
      expect(await archive.uploads.finish('a', 'u3', 'u1', NOW)).toBe(true);
      const received = (await archive.uploads.find('a')) as Upload;
      expect(received).toMatchObject({ state: 'received', offset: 100, version: 'u1', leasedUntil: 0 });
      expect(received.multipartID ?? received.rest).toBeUndefined();
      expect((await take('a', 'u4', 100))?.lease).toBe('u3');
    });

    it('replaces a part that was noted before its request was interrupted', async () => {
      await made('a');
      for (const [lease, etag] of [
        ['u1', 'x'],
        ['u2', 'y'],
      ] as const) {
        await take('a', lease, 0);
        await archive.uploads.advance('a', lease, progress(0, { parts: [{ number: 1, etag }] }), NOW);
      }
      expect(await archive.uploads.parts('a')).toEqual([{ number: 1, etag: 'y' }]);
    });

    it('remembers a failure', async () => {
      await made('a');
      await take('a', 'u1', 0);
      expect(await archive.uploads.fail('a', 'u1', 'lost', NOW)).toBe(true);
      expect(await archive.uploads.find('a')).toMatchObject({ state: 'failed', reason: 'lost', leasedUntil: 0 });
      expect((await take('a', 'u2', 0))?.lease).toBe('u1');
    });

    it('knows which objects are not needed any more, and since when', async () => {
      await made('a');
      const rest = (version: string) => ({ version, length: 10 });
      await take('a', 'u1', 0);
      await archive.uploads.advance('a', 'u1', progress(10, { rest: rest('u1') }), NOW);
      await take('a', 'u2', 10, NOW + 1);
      expect(await versions(NOW + DAY)).toEqual([]);
      await archive.uploads.advance('a', 'u2', progress(20, { rest: rest('u2') }), NOW + 2);
      expect(await versions(NOW + 1)).toEqual([]);
      expect(await versions(NOW + 2)).toEqual(['u1']);
      // This request vanishes, and the next one finds it so.
      await take('a', 'u3', 20, NOW + 3);
      await take('a', 'u4', 20, NOW + 20 * SECOND);
      expect(await versions(NOW + DAY)).toEqual(['u1', 'u3']);
      await archive.uploads.forgetVersions(['u1']);
      expect(await versions(NOW + DAY)).toEqual(['u3']);
      expect(await archive.uploads.remove('a', 'anna', NOW + 30 * SECOND)).toMatchObject({ id: 'a' });
      expect(await versions(NOW + DAY)).toEqual(['u2', 'u3', 'u4']);
    });

    it('removes an upload for its principal, under the hands of a request', async () => {
      await made('a');
      await take('a', 'u1', 0);
      expect(await archive.uploads.remove('a', 'bert', NOW)).toBeUndefined();
      expect(await archive.uploads.advance('a', 'u1', progress(1, { until: NOW + SECOND }), NOW)).toBe(true);
      const removed = await archive.uploads.remove('a', 'anna', NOW);
      // If the answer is lost, the upload is gone when it is asked for again.
      if (removed !== undefined) expect(removed).toMatchObject({ id: 'a', offset: 1 });
      expect(await archive.uploads.find('a')).toBeUndefined();
      expect(await archive.uploads.advance('a', 'u1', progress(2), NOW)).toBe(false);
    });

    it('removes what has expired: not what is received, nor what is written to', async () => {
      for (const id of ['old', 'busy', 'received']) await made(id);
      await made('partial', { concat: 'partial' });
      await made('new', { expiresAt: NOW + 2 * DAY });
      await receive('received', 'ur');
      await receive('partial', 'up');
      await take('busy', 'ub', 0, NOW + DAY - SECOND);
      await archive.uploads.removeExpired(NOW + DAY, 10);
      const left = await archive.uploads.findAll(['old', 'busy', 'received', 'partial', 'new']);
      expect(left.map(({ id }) => id).sort()).toEqual(['busy', 'new', 'received']);
      expect(await versions(NOW + DAY)).toEqual(['up']);
    });

    it('knows whether the upload of such an object had all its bytes', async () => {
      await made('a');
      await made('b');
      await receive('a', 'ua');
      await take('b', 'ub', 0);
      for (const id of ['a', 'b']) await archive.uploads.remove(id, 'anna', NOW);
      const unneeded = [...(await archive.uploads.unneeded(NOW, 10))].sort((x, y) => (x.version < y.version ? -1 : 1));
      expect(unneeded).toEqual([
        { version: 'ua', ofInstance: false, isSettled: true },
        { version: 'ub', ofInstance: false, isSettled: false },
      ]);
    });

    it('hides its objects from the look through the bucket', async () => {
      await made('a');
      await take('a', 'u1', 0);
      const objects = ['u1', 'u2'].map((version) => ({ key: version, version }));
      expect(await archive.sweeps.unreferenced(objects)).toEqual(['u2']);
    });
  });
}
