import { comments, slice } from '../../files/samples';
import { type Sample, sample, seenOf } from '../contents';
import { expectStatus, outcomeOfStore, type Scenario } from './scenario';

const STUDY = '1.2.3.4';
const A = '1.2.3.4.1';
const B = '1.2.3.4.2';

const NONE = new Map<string, number>();

/** Store requests of every kind. */
export const STORE_SCENARIOS: Readonly<Record<string, () => Scenario>> = {
  'store one': () => storing('store one', [sample(STUDY, A, `${A}.1`, 1)]),

  'store one, the first request of an isolate': () => ({
    ...storing('store one, the first request of an isolate', [sample(STUDY, A, `${A}.1`, 1, true)]),
    cold: true,
  }),

  'store compressed frames, deflated and long metadata': () => {
    const frames = {
      transferSyntaxUID: '1.2.840.10008.1.2.4.50',
      fragments: [1, 2, 3].map((at) => Uint8Array.of(0xff, 0xd8, at, 0, 0xff, 0xd9)),
    };
    const compressed = (sop: string, content: number): Sample => ({
      ...{ study: STUDY, series: B, sop, content },
      file: slice({
        ...{ study: STUDY, series: B, sop, instanceNumber: content, ...frames },
        elements: [[0x00280008, 'IS', '3'], comments(6000)],
      }),
    });
    const deflated: Sample = {
      ...{ study: STUDY, series: A, sop: `${A}.2`, content: 2 },
      file: slice({
        ...{ study: STUDY, series: A, sop: `${A}.2`, instanceNumber: 2, rows: 2, columns: 2 },
        transferSyntaxUID: '1.2.840.10008.1.2.1.99',
      }),
    };
    const samples = [sample(STUDY, A, `${A}.1`, 1, true), deflated, compressed(`${B}.1`, 1)];
    return storing('store compressed frames, deflated and long metadata', samples);
  },

  'store 300': () =>
    storing(
      'store 300',
      Array.from({ length: 300 }, (_, at) => sample(STUDY, at < 150 ? A : B, `${A}.${at + 1}`, at + 1)),
    ),

  'store one that is uploaded in parts': () => {
    const place = { study: STUDY, series: A, sop: `${A}.1` };
    // Two parts of 5 MiB and a little.
    const file = slice({ ...place, elements: [[0x7fe00010, 'OW', new Uint8Array(10_600_000).fill(7)]] });
    return storing('store one that is uploaded in parts', [
      { ...place, content: 1, file },
      sample(STUDY, A, `${A}.2`, 2),
    ]);
  },

  'store several, one of them bad': () => {
    const good = [1, 2, 3].map((at) => sample(STUDY, A, `${A}.${at}`, at, at === 2));
    const cut = sample(STUDY, A, `${A}.9`, 9);
    const files = [...good.map(({ file }) => file), cut.file.subarray(0, 400)];
    return {
      ...storing('store several, one of them bad', good),
      run: async (isolate) => {
        const outcome = await outcomeOfStore(await isolate.store(files));
        // The bad instance is refused, also when it is sent again.
        return typeof outcome === 'object' && outcome.stored.length === good.length ? 'all' : outcome;
      },
    };
  },

  'store again what is there': () => {
    const samples = [sample(STUDY, A, `${A}.1`, 1, true), sample(STUDY, A, `${A}.2`, 2)];
    return {
      ...storing('store again what is there', samples),
      before: seenOf(samples),
      prepare: async (isolate) => expectStatus(await isolate.store(samples.map(({ file }) => file)), 200),
    };
  },

  replace: () => {
    const old = [
      sample(STUDY, A, `${A}.1`, 1, true),
      sample(STUDY, A, `${A}.2`, 2, true),
      sample(STUDY, B, `${B}.1`, 3),
    ];
    const sent = [sample(STUDY, A, `${A}.1`, 11, true), sample(STUDY, B, `${B}.1`, 13), sample(STUDY, B, `${B}.2`, 14)];
    return {
      ...storing('replace', sent),
      variables: { DUPLICATES: 'replace' },
      samples: [...old, ...sent],
      before: seenOf(old),
      after: seenOf([...old, ...sent]),
      prepare: async (isolate) => expectStatus(await isolate.store(old.map(({ file }) => file)), 200),
    };
  },

  keep: () => {
    const old = [sample(STUDY, A, `${A}.1`, 1, true), sample(STUDY, A, `${A}.2`, 2)];
    const sent = [sample(STUDY, A, `${A}.1`, 11, true), sample(STUDY, A, `${A}.3`, 3)];
    return {
      ...storing('keep', sent),
      variables: { DUPLICATES: 'keep' },
      samples: [...old, ...sent],
      before: seenOf(old),
      after: seenOf([...old, sent[1]!]),
      prepare: async (isolate) => expectStatus(await isolate.store(old.map(({ file }) => file)), 200),
      run: async (isolate) => {
        const response = await isolate.store(sent.map(({ file }) => file));
        // 202: all are stored, one with a warning.
        const outcome = await outcomeOfStore(response);
        return typeof outcome === 'object' && outcome.refused.length === 0 ? 'all' : outcome;
      },
    };
  },

  'store with an Idempotency-Key': () => {
    const samples = [sample(STUDY, A, `${A}.1`, 1), sample(STUDY, A, `${A}.2`, 2, true)];
    return {
      ...storing('store with an Idempotency-Key', samples),
      run: async (isolate) =>
        await outcomeOfStore(
          await isolate.store(
            samples.map(({ file }) => file),
            { 'Idempotency-Key': '"0123456789"' },
          ),
        ),
    };
  },
};

function storing(name: string, samples: readonly Sample[]): Scenario {
  return {
    name,
    samples,
    before: NONE,
    after: seenOf(samples),
    run: async (isolate) => await outcomeOfStore(await isolate.store(samples.map(({ file }) => file))),
  };
}
