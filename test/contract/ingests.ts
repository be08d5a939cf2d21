import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/archive/audit/audit-event';
import type { Archive } from '../../src/archive/ports';
import type { UploadResult } from '../../src/archive/upload/upload-result';
import type { NewUpload } from '../../src/archive/upload/uploads';

const NOW = 1_700_000_000_000;
const SECOND = 1000;
const DAY = 24 * 3600 * SECOND;
const END = { expiresAt: NOW + 2 * DAY };

const result = (ordinal: number, more: Partial<UploadResult> = {}): UploadResult => ({
  ordinal,
  result: 'stored',
  instance: {
    studyInstanceUID: '1.2',
    seriesInstanceUID: '1.2.1',
    sopInstanceUID: `1.2.1.${ordinal}`,
    sopClassUID: '1.9',
  },
  warnings: [],
  ...more,
});

const event: AuditEvent = {
  ...{ startedAt: NOW, endedAt: NOW, action: 'store', outcome: 'success', principalKind: 'key', principalID: 'anna' },
  ...{ studyInstanceUID: '1.2', requests: 1, searches: 0, retrievals: 0, renderings: 0, instances: 3, bytes: 100 },
};

/** What archive/upload/ingest/ingests.ts and upload-sessions.ts say. @param open gives an archive that is empty */
export function ingestsContract(name: string, open: () => Archive): void {
  describe(`Ingests: ${name}`, () => {
    let archive: Archive;
    beforeEach(() => {
      archive = open();
    });

    const received = async (id: string, more: Partial<NewUpload> = {}) => {
      const sender = { principal: 'anna', visibility: 'everything', labels: [], kind: 'key' } as const;
      const wanted = { id, principal: 'anna', sender, metadata: '', byteLength: 100, partBytes: 40 };
      await archive.uploads.create({ ...wanted, createdAt: NOW, expiresAt: NOW + DAY, ...more }, { uploads: 100 });
      if (more.partials !== undefined) return;
      const lease = `u${id}`;
      await archive.uploads.take(id, 'anna', { lease, offset: 0, now: NOW, until: NOW + SECOND });
      await archive.uploads.finish(id, lease, lease, NOW);
    };
    const claim = (id: string, run: string, at = NOW) => archive.ingests.claim(id, run, at, at + 20 * SECOND);

    it('gives an upload to one run at a time', async () => {
      await received('a');
      expect(await claim('a', 'one')).toMatchObject({ id: 'a', version: 'ua', byteLength: 100, claims: 1 });
      expect(await claim('a', 'two', NOW + 19 * SECOND)).toBeUndefined();
      expect(await archive.ingests.renew('a', 'one', NOW + 40 * SECOND)).toBe(true);
      expect(await claim('a', 'two', NOW + 39 * SECOND)).toBeUndefined();
      expect(await claim('a', 'two', NOW + 40 * SECOND)).toMatchObject({ claims: 2 });
      expect(await archive.ingests.renew('a', 'one', NOW + DAY)).toBe(false);
      await archive.ingests.release('a', 'one', 0, true);
      expect(await claim('a', 'three', NOW + 41 * SECOND)).toBeUndefined();
      await archive.ingests.release('a', 'two', NOW + 50 * SECOND, false);
      expect(await claim('a', 'three', NOW + 49 * SECOND)).toBeUndefined();
      expect(await claim('a', 'three', NOW + 50 * SECOND)).toMatchObject({ claims: 2 });
      expect(await claim('none', 'one')).toBeUndefined();
    });

    it('is not removed while it is being ingested', async () => {
      await received('a');
      await claim('a', 'one');
      await archive.uploads.remove('a', 'anna', NOW);
      expect(await archive.uploads.find('a')).toBeDefined();
      await archive.ingests.finish('a', 'one', { results: [], events: [] }, END);
      await archive.uploads.remove('a', 'anna', NOW);
      expect(await archive.uploads.find('a')).toBeUndefined();
    });

    it('notes results, the record and the place together, and only of the run that has the claim', async () => {
      await received('a');
      await claim('a', 'one');
      const progress = {
        results: [result(1), result(0, { detail: 'checksum', name: 'IM0', tag: '00080018' })],
        events: [event],
      };
      expect(await archive.ingests.advance('a', 'two', { ...progress, cursor: 'x' }, NOW + DAY)).toBe(false);
      expect(await archive.ingests.results(['a'], 10)).toEqual([]);
      expect(await archive.ingests.advance('a', 'one', { ...progress, cursor: 'here' }, NOW + DAY)).toBe(true);
      await archive.ingests.release('a', 'one', 0, false);
      expect(await claim('a', 'two')).toMatchObject({ cursor: 'here', claims: 1 });
      expect(await archive.ingests.settledFrom('a', 1)).toEqual(new Set([1]));
      const more = {
        results: [result(1, { result: 'refused' }), result(2, { result: 'left-out', instance: {} })],
        events: [],
      };
      expect(await archive.ingests.finish('a', 'two', more, END)).toBe(true);
      expect(await archive.ingests.finish('a', 'two', more, END)).toBe(true);
      expect(await archive.ingests.finish('a', 'one', more, END)).toBe(false);
      expect(await archive.ingests.results(['a'], 10)).toEqual([
        { ...result(0, { detail: 'checksum', name: 'IM0', tag: '00080018' }), upload: 'a' },
        { ...result(1), upload: 'a' },
        { ...result(2, { result: 'left-out', instance: {} }), upload: 'a' },
      ]);
      expect(await archive.ingests.counts(['a'])).toEqual(new Map([['a', { stored: 2, 'left-out': 1 }]]));
      expect(await archive.record.find({ action: 'store', limit: 10 })).toMatchObject([{ requests: 1, instances: 3 }]);
      expect(await archive.uploads.find('a')).toMatchObject({ state: 'done', expiresAt: END.expiresAt });
      expect(await claim('a', 'three', NOW + DAY)).toBeUndefined();
    });

    it('says what became of files that a run was about to store', async () => {
      await received('a');
      await claim('a', 'one');
      const { result: _, ...file } = result(0);
      const pending = [{ ...file, version: 'v0' }];
      expect(await archive.ingests.expect('a', 'two', pending, NOW)).toBe(false);
      expect(await archive.ingests.expect('a', 'one', pending, NOW)).toBe(true);
      expect(await archive.ingests.expect('a', 'one', [{ ...file, version: 'v1' }], NOW)).toBe(true);
      // The index has stored none of them: ingest.test.ts has those that it has.
      expect(await archive.ingests.settled('a', 'reject')).toMatchObject([{ ordinal: 0, version: 'v1' }]);
      expect(await archive.ingests.results(['a'], 10)).toEqual([]);
      expect(await archive.ingests.settledFrom('a', 0)).toEqual(new Set());
      await archive.ingests.finish('a', 'one', { results: [result(0, { result: 'conflict' })], events: [] }, END);
      expect(await archive.ingests.results(['a'], 10)).toMatchObject([{ result: 'conflict' }]);
    });

    it('has the results of several uploads in their order, page by page', async () => {
      for (const id of ['b', 'a']) {
        await received(id);
        await claim(id, 'one');
        await archive.ingests.finish(id, 'one', { results: [result(0), result(1), result(2)], events: [] }, END);
      }
      const page = async (ids: string[], limit: number, after?: number) =>
        (await archive.ingests.results(ids, limit, after)).map(({ upload, ordinal }) => `${upload}${ordinal}`);
      expect(await page(['b', 'a'], 4)).toEqual(['b0', 'b1', 'b2', 'a0']);
      expect(await page(['b', 'a'], 2, 1)).toEqual(['b2', 'a0']);
      expect(await page(['a'], 9, 0)).toEqual(['a1', 'a2']);
    });

    it('finds what waits, but no partial uploads', async () => {
      await received('a');
      await received('p', { concat: 'partial' });
      await received('f', { concat: 'final;/p', partials: ['p'] });
      await received('c');
      await claim('c', 'one');
      expect([...(await archive.ingests.waiting(NOW, 10))].sort()).toEqual(['a', 'f']);
      expect(await archive.ingests.waiting(NOW, 1)).toHaveLength(1);
      expect(await claim('p', 'one')).toBeUndefined();
      expect(await archive.ingests.waiting(NOW + 20 * SECOND, 10)).toHaveLength(3);
    });

    it('makes the file of a final upload, and lets the partial ones go', async () => {
      await received('p', { concat: 'partial' });
      await received('f', { concat: 'final;/p', partials: ['p'] });
      expect(await claim('f', 'one')).toMatchObject({ partials: ['p'] });
      expect(await archive.ingests.begin('f', 'two', 'uf', 'm')).toBe(false);
      expect(await archive.ingests.begin('f', 'one', 'uf', 'm')).toBe(true);
      const parts = [1, 2].map((number) => ({ number, etag: `e${number}` }));
      expect(await archive.ingests.noteParts('f', 'one', parts, NOW + DAY)).toBe(true);
      expect(await archive.uploads.parts('f')).toEqual(parts);
      await archive.ingests.release('f', 'one', 0, false);
      expect(await claim('f', 'two')).toMatchObject({ version: 'uf', multipartID: 'm' });
      expect(await archive.ingests.complete('f', 'one')).toBe(false);
      expect(await archive.ingests.complete('f', 'two')).toBe(true);
      await archive.ingests.finish('f', 'two', { results: [], events: [] }, { ...END, reason: 'lost' });
      expect(await archive.uploads.find('f')).toMatchObject({ state: 'failed', reason: 'lost', version: 'uf' });
      // Its row says that it has expired.
      expect((await archive.uploads.removeExpired(Date.now(), 10)).map(({ id }) => id)).toContain('p');
    });

    it('takes the results of a file that was stored while it arrived, from the request that has the lease', async () => {
      const sender = { principal: 'anna', visibility: 'everything', labels: [] } as const;
      const wanted = { id: 'a', principal: 'anna', sender, metadata: '', byteLength: 100, partBytes: 40 };
      await archive.uploads.create({ ...wanted, createdAt: NOW, expiresAt: NOW + DAY }, { uploads: 100 });
      await archive.uploads.take('a', 'anna', { lease: 'ux', offset: 0, now: NOW, until: NOW + SECOND });
      const progress = { results: [result(0)], events: [event] };
      expect(await archive.ingests.finishArrived('a', 'uy', 'one', progress, END)).toBe(false);
      expect(await archive.ingests.results(['a'], 10)).toEqual([]);
      expect(await archive.ingests.finishArrived('a', 'ux', 'one', progress, END)).toBe(true);
      expect(await archive.uploads.find('a')).toMatchObject({ state: 'done', offset: 100 });
      expect(await archive.ingests.results(['a'], 10)).toHaveLength(1);
      expect(await archive.record.find({ action: 'store', limit: 10 })).toMatchObject([{ requests: 1 }]);
    });
  });

  describe(`UploadSessions: ${name}`, () => {
    let archive: Archive;
    beforeEach(() => {
      archive = open();
    });
    const session = (id: string) => ({ id, principal: 'anna', createdAt: NOW, expiresAt: NOW + DAY });

    it('is there for its principal, and lives on when it is visited', async () => {
      expect(await archive.uploadSessions.create(session('s'))).toEqual(session('s'));
      expect(await archive.uploadSessions.create({ ...session('s'), createdAt: NOW + 5 })).toEqual(session('s'));
      expect(await archive.uploadSessions.visit('s', 'bert', NOW)).toBeUndefined();
      expect(await archive.uploadSessions.visit('s', 'anna', NOW + DAY - 1)).toMatchObject({
        expiresAt: NOW + 2 * DAY - 1,
      });
      await archive.uploadSessions.forgetExpired(NOW + DAY);
      expect(await archive.uploadSessions.visit('s', 'anna', NOW + DAY)).toBeDefined();
      expect(await archive.uploadSessions.visit('s', 'anna', NOW + 9 * DAY)).toBeUndefined();
      await archive.uploadSessions.forgetExpired(NOW + 9 * DAY);
      expect(await archive.uploadSessions.visit('s', 'anna', NOW)).toBeUndefined();
    });

    it('is closed once no upload waits for anything, and lives as long as one does', async () => {
      await archive.uploadSessions.create(session('s'));
      const sender = { principal: 'anna', visibility: 'everything', labels: [] } as const;
      const wanted = { principal: 'anna', sender, metadata: 'a', byteLength: 100, partBytes: 40, session: 's' };
      await archive.uploads.create(
        { ...wanted, id: 'p', concat: 'partial', createdAt: NOW, expiresAt: NOW + DAY },
        { uploads: 100 },
      );
      await archive.uploads.create({ ...wanted, id: 'b', createdAt: NOW, expiresAt: NOW + 3 * DAY }, { uploads: 100 });
      expect(await archive.uploadSessions.uploads('s')).toEqual([
        { id: 'b', state: 'receiving', offset: 0, byteLength: 100, metadata: 'a' },
      ]);
      expect(await archive.uploadSessions.close('s', NOW)).toBe(false);
      expect(await archive.uploadSessions.visit('s', 'anna', NOW + 2 * DAY)).toBeDefined();
      await archive.uploads.remove('b', 'anna', NOW);
      expect(await archive.uploadSessions.close('s', NOW + 7)).toBe(true);
      expect(await archive.uploadSessions.close('s', NOW + 8)).toBe(true);
      expect(await archive.uploadSessions.visit('s', 'anna', NOW)).toMatchObject({ closedAt: NOW + 7 });
      expect(
        await archive.uploads.create({ ...wanted, id: 'c', createdAt: NOW, expiresAt: NOW + DAY }, { uploads: 100 }),
      ).toBe('no-session');
    });

    it('keeps the results of its uploads as long as it lives', async () => {
      await archive.uploadSessions.create(session('s'));
      const sender = { principal: 'anna', visibility: 'everything', labels: [] } as const;
      const wanted = { principal: 'anna', sender, metadata: 'a', byteLength: 100, partBytes: 40, session: 's' };
      await archive.uploads.create({ ...wanted, id: 'a', createdAt: NOW, expiresAt: NOW + 1 }, { uploads: 100 });
      await archive.uploads.take('a', 'anna', { lease: 'ux', offset: 0, now: NOW, until: NOW + 1 });
      const end = { expiresAt: NOW + 2 };
      await archive.ingests.finishArrived('a', 'ux', 'one', { results: [result(0)], events: [] }, end);
      expect(await archive.uploads.removeExpired(NOW + DAY - 1, 10)).toEqual([]);
      expect(await archive.uploads.removeExpired(NOW + DAY + 1, 10)).toHaveLength(1);
      expect(await archive.ingests.results(['a'], 10)).toEqual([]);
    });
  });
}
