import { createExecutionContext, createScheduledController, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { createApp } from '../../src/app';
import { beginArchive, separation } from '../../src/archive/remove/archive-id';
import worker from '../../src/index';
import { openArchive } from '../../src/storage/open-archive';
import { DAY } from '../support/archive/sweeps';
import { withArchive } from '../support/archive/with-archive';
import { multipart, ORIGIN } from '../support/clients/archive-client';
import { type Moment, putBack, remember } from '../support/databases/put-back';
import { slice } from '../support/files/samples';
import { plainBindings } from '../support/platform/bindings';
import { endedBefore, stepwise } from '../support/platform/steps';

/** The deployment's own archive, as the Worker opens it. */
const open = () => openArchive('', plainBindings());

/** Sends a request to the Worker and waits until its background work is done. */
async function send(path: string, init?: RequestInit): Promise<Response> {
  const context = createExecutionContext();
  const response = await worker.fetch(new Request(ORIGIN + path, init), env, context);
  const body = await response.arrayBuffer();
  await waitOnExecutionContext(context);
  return new Response(body.byteLength === 0 ? null : body, response);
}

async function store(from: number, count: number): Promise<void> {
  const files = Array.from({ length: count }, (_, n) =>
    slice({ sop: `1.2.3.4.${from + n}`, seed: from + n, rows: 2, columns: 2 }),
  );
  expect((await send('/dicomweb/studies', { method: 'POST', ...multipart(files) })).status).toBe(200);
}

/** The hourly event, this many days from now. */
async function cron(days: number): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * DAY });
  await worker.scheduled(createScheduledController(), env);
  vi.useRealTimers();
}

const objects = async () => (await env.BUCKET.list()).objects.map(({ key }) => key);
const bucketID = async () => await (await env.BUCKET.get('archive-id'))?.text();
const indexID = async () =>
  await env.DB.prepare('SELECT archive_id FROM archive_identity WHERE confirmed_at IS NOT NULL').first('archive_id');
const stopped = async () => (await open().sweeps.lastReport())?.stopped;

/** The content of a database that was just made. */
let fresh: Moment;
let logged: MockInstance;
withArchive(async () => {
  fresh = await remember(env.DB);
  logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => vi.restoreAllMocks());

/** An archive of 41 objects with one deleted instance. Its retention is over when the events come. */
async function fill(): Promise<string[]> {
  await store(1, 40);
  await send('/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.7', { method: 'DELETE' });
  return await objects();
}

// The first test of this file, so that the Worker's isolate has answered no request before.
it("the Worker's first request makes the archive's id", async () => {
  expect((await send('/dicomweb/studies')).status).toBe(200);
  expect(await bucketID()).toMatch(/^[0-9a-f-]{36}$/);
  expect(await indexID()).toBe(await bucketID());
});

describe('nothing is deleted', () => {
  it('when the database is new and the bucket carries an id', async () => {
    const before = await fill();
    await beginArchive(open(), Date.now());
    await putBack(env.DB, fresh);
    await cron(2);
    expect(await stopped()).toBe('index-without-id');
    for (const days of [33, 66]) await cron(days);
    expect(await objects()).toEqual([...new Set([...before, 'archive-id'])].sort());
  });

  it('when the database is new and the bucket never got an id, whatever is stored meanwhile', async () => {
    const before = await fill();
    await env.BUCKET.delete('archive-id');
    await putBack(env.DB, fresh);
    await cron(2);
    expect(await stopped()).toBe('unknown-objects');
    await store(100, 5);
    for (const days of [33, 66]) await cron(days);
    expect(await stopped()).toBe('unknown-objects');
    expect((await objects()).filter((key) => before.includes(key))).toEqual(
      before.filter((key) => key !== 'archive-id'),
    );
  });

  it('when the database belongs to another archive', async () => {
    await fill();
    await beginArchive(open(), Date.now());
    const before = await objects();
    await env.DB.prepare(`UPDATE archive_identity SET archive_id = 'another'`).run();
    for (const days of [2, 33, 66]) await cron(days);
    expect(await stopped()).toBe('different-ids');
    expect(await objects()).toEqual(before);
  });

  it('when the bucket is another one, or has lost its id', async () => {
    await fill();
    await beginArchive(open(), Date.now());
    await env.BUCKET.delete('archive-id');
    const before = await objects();
    for (const days of [2, 33, 66]) await cron(days);
    expect(await stopped()).toBe('bucket-without-id');
    expect(await objects()).toEqual(before);
    expect(await bucketID()).toBeUndefined();
  });

  it('and the run gives the reason, in the log and in the index', async () => {
    await fill();
    await beginArchive(open(), Date.now());
    await putBack(env.DB, fresh);
    await cron(2);
    expect(logged).toHaveBeenCalledWith(
      JSON.stringify({ event: 'sweep-stopped', archive: '', reason: 'index-without-id' }),
    );
    expect(await open().sweeps.lastReport()).toMatchObject({ deleted: { queued: 0, purged: 0, orphans: 0 } });
  });
});

describe('a request to a deployment whose database is not that of its bucket', () => {
  const app = () => createApp(open, { begin: (archive) => beginArchive(archive, Date.now()) });
  const ask = async (of: ReturnType<typeof app>, method: string, path: string, init: RequestInit = {}) => {
    const context = createExecutionContext();
    const response = await of.fetch(new Request(`${ORIGIN}/dicomweb${path}`, { method, ...init }), env, context);
    const text = await response.text();
    await waitOnExecutionContext(context);
    return { status: response.status, text };
  };

  it('changes nothing: 503, because the sender must not believe that its images are safe, and a reader not that there are none', async () => {
    await fill();
    await beginArchive(open(), Date.now());
    const id = await bucketID();
    await putBack(env.DB, fresh);
    const before = await objects();
    const deployment = app();
    const upload = multipart([slice({ sop: '1.2.3.4.99' })]);
    for (const [method, path, init] of [
      ['POST', '/studies', upload],
      ['DELETE', '/studies/1.2.3.4', {}],
      ['POST', '/studies/1.2.3.4/restore', {}],
    ] as const) {
      const { status, text } = await ask(deployment, method, path, init);
      expect([path, status]).toEqual([path, 503]);
      expect(text).toContain('do not belong to the same archive');
    }
    const reading = await ask(deployment, 'GET', '/studies');
    expect(reading.status).toBe(503);
    expect(reading.text).toContain('Rebuild the index');
    expect(await objects()).toEqual(before);
    // The Worker sees the repair as soon as the operator has made it, without a new deployment.
    await env.DB.prepare('INSERT INTO archive_identity (id, archive_id, confirmed_at) VALUES (1, ?, 1)').bind(id).run();
    expect((await ask(deployment, 'POST', '/studies', upload)).status).toBe(200);
  });

  it('is let through when the ids cannot be read, and when they fit', async () => {
    const failing = createApp(open, {
      begin: async () => {
        throw new Error('no answer');
      },
    });
    expect((await ask(failing, 'POST', '/studies', multipart([slice()]))).status).toBe(200);
    expect((await ask(app(), 'DELETE', '/studies/1.2.3.4')).status).toBe(204);
  });
});

it('the operator adopts a bucket into an index by giving the index the id that the bucket carries', async () => {
  await fill();
  await beginArchive(open(), Date.now());
  const filled = await remember(env.DB);
  await putBack(env.DB, fresh);
  await cron(2);
  // The index is rebuilt; then as docs/decisions.md says in "What is deleted, and when".
  await putBack(env.DB, new Map([...filled].filter(([table]) => table !== 'archive_identity')));
  await cron(32);
  expect(await stopped()).toBe('index-without-id');
  await env.DB.prepare('INSERT INTO archive_identity (id, archive_id, confirmed_at) VALUES (1, ?, unixepoch() * 1000)')
    .bind(await bucketID())
    .run();
  await cron(33);
  expect(await stopped()).toBeUndefined();
  // The deleted instance is purged.
  expect((await objects()).filter((key) => key.endsWith('.dcm'))).toHaveLength(39);
});

describe('the id of a new archive', () => {
  it('is made with the first request that is let in, and is the same on both sides', async () => {
    const app = createApp(open, { begin: (archive) => beginArchive(archive, Date.now()) });
    const ask = async (variables: object) => {
      const context = createExecutionContext();
      const response = await app.fetch(new Request(`${ORIGIN}/dicomweb/studies`), variables as Env, context);
      await response.arrayBuffer();
      await waitOnExecutionContext(context);
      return response.status;
    };
    expect(await ask({ ...env, ALLOW_ANONYMOUS: '' })).toBe(503);
    expect(await objects()).toEqual([]);
    expect(await ask(env)).toBe(200);
    const id = await bucketID();
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await indexID()).toBe(id);
    await fill();
    await cron(2);
    expect([await stopped(), await bucketID(), await indexID()]).toEqual([undefined, id, id]);
  });

  it('is one, when many isolates begin at once', async () => {
    const results = await Promise.all(Array.from({ length: 8 }, () => separation(open(), Date.now())));
    expect(results).toEqual(Array(8).fill(undefined));
    expect(await indexID()).toBe(await bucketID());
  });

  it('is one, and no run is refused, when another is made before any step of a run', async () => {
    for (let at = 0; ; at += 1) {
      await putBack(env.DB, fresh);
      await env.BUCKET.delete('archive-id');
      let calls = 0;
      const archive = stepwise(open(), async () => {
        calls += 1;
        if (calls === at + 1) expect(await separation(open(), Date.now())).toBeUndefined();
      });
      expect([at, await separation(archive, Date.now())]).toEqual([at, undefined]);
      expect(await indexID()).toBe(await bucketID());
      if (calls <= at) return;
    }
  });

  it('goes to one of two indexes that begin beside one bucket at the same time', async () => {
    // The other index writes its id to the bucket between this one's look and its write.
    const archive = stepwise(open(), async (call) => {
      if (call === 'objects.create') await env.BUCKET.put('archive-id', 'of the other');
    });
    expect(await separation(archive, Date.now())).toBe('different-ids');
    expect(await bucketID()).toBe('of the other');
    expect(await separation(open(), Date.now())).toBe('different-ids');
    expect(await indexID()).toBeNull();
  });

  it('is made by the next run, wherever a run was interrupted', async () => {
    for (let number = 1; ; number += 1) {
      await putBack(env.DB, fresh);
      await env.BUCKET.delete('archive-id');
      const cut = await endedBefore(open(), number, (archive) => separation(archive, Date.now()));
      expect(await separation(open(), Date.now()), `cut before call ${number}`).toBeUndefined();
      expect(await indexID()).toBe(await bucketID());
      if (!cut) {
        expect(number).toBeGreaterThan(6);
        return;
      }
    }
  });

  it('is not finished beside another bucket when it was interrupted', async () => {
    await env.DB.prepare(`INSERT INTO archive_identity (id, archive_id) VALUES (1, 'begun')`).run();
    await env.BUCKET.put('instances/9/9/9/ffff.dcm', 'of an archive that this index does not know');
    expect(await separation(open(), Date.now() + 2 * DAY)).toBe('unknown-objects');
    expect(await bucketID()).toBeUndefined();
  });
});

describe('the id of an archive that is older than ids', () => {
  beforeEach(async () => {
    await fill();
    await env.DB.prepare('DELETE FROM archive_identity').run();
    await env.BUCKET.delete('archive-id');
  });

  it('is made when the bucket and the index fit together', async () => {
    await cron(2);
    expect(await stopped()).toBeUndefined();
    expect(await indexID()).toBe(await bucketID());
  });

  it('is not made when objects are missing from the bucket', async () => {
    await env.BUCKET.delete((await objects()).filter((key) => key.endsWith('.dcm')));
    await cron(2);
    expect([await stopped(), await bucketID()]).toEqual(['missing-objects', undefined]);
  });
});
