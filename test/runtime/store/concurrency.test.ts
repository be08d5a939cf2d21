import { describe, expect, it } from 'vitest';
import { compactSeries } from '../../../src/archive/metadata/compact';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { DAY, keysOf, sweepAfter, sweepAway } from '../../support/archive/sweeps';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { comments, slice } from '../../support/files/samples';
import { seededRandom } from '../../support/seeded-random';

const CLIENTS = 16;
const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = { studyInstanceUID: '1.2.3.4', seriesInstanceUID: '1.2.3.4.0' };
const METADATA = `${STUDY}/series/1.2.3.4.0/metadata`;

let client: ArchiveClient;
withArchive(() => {
  client = archiveClient();
});

const open = () => openArchive(client.prefix, client.bindings);
const fileOf = (n: number) =>
  slice({
    sop: `1.2.3.4.${n}`,
    instanceNumber: n,
    seed: n,
    rows: 4,
    columns: 4,
    elements: [comments(600, n)],
  });
const uids = async (path: string) => (await client.json(path)).map((one) => one['00080018']?.Value?.[0]).sort();
const names = (count: number) => Array.from({ length: count }, (_, n) => `1.2.3.4.${n + 1}`).sort();
const keys = () => keysOf(client);

/** The number of the study's instances in the study list; 0 when the study is not there. */
async function counted(): Promise<number> {
  const [study] = await client.json('/dicomweb/studies?StudyInstanceUID=1.2.3.4');
  return (study?.['00201208']?.Value?.[0] as number | undefined) ?? 0;
}

/** Runs again and again until the other work is done. */
async function beside(work: Promise<unknown>, again: () => Promise<void>): Promise<number> {
  let done = false;
  const finished = work.finally(() => {
    done = true;
  });
  let rounds = 0;
  for (; !done; rounds += 1) await again();
  await finished;
  return rounds;
}

describe('one study stored by 16 clients at once, one instance a request', () => {
  const EACH = 8;
  const ALL = CLIENTS * EACH;

  /** A client's own instances and some of its neighbour's, in an order of its own. */
  function shareOf(of: number): number[] {
    const random = seededRandom(of);
    const own = Array.from({ length: EACH }, (_, n) => of * EACH + n + 1);
    const shared = Array.from({ length: 3 }, () => ((of + 1) % CLIENTS) * EACH + random.below(EACH) + 1);
    return [...own, ...shared].sort(() => random.next() - 0.5);
  }

  async function storeAll(): Promise<void> {
    const work = Array.from({ length: CLIENTS }, async (_, of) => {
      for (const n of shareOf(of)) {
        const response = await client.store([fileOf(n)]);
        expect(response.status).toBe(200);
        const dataSet = (await response.json()) as Record<string, { Value?: unknown[] }>;
        expect([dataSet['00081198'], dataSet['00081199']?.Value?.length]).toEqual([undefined, 1]);
      }
    });
    await Promise.all(work);
  }

  it('loses nothing while clients read and metadata is merged; counts never fall and are exact at the end', async () => {
    const storing = storeAll();
    let before = 0;
    const readers = [
      beside(storing, async () => {
        const now = await counted();
        expect(now).toBeGreaterThanOrEqual(before);
        before = now;
      }),
      beside(storing, async () => {
        const least = await counted();
        const found = (await client.fetch(METADATA)).status === 404 ? [] : await uids(METADATA);
        expect(new Set(found).size).toBe(found.length);
        expect(found.length).toBeGreaterThanOrEqual(least);
      }),
      beside(storing, async () => {
        await compactSeries(open(), SERIES, DEFAULT_LIMITS, Date.now());
        // The sweeper also runs, and finds nothing that it may delete.
        await sweepAfter(open(), 0);
      }),
    ];
    for (const rounds of await Promise.all(readers)) expect(rounds).toBeGreaterThan(0);
    expect(before).toBeGreaterThan(0);

    expect(await counted()).toBe(ALL);
    expect((await client.json(`${STUDY}/series`))[0]?.['00201209']?.Value).toEqual([ALL]);
    expect(await uids(`${STUDY}/instances?limit=1000`)).toEqual(names(ALL));
    expect(await uids(METADATA)).toEqual(names(ALL));
    for (let n = 1; n <= ALL; n += 1) {
      const path = `${STUDY}/series/1.2.3.4.0/instances/1.2.3.4.${n}`;
      expect(await client.bytes(path, 'application/dicom; transfer-syntax=*')).toEqual(fileOf(n));
    }

    while ((await compactSeries(open(), SERIES, DEFAULT_LIMITS, Date.now() + DAY)).reads > 0);
    await sweepAway(open());
    expect(await uids(METADATA)).toEqual(names(ALL));
    const left = await keys();
    expect(left.filter((key) => key.includes('/instances/'))).toHaveLength(ALL);
    expect(left.filter((key) => key.includes('/metadata/'))).toHaveLength(1);
    expect(left).toHaveLength(ALL + 1);
  });

  it('the same instance sent by all of them is stored once, and each client is told that it is stored', async () => {
    const answers = await Promise.all(Array.from({ length: CLIENTS }, () => client.store([fileOf(1)])));
    expect(answers.map(({ status }) => status)).toEqual(Array(CLIENTS).fill(200));
    expect(await counted()).toBe(1);
    // Its metadata is short and is kept in the index.
    expect(await keys()).toHaveLength(1);
  });

  it('16 studies at once in requests of several series each', async () => {
    const requests = Array.from({ length: CLIENTS }, (_, of) =>
      Array.from({ length: 6 }, (_, n) =>
        slice({
          study: `9.${of}`,
          series: `9.${of}.${n % 3}`,
          sop: `9.${of}.0.${n}`,
          rows: 2,
          columns: 2,
          seed: of + n,
        }),
      ),
    );
    const answers = await Promise.all(requests.map((files) => client.store(files)));
    expect(answers.map(({ status }) => status)).toEqual(Array(CLIENTS).fill(200));
    const studies = await client.json('/dicomweb/studies');
    expect(studies).toHaveLength(CLIENTS);
    for (const study of studies) {
      expect([study['00201206']?.Value, study['00201208']?.Value]).toEqual([[3], [6]]);
    }
  });
});

describe('other content under the same UIDs, sent by all at once', () => {
  it('one of them is kept as a whole, and the others are refused', async () => {
    const contents = Array.from({ length: CLIENTS }, (_, n) => slice({ seed: n + 1, instanceNumber: n + 1 }));
    const answers = await Promise.all(contents.map((file) => client.store([file])));
    const winners = answers.flatMap(({ status }, n) => (status === 200 ? [n] : []));
    expect(winners).toHaveLength(1);
    for (const [n, answer] of answers.entries()) {
      if (n === winners[0]) continue;
      expect(answer.status).toBe(409);
      const dataSet = (await answer.json()) as Record<string, { Value?: Record<string, { Value: number[] }>[] }>;
      expect(dataSet['00081198']?.Value?.[0]?.['00081197']?.Value).toEqual([0x0111]);
    }
    const winner = contents[winners[0]!]!;
    const path = `${STUDY}/series/1.2.3.4.0/instances/1.2.3.4.1`;
    expect(await client.bytes(path, 'application/dicom; transfer-syntax=*')).toEqual(winner);
    expect(await client.bytes(`${path}/frames/1`, 'application/octet-stream')).toEqual(winner.subarray(-512));
    const [metadata, ...others] = await client.json(`${path}/metadata`);
    expect(others).toEqual([]);
    expect(metadata?.['00200013']?.Value).toEqual([winners[0]! + 1]);
    expect(await counted()).toBe(1);
    // Its metadata is short and is kept in the index.
    expect(await keys()).toHaveLength(1);
  });
});
