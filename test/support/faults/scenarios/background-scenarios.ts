import { DAY } from '../../archive/sweeps';
import { type Sample, sample, seenOf } from '../contents';
import { Isolate, Killed } from '../isolate';
import type { World } from '../world';
import { expectStatus, type Outcome, type Phase, type Scenario } from './scenario';

const STUDY = '1.2.3.4';
const A = '1.2.3.4.1';
const PATH = `/dicomweb/studies/${STUDY}`;
/** Of instances, of series and of studies. */
const SEARCH_ATTRIBUTES = 'HighBit, StationName, PatientAge';

const STORED: readonly Sample[] = [1, 2, 3, 4, 5].map((at) => sample(STUDY, A, `${A}.${at}`, at, at < 4));
const STAYS = sample('1.2.9', '1.2.9.1', '1.2.9.1.1', 9, true);
const ALL = [...STORED, STAYS];

/** The work of the queue and of the hourly trigger. */
export const BACKGROUND_SCENARIOS: Readonly<Record<string, () => Scenario>> = {
  compaction: () => ({
    ...quiet('compaction'),
    prepare: async (isolate, world) => {
      await storeAll(isolate);
      // The series is at rest, so its metadata becomes one segment.
      await world.pass(DAY);
    },
    run: (isolate, world) => delivered(isolate, world),
  }),

  're-index': () => ({
    ...quiet('re-index'),
    variables: { SEARCH_ATTRIBUTES },
    prepare: async (_, world) => {
      await storeAll(new Isolate(world));
      const isolate = new Isolate(world, { SEARCH_ATTRIBUTES });
      await isolate.fetch('/dicomweb/studies?limit=1');
    },
    run: (isolate, world) => delivered(isolate, world, 'reindex'),
    check: valuesOf,
  }),

  're-index without an attribute that was given up': () => ({
    ...quiet('re-index without an attribute that was given up'),
    variables: { SEARCH_ATTRIBUTES: 'HighBit' },
    prepare: async (_, world) => {
      await storeAll(new Isolate(world, { SEARCH_ATTRIBUTES }));
      world.queue.length = 0;
    },
    run: async (isolate, world) => {
      const outcome = await hourly(isolate);
      return outcome === 'all' ? await delivered(isolate, world, 'reindex') : outcome;
    },
  }),

  'sweep that finds orphans': () => ({
    ...quiet('sweep that finds orphans'),
    prepare: async (isolate, world) => {
      await storeAll(isolate);
      await leaveOrphans(world);
      await world.pass(2 * DAY);
    },
    run: hourly,
  }),

  'sweep that deletes orphans': () => ({
    ...quiet('sweep that deletes orphans'),
    prepare: async (isolate, world) => {
      await storeAll(isolate);
      await leaveOrphans(world);
      await world.pass(2 * DAY);
      await isolate.hourly();
      await world.pass(33 * DAY);
    },
    run: hourly,
  }),

  'sweep that deletes merged metadata': () => ({
    ...quiet('sweep that deletes merged metadata'),
    prepare: async (isolate, world) => {
      await storeAll(isolate);
      await world.pass(DAY);
      await isolate.deliver();
      await world.pass(33 * DAY);
    },
    run: hourly,
  }),

  purge: () => ({
    ...quiet('purge'),
    after: seenOf([STAYS, STORED[4]!]),
    before: seenOf([STAYS, STORED[4]!]),
    prepare: async (isolate, world) => {
      await storeAll(isolate);
      for (const { sop } of STORED.slice(0, 4)) {
        const path = `${PATH}/series/${A}/instances/${sop}`;
        expectStatus(await isolate.fetch(path, { method: 'DELETE' }), 204);
      }
      await world.pass(31 * DAY);
    },
    run: hourly,
  }),

  'purge of a whole study and of replaced content': () => ({
    ...quiet('purge of a whole study and of replaced content'),
    variables: { DUPLICATES: 'replace' },
    samples: [...ALL, sample('1.2.9', '1.2.9.1', '1.2.9.1.1', 19, true)],
    before: new Map([['1.2.9.1.1', 19]]),
    after: new Map([['1.2.9.1.1', 19]]),
    prepare: async (isolate, world) => {
      await storeAll(isolate);
      expectStatus(await isolate.store([sample('1.2.9', '1.2.9.1', '1.2.9.1.1', 19, true).file]), 200);
      expectStatus(await isolate.fetch(PATH, { method: 'DELETE' }), 204);
      await world.pass(31 * DAY);
    },
    run: hourly,
  }),
};

/** Work that clients do not see. */
function quiet(name: string): Omit<Scenario, 'run'> {
  return { name, samples: ALL, before: seenOf(ALL), after: seenOf(ALL) };
}

/** Each instance by a request of its own. */
async function storeAll(isolate: Isolate): Promise<void> {
  for (const { file } of ALL) expectStatus(await isolate.store([file]), 200);
}

async function leaveOrphans(world: World): Promise<void> {
  const keys = [
    'instances/1.2.3.4/1.2.3.4.1/1.2.3.4.1.1/ffff.dcm',
    'metadata/1.2.3.4/1.2.3.4.1/ffff',
    'unfiled/uffff.dcm',
  ];
  for (const key of keys) await world.archive.objects.put(key, new Uint8Array(8));
}

/** Deliveries until the queue asks for no more of this work. @param kind undefined: compaction */
async function delivered(isolate: Isolate, world: World, kind?: 'reindex'): Promise<Outcome> {
  const waits = () => world.queue.some(({ body }) => ('kind' in body ? body.kind : undefined) === kind);
  for (let runs = 0; waits(); runs += 1) {
    if (runs === 5) return 'nothing';
    await isolate.deliver();
  }
  return 'all';
}

async function hourly(isolate: Isolate): Promise<Outcome> {
  try {
    await isolate.hourly();
    return 'all';
  } catch (error) {
    // The next hour does what this run did not.
    if (error instanceof Killed) throw error;
    return 'nothing';
  }
}

/** A search by an attribute finds all that has it, or warns that it may miss some. */
async function valuesOf(world: World, phase: Phase): Promise<string[]> {
  const isolate = new Isolate(world, { SEARCH_ATTRIBUTES });
  const headers = { Accept: 'application/dicom+json' };
  const response = await isolate.fetch('/dicomweb/instances?HighBit=15', { headers });
  const found = response.status === 204 ? 0 : ((await response.json()) as unknown[]).length;
  const warned = response.headers.get('Warning') !== null;
  if (warned && phase !== 'fault') return [`a search by an attribute still warns: ${response.headers.get('Warning')}`];
  return warned || found === ALL.length ? [] : [`a search by an attribute finds ${found} of ${ALL.length}`];
}
