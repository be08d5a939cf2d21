import { createExecutionContext, createMessageBatch, getQueueResult, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import type { QueueMessage } from '../../src/archive/background-messages';
import worker from '../../src/index';
import { DAY } from '../support/archive/sweeps';
import { withArchive } from '../support/archive/with-archive';
import { multipart, ORIGIN } from '../support/clients/archive-client';
import { slice } from '../support/files/samples';
import { silentQueue } from '../support/platform/bindings';
import { replacing } from '../support/platform/replacing';
import { migrateNorth, northDatabase } from '../support/platform/two-archives';

const NORTH = '/archives/north';
const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = { studyInstanceUID: '1.2.3.4', seriesInstanceUID: '1.2.3.4.0' };

/** Does not answer. */
const brokenDatabase = replacing(env.DB, {
  prepare: () => {
    throw new Error('no answer');
  },
  withSession: () => {
    throw new Error('no answer');
  },
});

/** The environment of an isolate that has the archive `north` beside its own. */
function isolate(changes: Record<string, unknown> = {}): Env {
  const all = { ...env, ALLOW_ANONYMOUS: 'true', ARCHIVES: { north: {} }, COMPACTION: silentQueue, ...changes };
  return all as unknown as Env;
}

async function send(settings: Env, path: string, init?: RequestInit): Promise<Response> {
  const context = createExecutionContext();
  const response = await worker.fetch(new Request(ORIGIN + path, init), settings, context);
  const body = await response.arrayBuffer();
  await waitOnExecutionContext(context);
  return new Response(body.byteLength === 0 ? null : body, response);
}

async function store(settings: Env, archive: string, count: number): Promise<void> {
  for (let n = 1; n <= count; n += 1) {
    const file = slice({ sop: `1.2.3.4.${n}`, rows: 2, columns: 2, seed: n });
    const answer = await send(settings, `${archive}/dicomweb/studies`, { method: 'POST', ...multipart([file]) });
    expect(answer.status).toBe(200);
  }
}

async function deliver(settings: Env, bodies: QueueMessage[]) {
  const messages = bodies.map((body, at) => ({ id: String(at), timestamp: new Date(0), attempts: 1, body }));
  const batch = createMessageBatch<QueueMessage>('dicomweb-edge-compaction', messages);
  await worker.queue(batch, settings);
  return await getQueueResult(batch, createExecutionContext());
}

/** Segments that are objects of their own: not the segment 0 of each database, and no parts of merged ones. */
const segments = async (database: D1Database) =>
  await database
    .prepare('SELECT count(*) AS n FROM metadata_segment WHERE id > 0 AND merged_into IS NULL')
    .first<number>('n');
const objects = async () => (await env.BUCKET.list()).objects.map(({ key }) => key);
const status = async (settings: Env, path: string, method = 'GET') => (await send(settings, path, { method })).status;

let logged: MockInstance;
withArchive(migrateNorth);
beforeEach(() => {
  logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('the work in the background of several archives', () => {
  it('touches the archive that a message names, and no other', async () => {
    const settings = isolate();
    await store(settings, '', 8);
    await store(settings, NORTH, 8);
    expect([await segments(env.DB), await segments(northDatabase())]).toEqual([8, 8]);
    await deliver(settings, [{ archive: 'north', ...SERIES }]);
    expect([await segments(env.DB), await segments(northDatabase())]).toEqual([8, 1]);
    await deliver(settings, [{ archive: '', ...SERIES }]);
    expect([await segments(env.DB), await segments(northDatabase())]).toEqual([1, 1]);
    for (const archive of ['', NORTH]) expect(await status(settings, `${archive}${STUDY}/metadata`)).toBe(200);
  });

  it.each([
    ['', { DB: brokenDatabase }, 'north'],
    ['north', { DB_NORTH: brokenDatabase }, ''],
  ])('messages of another archive than "%s", whose database fails, are carried out', async (bad, changes, good) => {
    await store(isolate(), '', 8);
    await store(isolate(), NORTH, 8);
    const result = await deliver(isolate(changes), [
      { archive: bad, ...SERIES },
      { archive: good, ...SERIES },
    ]);
    expect(result.retryMessages.map(({ msgId }) => msgId)).toEqual(['0']);
    expect(await segments(good === '' ? env.DB : northDatabase())).toBe(1);
    expect(await segments(bad === '' ? env.DB : northDatabase())).toBe(8);
  });

  it.each([
    ['default', { DB: brokenDatabase }, NORTH, ''],
    ['north', { DB_NORTH: brokenDatabase }, '', NORTH],
  ])('the hourly run goes on after a failure of the archive %s', async (_, changes, good, bad) => {
    await store(isolate(), '', 1);
    await store(isolate(), NORTH, 1);
    for (const archive of ['', NORTH]) expect(await status(isolate(), archive + STUDY, 'DELETE')).toBe(204);
    const before = await objects();
    const filesOf = (archive: string, keys: string[]) =>
      keys.filter((key) => key.startsWith('archives/north/') === (archive === NORTH) && key.endsWith('.dcm'));
    for (const days of [31, 62, 93]) {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * DAY });
      await expect(worker.scheduled({} as ScheduledController, isolate(changes))).rejects.toThrow();
      vi.useRealTimers();
    }
    expect(filesOf(good, await objects())).toEqual([]);
    expect(filesOf(bad, await objects())).toEqual(filesOf(bad, before));
    expect(filesOf(bad, before)).toHaveLength(1);
  });
});

describe('statistics and metrics', () => {
  it('are those of the archive in the URL', async () => {
    const settings = isolate();
    await store(settings, '', 1);
    await store(settings, NORTH, 3);
    for (const [archive, count] of [
      ['', 1],
      [NORTH, 3],
    ]) {
      expect(await (await send(settings, `${archive}/statistics`)).json()).toMatchObject({ instances: count });
      expect(await (await send(settings, `${archive}/metrics`)).text()).toMatch(
        new RegExp(`^dicomweb_instances ${count}$`, 'm'),
      );
    }
  });
});

describe('wrong bindings', () => {
  /** Two archives whose ids are known. */
  async function filled(): Promise<void> {
    await store(isolate(), '', 1);
    await store(isolate(), NORTH, 1);
  }

  it.each([
    ['the databases are swapped', () => ({ DB: northDatabase(), DB_NORTH: env.DB }), ['', NORTH]],
    ['both archives have the same database', () => ({ DB_NORTH: env.DB }), [NORTH]],
    ['the archive has the bucket of another', () => ({ BUCKET_NORTH: env.BUCKET }), [NORTH]],
  ])('%s: nothing is changed, and nothing of another archive is shown', async (_, changes, refused) => {
    await filled();
    const before = await objects();
    for (const archive of refused) {
      const settings = isolate(changes());
      expect(await status(settings, `${archive}/dicomweb/studies`)).toBe(503);
      expect(await status(settings, `${archive}${STUDY}/metadata`)).toBe(503);
      expect(await status(settings, archive + STUDY, 'DELETE')).toBe(503);
      const file = slice({ study: '1.2.9', series: '1.2.9.1', sop: '1.2.9.1.1', rows: 2, columns: 2 });
      const sent = await send(settings, `${archive}/dicomweb/studies`, { method: 'POST', ...multipart([file]) });
      expect(sent.status).toBe(503);
      const health = await send(settings, `${archive}/health`);
      expect(health.status).toBe(503);
      expect(await health.json()).toMatchObject({ checks: { archive: { status: 'fail' } } });
    }
    expect(await objects()).toEqual(before);
    expect(logged).toHaveBeenCalled();
    // With the right bindings, everything is there.
    for (const archive of ['', NORTH]) expect(await status(isolate(), `${archive}${STUDY}/metadata`)).toBe(200);
  });

  it('without a database of the archive, the deployment stops and names the setting', async () => {
    const answer = await send(isolate({ ARCHIVES: { south: {} } }), '/dicomweb/studies');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'misconfigured', detail: expect.stringContaining('DB_SOUTH') });
    await expect(worker.scheduled({} as ScheduledController, isolate({ ARCHIVES: { south: {} } }))).rejects.toThrow(
      'ARCHIVES.south',
    );
  });
});
