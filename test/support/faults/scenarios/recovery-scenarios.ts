import { DAY } from '../../archive/sweeps';
import { type Moment, putBack, remember } from '../../databases/put-back';
import { type Sample, sample, seenOf } from '../contents';
import { type Isolate, Killed } from '../isolate';
import { digestOf } from '../objects';
import type { World } from '../world';
import { expectStatus, type Outcome, type Phase, refusesReads, type Scenario } from './scenario';

const STUDY = '1.2.3.4';
const A = '1.2.3.4.1';
const STORED: readonly Sample[] = [1, 2, 3].map((at) => sample(STUDY, A, `${A}.${at}`, at, at < 3));
const OTHER = sample('1.2.9', '1.2.9.1', '1.2.9.1.1', 9, true);
const LATER = sample('1.2.8', '1.2.8.1', '1.2.8.1.1', 8, true);
const JSON_TYPE = { 'Content-Type': 'application/json' };
const RULES = JSON.stringify({ old: { modalities: ['CT', 'MR', 'OT'], days: 50, delete: true } });

/** An index that was lost or put back, backups, legal holds and rules of retention. */
export const RECOVERY_SCENARIOS: Readonly<Record<string, () => Scenario>> = {
  'rebuild the index': () => ({
    ...scenario('rebuild the index', [...STORED, OTHER], [STORED[0]!, STORED[1]!, OTHER]),
    isClosed: refusesReads,
    prepare: async (isolate, world) => {
      await storeAll(isolate, [...STORED, OTHER]);
      await deleteOne(isolate);
      await isolate.hourly();
      await loseIndex(world);
    },
    run: rebuilt,
  }),

  'catch up after Time Travel': () => {
    let moment: Moment;
    return {
      ...scenario('catch up after Time Travel', [...STORED, OTHER, LATER], [STORED[0]!, STORED[1]!, LATER]),
      isClosed: refusesReads,
      prepare: async (isolate, world) => {
        await storeAll(isolate, [...STORED, OTHER]);
        await isolate.hourly();
        moment = await remember(world.plain.database);
        await storeAll(isolate, [LATER]);
        await deleteOne(isolate);
        expectStatus(await isolate.fetch('/dicomweb/studies/1.2.9', { method: 'DELETE' }), 204);
        await world.pass(DAY);
        await isolate.hourly();
        world.queue.length = 0;
        await putBack(world.plain.database, moment);
      },
      run: rebuilt,
    };
  },

  'prepare and read a backup': () => ({
    ...scenario('prepare and read a backup', [...STORED, OTHER], [STORED[0]!, STORED[1]!, OTHER]),
    before: seenOf([STORED[0]!, STORED[1]!, OTHER]),
    prepare: async (isolate) => {
      await storeAll(isolate, [...STORED, OTHER]);
      await deleteOne(isolate);
    },
    run: async (isolate) => ((await readBackup(isolate)) === undefined ? 'nothing' : 'all'),
  }),

  'restore a backup': () => {
    let backup: ReadonlyMap<string, Uint8Array> = new Map();
    let archiveID = '';
    return {
      ...scenario('restore a backup', [...STORED, OTHER], [STORED[0]!, STORED[1]!, OTHER]),
      isClosed: refusesReads,
      prepare: async (isolate, world) => {
        await storeAll(isolate, [...STORED, OTHER]);
        await deleteOne(isolate);
        backup = (await readBackup(isolate))!;
        archiveID = (await world.archive.sweeps.identity())!.archiveID;
        await world.clear();
      },
      run: async (isolate) => await restored(isolate, archiveID, backup),
    };
  },

  'place a legal hold': () => {
    let isHeld = false;
    return {
      ...scenario('place a legal hold', STORED, STORED),
      before: seenOf(STORED),
      prepare: (isolate) => storeAll(isolate, STORED),
      run: async (isolate) => {
        const { status } = await isolate.fetch(`/dicomweb/studies/${STUDY}/hold`, held('a case'));
        isHeld ||= status === 204;
        return status === 204 ? 'all' : 'nothing';
      },
      check: async (world) => {
        const { holds } = world.archive;
        return isHeld && (await holds.of(STUDY)) === undefined ? ['an acknowledged legal hold is gone'] : [];
      },
    };
  },

  'delete and replace what is held': () => ({
    ...scenario('delete and replace what is held', [...STORED, sample(STUDY, A, `${A}.1`, 11)], STORED),
    before: seenOf(STORED),
    variables: { DUPLICATES: 'replace' },
    prepare: async (isolate) => {
      await storeAll(isolate, STORED);
      expectStatus(await isolate.fetch(`/dicomweb/studies/${STUDY}/hold`, held('a case')), 204);
    },
    run: async (isolate) => {
      const stored = await isolate.store([sample(STUDY, A, `${A}.1`, 11).file]);
      if (stored.status !== 409) return 'nothing';
      return (await isolate.fetch(`/dicomweb/studies/${STUDY}`, { method: 'DELETE' })).status === 423
        ? 'all'
        : 'nothing';
    },
  }),

  'apply a rule of retention': () => ({
    ...scenario('apply a rule of retention', [...STORED, OTHER], [OTHER]),
    before: seenOf([...STORED, OTHER]),
    variables: { RETENTION_RULES: RULES },
    prepare: async (isolate, world) => {
      await storeAll(isolate, [...STORED, OTHER]);
      expectStatus(await isolate.fetch('/dicomweb/studies/1.2.9/hold', held('a case')), 204);
      await world.pass(60 * DAY);
    },
    run: async (isolate, world) => {
      try {
        await isolate.hourly();
      } catch (error) {
        if (error instanceof Killed) throw error;
        return 'nothing';
      }
      return (await world.archive.index.labels(STUDY)) === undefined ? 'all' : 'nothing';
    },
    check: recorded,
  }),
};

function scenario(name: string, samples: readonly Sample[], after: readonly Sample[]): Omit<Scenario, 'run'> {
  return { name, samples, before: new Map(), after: seenOf(after) };
}

async function storeAll(isolate: Isolate, samples: readonly Sample[]): Promise<void> {
  for (const { file } of samples) expectStatus(await isolate.store([file]), 200);
}

async function deleteOne(isolate: Isolate): Promise<void> {
  const path = `/dicomweb/studies/${STUDY}/series/${A}/instances/${A}.3`;
  expectStatus(await isolate.fetch(path, { method: 'DELETE' }), 204);
}

function held(reason: string): RequestInit {
  return { method: 'PUT', headers: JSON_TYPE, body: JSON.stringify({ reason }) };
}

/** A new database in place of the one that was lost. */
async function loseIndex(world: World): Promise<void> {
  world.queue.length = 0;
  const moment = await remember(world.plain.database);
  const empty = new Map<string, Record<string, unknown>[]>([...moment.keys()].map((table) => [table, []]));
  const zeros = { id: 1, study: 0, series: 0, instance: 0, byte_length: 0, removal: 0, removal_byte_length: 0 };
  await putBack(world.plain.database, new Map([...empty, ['archive_total', [zeros]]]));
}

async function rebuilt(isolate: Isolate): Promise<Outcome> {
  for (let steps = 0; steps < 50; steps += 1) {
    const response = await isolate.fetch('/rebuild', { method: 'POST' });
    if (response.status !== 200) return 'nothing';
    const { rebuild } = (await response.json()) as { rebuild: { finishedAt: string | null } };
    if (rebuild.finishedAt !== null) return 'all';
  }
  return 'nothing';
}

/** As `npm run backup` does. @returns undefined when a request failed */
async function readBackup(isolate: Isolate): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  const get = async (path: string) => {
    // A body that breaks off: the command reads it again.
    const response = await isolate.fetch(path).catch((error: unknown) => {
      throw error instanceof Killed ? error : new Unanswered();
    });
    if (response.status !== 200) throw new Unanswered();
    return response;
  };
  try {
    for (let more = true; more; ) {
      const response = await isolate.fetch('/backup', { method: 'POST' });
      if (response.status !== 200) return undefined;
      ({ more } = (await response.json()) as { more: boolean });
    }
    const { keys } = (await (await get('/backup/objects?prefix=index/')).json()) as { keys: string[] };
    const objects = new Map<string, Uint8Array>();
    const newest = new Map(keys.map((key) => [key.split('/')[1]!, key]));
    for (const page of newest.values()) {
      const named = (await (await get(`/backup/objects?named-by=${page}`)).json()) as {
        objects: { key: string; digest: string | null }[];
      };
      for (const { key, digest } of [{ key: page, digest: null }, ...named.objects]) {
        const bytes = new Uint8Array(await (await get(`/backup/objects/${key}`)).arrayBuffer());
        if (digest !== null && (await digestOf(bytes)) !== digest) return undefined;
        objects.set(key, bytes);
      }
    }
    return objects;
  } catch (error) {
    if (error instanceof Unanswered) return undefined;
    throw error;
  }
}

class Unanswered extends Error {}

/** As `npm run restore` does. */
async function restored(
  isolate: Isolate,
  archiveID: string,
  backup: ReadonlyMap<string, Uint8Array>,
): Promise<Outcome> {
  const shown = await isolate.fetch('/rebuild');
  const { rebuild } = (await shown.json()) as { rebuild: { phase: string } | null };
  // Once the index is being rebuilt, no objects are taken.
  if (rebuild !== null && rebuild !== undefined && rebuild.phase !== 'objects') return await rebuilt(isolate);
  const body = JSON.stringify({ archiveID });
  const begun = await isolate.fetch('/restoration', { method: 'POST', headers: JSON_TYPE, body });
  if (begun.status !== 200) return 'nothing';
  for (const [key, bytes] of backup) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
    const headers = {
      'Content-Length': String(bytes.length),
      'Content-Digest': `sha-256=:${btoa(String.fromCharCode(...digest))}:`,
    };
    const put = await isolate.fetch(`/restoration/objects/${key}`, {
      method: 'PUT',
      headers,
      body: bytes as Uint8Array<ArrayBuffer>,
    });
    if (put.status !== 204) return 'nothing';
  }
  return await rebuilt(isolate);
}

/** Nothing is deleted of which the record does not tell. */
async function recorded(world: World, _phase: Phase): Promise<string[]> {
  if ((await world.archive.index.labels(STUDY)) !== undefined) return [];
  const events = await world.archive.record.find({ studyInstanceUID: STUDY, action: 'delete', limit: 10 });
  return events.length > 0 ? [] : ['a deletion by a rule is not in the record'];
}
