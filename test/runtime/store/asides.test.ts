import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Archive } from '../../../src/archive/ports';
import { beginArchive } from '../../../src/archive/remove/archive-id';
import { sweep } from '../../../src/archive/remove/sweep';
import { openArchive } from '../../../src/storage/open-archive';
import { DAY, keysOf } from '../../support/archive/sweeps';
import { emptyArchive, withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { endedBefore, stepwise } from '../../support/platform/steps';

/* ASIDE_DAYS: versions that were put or kept aside have a retention of their own. */

withArchive();

const SENDER = 'key:sender';
const RETENTION = 30 * DAY;
const PATH = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';

async function archives(variables: Record<string, string>) {
  const whole = archiveClient(variables);
  await beginArchive(openArchive(whole.prefix, whole.bindings), Date.now());
  const viewpoint = { principal: SENDER, visibility: [{ storedBy: SENDER }], labels: [] };
  return { whole, sender: archiveClient(variables, undefined, whole.prefix, viewpoint) };
}

const open = ({ prefix, bindings }: ArchiveClient) => openArchive(prefix, bindings);
const run = (of: ArchiveClient, days: number, asideDays?: number) =>
  sweep(open(of), Date.now() + days * DAY, RETENTION, asideDays === undefined ? undefined : asideDays * DAY);
const files = async (of: ArchiveClient) => (await keysOf(of)).filter((key) => key.endsWith('.dcm')).length;
const waiting = async () => await env.DB.prepare('SELECT count(*) AS n FROM removal').first('n');
const result = async (response: Response) =>
  [response.status, JSON.stringify(await response.json()).includes('00081196')] as const;

describe('content that was kept aside (DUPLICATES=keep)', () => {
  it('is kept for ever without a retention of its own', async () => {
    const { whole } = await archives({ DUPLICATES: 'keep' });
    await whole.store([slice(), slice({ seed: 2 })]);
    for (const days of [1, 400, 4000, 8000]) expect((await run(whole, days)).deleted.purged).toBe(0);
    expect(await files(whole)).toBe(2);
  });

  it('is found by one run and deleted by another, RETENTION_DAYS later; until then it can be restored', async () => {
    const { whole } = await archives({ DUPLICATES: 'keep' });
    await whole.store([slice(), slice({ seed: 2 })]);
    await run(whole, 99, 100);
    expect(await env.DB.prepare('SELECT purge_at FROM removal').first('purge_at')).toBeNull();
    // Whatever time has passed, the run that finds it deletes nothing.
    expect((await run(whole, 5000, 100)).deleted.purged).toBe(0);
    expect([await files(whole), await waiting()]).toEqual([2, 1]);
    expect((await run(whole, 5029, 100)).deleted.purged).toBe(0);
    expect((await run(whole, 5031, 100)).deleted.purged).toBeGreaterThan(0);
    expect([await files(whole), await waiting()]).toEqual([1, 0]);
    expect((await whole.fetch(PATH)).status).toBe(200);
    expect((await whole.fetch(`${PATH}/restore`, { method: 'POST' })).status).toBe(404);
  });

  it('is kept again when it is sent again after it was found', async () => {
    const { whole } = await archives({ DUPLICATES: 'keep' });
    await whole.store([slice(), slice({ seed: 2 })]);
    await run(whole, 200, 100);
    expect(await result(await whole.store([slice({ seed: 2 })]))).toEqual([202, true]);
    await run(whole, 231, 1000);
    expect([await files(whole), await waiting()]).toEqual([2, 1]);
    expect((await whole.fetch(`${PATH}/restore`, { method: 'POST' })).status).toBe(204);
  });
});

describe('content for a study that its sender cannot see', () => {
  it.each(['reject', 'keep', 'replace'])(
    'ends too, and is stored when it is sent again (DUPLICATES=%s)',
    async (policy) => {
      const { whole, sender } = await archives({ DUPLICATES: policy });
      await whole.store([slice()]);
      const seeds = policy === 'reject' ? [2] : [2, 3];
      for (const seed of seeds) await sender.store([slice({ seed })]);
      expect(await files(whole)).toBe(1 + seeds.length);
      await run(whole, 200, 100);
      // What was replaced has ended RETENTION_DAYS after that, as in a study of the sender's own.
      const ending = policy === 'replace' ? 1 : seeds.length;
      expect(await files(whole)).toBe(1 + ending);
      // Its bytes are on their way out: an acknowledgement needs others.
      expect((await sender.store([slice({ seed: 2 })])).status).toBe(200);
      expect(await files(whole)).toBe(2 + ending);
      await run(whole, 231, 1000);
      expect([await files(whole), await waiting()]).toEqual([2, 1]);
      const kept = await env.DB.prepare('SELECT reason, purge_at FROM removal').first();
      expect(kept).toEqual({ reason: 'aside', purge_at: null });
      expect((await sender.store([slice({ seed: 2 })])).status).toBe(200);
      expect(await files(whole)).toBe(2);
    },
  );

  it('is deleted, whichever call a run is cut off before', async () => {
    const aged = async () => {
      await emptyArchive();
      const { whole, sender } = await archives({});
      await whole.store([slice()]);
      await sender.store([slice({ seed: 2 })]);
      await run(whole, 200, 100);
      return whole;
    };
    const purging = async (archive: Archive) => await sweep(archive, Date.now() + 231 * DAY, RETENTION, 100 * DAY);
    const calls: string[] = [];
    await purging(stepwise(open(await aged()), (call) => calls.push(call)));
    const changing = [...calls.entries()].filter(([, call]) => /^removals|^objects.delete/.test(call));
    expect(changing.length).toBeGreaterThan(4);
    for (const [at, call] of changing) {
      const whole = await aged();
      expect(await endedBefore(open(whole), at + 1, purging)).toBe(true);
      await run(whole, 232, 100);
      expect([call, await files(whole), await waiting()]).toEqual([call, 1, 0]);
      expect((await whole.fetch(PATH)).status).toBe(200);
    }
  });
});
