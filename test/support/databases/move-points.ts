import { expect } from 'vitest';
import { compactSeries } from '../../../src/archive/metadata/compact';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { PLACES } from '../../../src/storage/shards/places';
import { watchedBindings } from '../platform/platform-calls';
import { answers, clientOf, fileOf, moveAll, studyUID } from './moving';
import { putBack, remember } from './put-back';
import { DATABASES, databaseOf, type SpanningClient } from './several-databases';

/*
 * Something happens at one call that the job makes of D1 while it moves a study: the isolate is killed, D1 fails, or another client
 * changes the study.
 */

/** The study that moves. */
const MOVED = 2;
const uid = studyUID(MOVED);
const of = `/dicomweb/studies/${uid}`;

/** What clients ask about it, and about all. */
const PATHS = [
  '/dicomweb/studies?limit=100&includefield=all&count=true',
  '/dicomweb/series?limit=100&count=true',
  '/dicomweb/instances?limit=100&count=true',
  '/dicomweb/studies?KVP=82.1',
  ...['', '/metadata', '/labels', '/hold'].map((path) => of + path),
  '/statistics',
];

/** Carries a call out, or does something in its place. */
type Event = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** What happens to the job. */
export const FAULTS: Readonly<Record<string, { readonly event: Event; readonly killed: boolean }>> = {
  'killed before': { event: () => Promise.reject(new Error('killed')), killed: true },
  'killed after': {
    event: async (work) => {
      await work();
      throw new Error('killed');
    },
    killed: true,
  },
  'connection lost': { event: () => Promise.reject(new Error('D1_ERROR: Network connection lost.')), killed: false },
  'answer lost': {
    event: async (work) => {
      await work();
      throw new Error('D1_ERROR: Network connection lost.');
    },
    killed: false,
  },
};

const series = { studyInstanceUID: uid, seriesInstanceUID: `${uid}.1` };
const labels = { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: '["late"]' };
const hold = { ...labels, body: '{"reason":"case 5"}' };

/** What another client does to the study, each with the status of its answer. */
export const CHANGES: Readonly<Record<string, (client: SpanningClient) => Promise<number>>> = {
  store: async (client) => (await client.store([fileOf(MOVED, 1, 9)])).status,
  replace: async (client) => (await client.store([fileOf(MOVED, 1, 1, 5)])).status,
  'store to a new series': async (client) => (await client.store([fileOf(MOVED, 4, 1)])).status,
  delete: async (client) => (await client.fetch(of, { method: 'DELETE' })).status,
  'delete an instance': async (client) =>
    (await client.fetch(`${of}/series/${uid}.1/instances/${uid}.1.3`, { method: 'DELETE' })).status,
  restore: async (client) => (await client.fetch(`${of}/restore`, { method: 'POST' })).status,
  label: async (client) => (await client.fetch(`${of}/labels`, labels)).status,
  hold: async (client) => (await client.fetch(`${of}/hold`, hold)).status,
  compaction: async ({ archive }) => {
    await compactSeries(archive, series, DEFAULT_LIMITS, Date.now());
    return 200;
  },
};

/** The databases as they were before the job. */
export type Start = Awaited<ReturnType<typeof start>>;

/** What the databases hold before a move, and what the archive then answers. */
export async function start() {
  const moments = new Map<string, Awaited<ReturnType<typeof remember>>>();
  for (const name of DATABASES.many) moments.set(name, await remember(databaseOf(name)));
  return { moments, before: await answers(clientOf(), PATHS) };
}

async function backTo({ moments }: Start): Promise<void> {
  for (const [name, moment] of moments) await putBack(databaseOf(name), moment);
  PLACES.drop();
}

/** Moves the study. @param event happens at this call of D1, from 0; after a fatal one, no call is carried out */
async function job(at: number, event: Event, killed: boolean): Promise<number> {
  let calls = 0;
  let isDead = false;
  const client = clientOf((real) =>
    watchedBindings(real, async (call, work) => {
      if (call.operation !== 'query' && call.operation !== 'batch') return await work();
      if (isDead) throw new Error('killed');
      if (calls++ !== at) return await work();
      isDead = killed;
      return await event(work);
    }),
  );
  const { archive } = client;
  const run = async () => {
    await archive.moves!.begin({ target: 3, studies: [uid] }, 1, Date.now());
    await moveAll(archive);
  };
  await run().catch((error: unknown) => {
    if (!(error instanceof Error && error.message === 'killed')) throw error;
  });
  return calls;
}

/** How many calls the job makes. */
export async function countCalls(from: Start): Promise<number> {
  await backTo(from);
  return await job(-1, (work) => work(), false);
}

/** Does something to the job at a call, and then looks, moves the study all the same, and looks again. */
export async function tryFault(from: Start, at: number, fault: keyof typeof FAULTS): Promise<void> {
  const { event, killed } = FAULTS[fault]!;
  await backTo(from);
  await job(at, event, killed);
  const client = clientOf();
  expect(await answers(client, PATHS)).toEqual(from.before);
  await client.archive.moves!.begin({ target: 3, studies: [uid] }, 1, Date.now());
  await moveAll(client.archive);
  expect(await answers(client, PATHS)).toEqual(from.before);
  expect(await placesOf(uid)).toEqual([3]);
  await expectCounted();
}

/** Lets another client change the study at a call. It has the answer that it has where nothing moves. */
export async function tryChange(from: Start, at: number, change: keyof typeof CHANGES): Promise<void> {
  await backTo(from);
  const other = clientOf();
  let status: number | undefined;
  let seen: unknown;
  const event: Event = async (work) => {
    status = await CHANGES[change]!(other);
    seen = await answers(other, PATHS);
    return await work();
  };
  await job(at, event, false);
  if (status === undefined) throw new Error(`the job does not make call ${at}`);
  expect(status).toBeLessThan(300);
  const client = clientOf();
  expect(await answers(client, PATHS)).toEqual(seen);
  expect(await placesOf(uid)).toHaveLength(change === 'delete' ? 0 : 1);
  await expectCounted();
  // The change is what it is without a move.
  await backTo(from);
  await CHANGES[change]!(client);
  expect(seen).toMatchObject(await shapeOf(await answers(client, PATHS)));
}

/** Statuses, totals and warnings: times and versions differ from one change to the next. */
async function shapeOf(found: Record<string, unknown>): Promise<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(found).map(([path, answer]) => {
      const { status, type } = answer as Record<string, unknown>;
      return [path, { status, type, 'X-Total-Count': (answer as Record<string, unknown>)['X-Total-Count'] }];
    }),
  );
}

/** The databases that have rows of a study, and no other study is left on its way. */
export async function placesOf(study: string): Promise<number[]> {
  const found: number[] = [];
  for (const [at, name] of DATABASES.many.entries()) {
    const sql = 'SELECT 1 FROM study WHERE study_instance_uid = ?';
    if ((await databaseOf(name).prepare(sql).bind(study).all()).results.length > 0) found.push(at + 1);
  }
  expect((await databaseOf('DB').prepare('SELECT * FROM study_move').all()).results).toEqual([]);
  return found;
}

/** The totals that triggers keep are those of the rows. Nothing refuses changes but where a study has left. */
export async function expectCounted(): Promise<void> {
  for (const name of DATABASES.many) {
    const [row] = (await databaseOf(name).prepare(RECOUNT).all()).results;
    expect(row, name).toMatchObject({ wrong: 0, open: 0, stuck: 0, terms: 0 });
  }
}

const RECOUNT = `SELECT
  (SELECT study <> (SELECT count(*) FROM study) OR series <> (SELECT count(*) FROM series)
    OR instance <> (SELECT count(*) FROM instance) OR removal <> (SELECT count(*) FROM removal) FROM archive_total) AS wrong,
  (SELECT count(*) FROM study_fence WHERE is_open = 1) AS open,
  (SELECT count(*) FROM study JOIN study_fence ON study_fence.study_instance_uid = study.study_instance_uid) AS stuck,
  (SELECT count(*) FROM study_term WHERE study_id NOT IN (SELECT id FROM study)) AS terms`;
