import { beforeEach, describe, expect, it } from 'vitest';
import { type AuditEvent, EVENT_PERIOD_MS } from '../../src/archive/audit/audit-event';
import { type AuditRecord, CHAIN_START } from '../../src/archive/audit/audit-record';
import { noteSettings } from '../../src/archive/audit/note-settings';
import { forgetRecord } from '../../src/archive/audit/retain';
import { RECORD_PREFIX, sealRecord } from '../../src/archive/audit/seal';
import { recordKeys, verifyRecord } from '../../src/archive/audit/verify';
import type { Archive } from '../../src/archive/ports';

const NOW = 1_700_000_000_000;
const LATER = NOW + 2 * EVENT_PERIOD_MS;
const DAY_MS = 24 * 60 * 60 * 1000;

let tests = 0;

/** An event of somebody in this test, who retrieved something of study 1.2. The bucket takes no key twice within a second. */
function accessed(changes: Partial<AuditEvent> = {}): AuditEvent {
  return {
    startedAt: NOW,
    endedAt: NOW,
    action: 'access',
    outcome: 'success',
    principalKind: 'person',
    principalID: `https://id.example.org|${tests}`,
    studyInstanceUID: '1.2',
    requests: 1,
    searches: 0,
    retrievals: 1,
    renderings: 0,
    instances: 0,
    bytes: 10,
    ...changes,
  };
}

/** What archive/audit/audit-record.ts says, and the chain that seal.ts makes of it. */
export function auditRecordContract(name: string, open: () => Archive): void {
  describe(`AuditRecord: ${name}`, () => {
    let archive: Archive;
    let record: AuditRecord;
    beforeEach(() => {
      tests += 1;
      archive = open();
      record = archive.record;
    });
    const all = () => record.find({ limit: 1000 });

    it('keeps what it is given, and merges what is one event', async () => {
      const full = { principalName: 'Anna', address: '192.0.2.1', agent: 'OHIF', subject: 'x' };
      await record.add([accessed(full), accessed({ studyInstanceUID: '1.3' })]);
      await record.add([accessed({ ...full, startedAt: NOW + 5, endedAt: NOW + 9 })]);
      expect(await all()).toEqual([
        { ...accessed(full), id: expect.any(Number), endedAt: NOW + 9, requests: 2, retrievals: 2, bytes: 20 },
        { ...accessed({ studyInstanceUID: '1.3' }), id: expect.any(Number) },
      ]);
    });

    it('notes settings when they change, and not again', async () => {
      const roles = (permissions: string[]) => new Map([['ward', { name: 'ward', permissions: new Set(permissions) }]]);
      let now = NOW;
      const note = async (ROLES: unknown) => {
        now += EVENT_PERIOD_MS;
        return await noteSettings(record, { ROLES, CORS_ORIGINS: [] }, now);
      };
      expect(await note(roles(['search', 'retrieve']))).toBe(true);
      expect(await note(roles(['retrieve', 'search']))).toBe(false);
      expect(await note(roles(['retrieve', 'search', 'delete']))).toBe(true);
      expect(await note(roles(['search', 'retrieve']))).toBe(true);
      const subjects = (await record.find({ action: 'administer', limit: 10 })).map(({ subject }) => subject);
      expect(subjects).toEqual(
        Array(3).fill(expect.stringMatching(/^Settings ROLES [0-9a-f]{12}, CORS_ORIGINS [0-9a-f]{12}$/)),
      );
      expect(subjects[2]).toBe(subjects[0]);
      expect(subjects[1]).not.toBe(subjects[0]);
    });

    it('finds by study, principal, action and time, in pages', async () => {
      const other = { principalID: 'key:7', principalKind: 'key' };
      await record.add([
        accessed(),
        accessed({ ...other, action: 'store' }),
        accessed({ ...other, studyInstanceUID: '1.3' }),
        accessed({ startedAt: LATER, endedAt: LATER }),
      ]);
      const ids = (await all()).map(({ id }) => id);
      const find = async (search: object) =>
        (await record.find({ limit: 10, ...search })).map(({ id }) => ids.indexOf(id));
      expect(await find({ studyInstanceUID: '1.2' })).toEqual([0, 1, 3]);
      expect(await find({ principalID: 'key:7' })).toEqual([1, 2]);
      expect(await find({ action: 'store' })).toEqual([1]);
      expect(await find({ from: NOW + 1 })).toEqual([3]);
      expect(await find({ before: LATER })).toEqual([0, 1, 2]);
      expect(await find({ limit: 2 })).toEqual([0, 1]);
      expect(await find({ limit: 2, after: ids[1] })).toEqual([2, 3]);
    });

    it('seals what is complete into a chain, from which nothing can be removed unseen', async () => {
      await record.add([1, 2, 3, 4].map((n) => accessed({ studyInstanceUID: `1.${n}` })));
      expect(await sealRecord(archive, NOW)).toBe(0);
      expect(await sealRecord(archive, LATER)).toBe(4);
      await record.add([accessed({ startedAt: LATER, endedAt: LATER })]);
      expect(await sealRecord(archive, 2 * LATER - NOW)).toBe(1);
      expect((await all()).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
      expect(await verifyRecord(archive)).toEqual({ whole: true, events: 5 });
      const [key] = (await archive.objects.list(RECORD_PREFIX)).objects.map((object) => object.key);
      const text = await new Response(await archive.objects.read(key!)).text();
      const lines = text.trimEnd().split('\n');
      expect(lines).toHaveLength(4);
      for (const [tampered, at] of [
        [lines.toSpliced(1, 1), 2],
        [lines.with(2, lines[2]!.replace('"requests":1', '"requests":2')), 4],
        [lines.slice(0, 3), 4],
        [[lines[1]!, lines[0]!, ...lines.slice(2)], 2],
        [['not JSON', ...lines.slice(1)], 1],
      ] as const) {
        const changed = tampered.map((line) => `${line}\n`).join('');
        const read = async (of: string) => (of === key ? new Response(changed).body : archive.objects.read(of));
        const bucket = { ...archive, objects: { ...archive.objects, read } };
        expect(await verifyRecord(bucket)).toMatchObject({ whole: false, brokenAt: at });
      }
      await archive.objects.delete([key!]);
      expect(await verifyRecord(archive)).toMatchObject({ whole: false, brokenAt: 1 });
    });

    it('does not change what is sealed: a late request is an event of its own', async () => {
      await record.add([accessed()]);
      await sealRecord(archive, LATER);
      await record.add([accessed()]);
      expect((await all()).map(({ requests }) => requests)).toEqual([1, 1]);
      expect(await verifyRecord(archive)).toMatchObject({ whole: true });
    });

    it('seals again what a run wrote that ended before the index knew', async () => {
      await record.add([accessed()]);
      const interrupted = { ...archive, record: { ...record, seal: async () => false } };
      await sealRecord(interrupted, LATER);
      expect(await record.end()).toEqual(CHAIN_START);
      await record.add([accessed({ studyInstanceUID: '1.3' })]);
      expect(await sealRecord(archive, LATER + 1)).toBe(2);
      expect(await verifyRecord(archive)).toEqual({ whole: true, events: 2 });
    });

    it('seals once where two runs seal at the same time', async () => {
      await record.add([accessed()]);
      const end = await record.end();
      const [event] = await record.unsealed(LATER, 10);
      const to = (digest: string) => ({ sequence: 1, digest: digest.repeat(64) });
      expect(await record.seal([event!.id], end, to('a'))).toBe(true);
      expect(await record.seal([event!.id], end, to('b'))).toBe(false);
      expect(await record.end()).toEqual(to('a'));
    });

    it('forgets after the retention time, and stays whole', async () => {
      await record.add([accessed()]);
      await sealRecord(archive, LATER);
      const then = NOW + 10 * DAY_MS;
      await record.add([accessed({ startedAt: then, endedAt: then })]);
      await sealRecord(archive, then + DAY_MS);
      await forgetRecord(archive, { sealedMs: 5 * DAY_MS, searchedMs: 50 * DAY_MS }, then + DAY_MS);
      expect(await all()).toHaveLength(1);
      const keys: string[] = [];
      for await (const key of recordKeys(archive)) keys.push(key);
      expect(keys).toHaveLength(1);
      expect(await verifyRecord(archive)).toEqual({ whole: true, events: 1 });
      await archive.objects.delete(keys);
      expect(await verifyRecord(archive)).toMatchObject({ whole: false });
    });
  });
}
