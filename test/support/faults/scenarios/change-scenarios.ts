import { type Sample, sample, seenOf } from '../contents';
import type { Isolate } from '../isolate';
import { expectStatus, outcomeOfStatus, type Scenario } from './scenario';

const STUDY = '1.2.3.4';
const A = '1.2.3.4.1';
const B = '1.2.3.4.2';
const PATH = `/dicomweb/studies/${STUDY}`;

/** Two series, stored by three requests, with metadata in the index and in the bucket. */
const STORED: readonly (readonly Sample[])[] = [
  [sample(STUDY, A, `${A}.1`, 1, true), sample(STUDY, A, `${A}.2`, 2, true)],
  [sample(STUDY, A, `${A}.3`, 3)],
  [sample(STUDY, B, `${B}.1`, 4)],
];
const ALL = STORED.flat();

/** Deletions and restorations, of each level. */
export const CHANGE_SCENARIOS: Readonly<Record<string, () => Scenario>> = {
  'delete a study': () => deleting('delete a study', PATH, () => false),
  'delete a series': () => deleting('delete a series', `${PATH}/series/${A}`, ({ series }) => series !== A),
  'delete an instance': () =>
    deleting('delete an instance', `${PATH}/series/${A}/instances/${A}.1`, ({ sop }) => sop !== `${A}.1`),

  'restore a study': () => restoring('restore a study', PATH, PATH),
  'restore a series': () => restoring('restore a series', `${PATH}/series/${A}`, `${PATH}/series/${A}`),
  'restore an instance': () => {
    const instance = `${PATH}/series/${A}/instances/${A}.1`;
    return restoring('restore an instance', instance, instance);
  },

  'restore the version before': () => {
    const sent = sample(STUDY, A, `${A}.1`, 11, true);
    const scenario = restoring('restore the version before', '', `${PATH}/series/${A}/instances/${A}.1`);
    return {
      ...scenario,
      variables: { DUPLICATES: 'replace' },
      alone: true,
      samples: [...ALL, sent],
      before: seenOf([...ALL, sent]),
      after: seenOf(ALL),
      prepare: async (isolate) => {
        await store(isolate);
        expectStatus(await isolate.store([sent.file]), 200);
      },
      // The versions trade places at each restoration: a client that got no answer looks before it asks again.
      run: async (isolate) => {
        const path = `${PATH}/series/${A}/instances/${A}.1`;
        const found = await isolate.fetch(`${path}/metadata`);
        if (found.status !== 200) return 'nothing';
        const [metadata] = (await found.json()) as { '00200013'?: { Value: [number] } }[];
        if (metadata?.['00200013']?.Value[0] === 1) return 'all';
        return outcomeOfStatus(await isolate.fetch(`${path}/restore`, { method: 'POST' }), 204);
      },
    };
  },

  'replace labels': () => {
    let asked = false;
    return {
      name: 'replace labels',
      samples: ALL,
      before: seenOf(ALL),
      after: seenOf(ALL),
      prepare: store,
      run: async (isolate) => {
        const headers = { 'Content-Type': 'application/json' };
        const body = JSON.stringify(['research', 'teaching']);
        const outcome = outcomeOfStatus(await isolate.fetch(`${PATH}/labels`, { method: 'PUT', headers, body }), 200);
        asked ||= outcome === 'all';
        return outcome;
      },
      check: async (world) => {
        const { results } = await world.plain.database.prepare('SELECT labels FROM study').all<{ labels: string }>();
        const [found] = results;
        return found?.labels === '["research","teaching"]' || (!asked && found?.labels === '[]')
          ? []
          : [`the labels are ${found?.labels}`];
      },
    };
  },
};

async function store(isolate: Isolate): Promise<void> {
  for (const samples of STORED) expectStatus(await isolate.store(samples.map(({ file }) => file)), 200);
}

function deleting(name: string, path: string, stays: (of: Sample) => boolean): Scenario {
  return {
    name,
    samples: ALL,
    before: seenOf(ALL),
    after: seenOf(ALL.filter(stays)),
    prepare: store,
    // 410: it is deleted already.
    run: async (isolate) => outcomeOfStatus(await isolate.fetch(path, { method: 'DELETE' }), 204, 410),
  };
}

function restoring(name: string, deleted: string, path: string): Scenario {
  const gone = ({ study, series, sop }: Sample) =>
    `/dicomweb/studies/${study}/series/${series}/instances/${sop}/`.startsWith(`${deleted}/`);
  return {
    name,
    samples: ALL,
    before: seenOf(ALL.filter((one) => !gone(one))),
    after: seenOf(ALL),
    prepare: async (isolate) => {
      await store(isolate);
      expectStatus(await isolate.fetch(deleted, { method: 'DELETE' }), 204);
    },
    // 404: there is nothing to restore any more.
    run: async (isolate) => outcomeOfStatus(await isolate.fetch(`${path}/restore`, { method: 'POST' }), 204, 404),
  };
}
