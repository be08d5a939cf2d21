import { DAY } from '../../archive/sweeps';
import { type Sample, sample, seenOf } from '../contents';
import type { Isolate } from '../isolate';
import type { World } from '../world';
import { expectStatus, type Outcome, outcomeOfStore, type Scenario } from './scenario';

const STUDY = '1.2.3.4';
const A = '1.2.3.4.1';
const PATH = `/dicomweb/studies/${STUDY}`;
const STORED: readonly Sample[] = [1, 2, 3].map((at) => sample(STUDY, A, `${A}.${at}`, at, true));
const STAYS = sample('1.2.9', '1.2.9.1', '1.2.9.1.1', 9, true);
const ALL = [...STORED, STAYS];

/** The bucket has lost a study's metadata, and still has its files. */
export const LOST_METADATA_SCENARIOS: Readonly<Record<string, () => Scenario>> = {
  'make lost metadata again': () => ({
    ...lost('make lost metadata again'),
    prepare: async (isolate, world) => {
      await storeAll(isolate);
      await world.pass(DAY);
      // One segment.
      await isolate.deliver();
      await lose(world, isolate, Number.POSITIVE_INFINITY);
      const series = { studyInstanceUID: STUDY, seriesInstanceUID: A };
      await world.archive.background.requestRemake([series]);
    },
    run: delivered,
  }),

  'merge metadata of which some is lost': () => ({
    ...lost('merge metadata of which some is lost'),
    prepare: async (isolate, world) => {
      await storeAll(isolate);
      await world.pass(DAY);
      await lose(world, isolate, 1);
    },
    run: delivered,
  }),

  'store what has lost its metadata': () => ({
    ...lost('store what has lost its metadata'),
    prepare: async (isolate, world) => {
      await storeAll(isolate);
      await lose(world, isolate, 1);
      world.queue.length = 0;
    },
    run: async (isolate, world) => {
      const outcome = await outcomeOfStore(await isolate.store(STORED.map(({ file }) => file)));
      // A merge waits until the series is at rest.
      await world.pass(DAY);
      return outcome === 'all' ? await delivered(isolate, world) : 'nothing';
    },
  }),
};

function lost(name: string): Omit<Scenario, 'run'> {
  const isClosed = async (isolate: Isolate) => !(await isReadable(isolate));
  return { name, samples: ALL, before: seenOf(ALL), after: seenOf(ALL), isClosed };
}

/** Each instance by a request of its own. */
async function storeAll(isolate: Isolate): Promise<void> {
  for (const { file } of ALL) expectStatus(await isolate.store([file]), 200);
}

/**
 * Removes metadata of the study from the bucket.
 * @param most number of objects; those that were merged wait there to be deleted
 */
async function lose(world: World, isolate: Isolate, most: number): Promise<void> {
  const keys = (await world.keys()).filter((one) => one.startsWith(`metadata/${STUDY}/`)).slice(0, most);
  for (const key of keys) await world.plain.bucket.delete(`${world.name}/${key}`);
  if (await isReadable(isolate)) throw new Error('the study has all of its metadata');
}

/** Deliveries until the queue has nothing to merge and nothing to make again. */
async function delivered(isolate: Isolate, world: World): Promise<Outcome> {
  const waits = () => world.queue.some(({ body }) => !('kind' in body) || body.kind === 'remake');
  for (let runs = 0; waits() && runs < 5; runs += 1) await isolate.deliver();
  return !waits() && (await isReadable(isolate)) ? 'all' : 'nothing';
}

async function isReadable(isolate: Isolate): Promise<boolean> {
  const headers = { Accept: 'application/dicom+json' };
  return (await isolate.fetch(`${PATH}/metadata`, { headers })).status === 200;
}
