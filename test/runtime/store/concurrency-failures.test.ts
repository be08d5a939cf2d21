import { describe, expect, it } from 'vitest';
import { openArchive } from '../../../src/storage/open-archive';
import { keysOf, sweepAway } from '../../support/archive/sweeps';
import { emptyArchive, withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, multipart } from '../../support/clients/archive-client';
import { comments, slice } from '../../support/files/samples';
import { type Failure, failing, type Operation } from '../../support/platform/failing';
import { replacing } from '../../support/platform/replacing';
import { seededRandom } from '../../support/seeded-random';

/** As D1 words them. The first three are those that its documentation says to retry. */
const PASSING = [
  'D1_ERROR: Network connection lost.',
  'D1_ERROR: Internal error in D1 DB storage caused object to be reset.',
  'D1_ERROR: D1 DB reset because its code was updated.',
];
const OVERLOADED = [
  'D1_ERROR: D1 DB is overloaded. Requests queued for too long.',
  'D1_ERROR: D1 DB is overloaded. Too many requests queued.',
];
const PATH = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0';

let plan: (operation: Operation) => Failure | undefined;
let client: ArchiveClient;
withArchive(() => {
  plan = () => undefined;
  client = archiveClient({}, (real) => failing(real, (operation) => plan(operation)));
});

/** Makes the next `times` operations of these kinds fail. */
function failNext(times: number, failure: Failure, ...of: Operation[]): () => number {
  let left = times;
  plan = (operation) => {
    if (left === 0 || !of.includes(operation)) return undefined;
    left -= 1;
    return failure;
  };
  return () => times - left;
}

const keys = (of = client) => keysOf(of);
const counted = async (of = client) => (await of.json('/dicomweb/studies'))[0]?.['00201208']?.Value?.[0];

describe('temporary errors of D1', () => {
  for (const message of PASSING) {
    for (const when of ['before', 'after'] as const) {
      it(`never reach clients that store or read: ${message} (${when})`, async () => {
        const failed = failNext(1, { message, when }, 'batch');
        const answer = await client.store([slice(), slice({ sop: '1.2.3.4.2', elements: [comments(6000)] })]);
        expect([failed(), answer.status]).toEqual([1, 200]);
        expect(await counted()).toBe(2);
        expect(await keys()).toHaveLength(3);
        for (const path of [
          '/dicomweb/studies',
          `${PATH}/metadata`,
          `${PATH}/instances`,
          `${PATH}/instances/1.2.3.4.1`,
        ]) {
          const failures = failNext(2, { message, when }, 'batch', 'query');
          const response = await client.fetch(path);
          expect([path, failures(), response.status]).toEqual([path, 2, 200]);
        }
      });
    }
  }

  for (const policy of ['reject', 'replace', 'keep']) {
    it(`a response that is lost after the commit does not change the result, duplicates: ${policy}`, async () => {
      const failure = { message: PASSING[0]!, when: 'after' } as const;
      const make = (over: (operation: Operation) => Failure | undefined) =>
        archiveClient({ DUPLICATES: policy }, (real) => failing(real, over));
      const lossy = make((operation) => plan(operation));
      const sound = make(() => undefined);
      const second = [slice({ seed: 2, study: '7.7' }), slice({ sop: '1.2.3.4.9', study: '7.7' })];
      const answers: Response[] = [];
      for (const archive of [lossy, sound]) {
        await emptyArchive();
        await archive.store([slice({ seed: 1, study: '7.7' })]);
        for (const files of [second, second]) {
          failNext(1, failure, 'batch');
          answers.push(await archive.store(files));
        }
        answers.push(new Response(JSON.stringify((await keys(archive)).length)));
      }
      const texts = await Promise.all(answers.map(async (answer) => [answer.status, await answer.text()]));
      expect(texts.slice(0, 3)).toEqual(texts.slice(3));
    });
  }

  it('that keep occurring for 16 clients at once lose nothing and are not visible', async () => {
    const random = seededRandom(16);
    // Whose call fails depends on how the clients take turns: so few fail that no call fails at all its three attempts.
    let calls = 0;
    let last = 0;
    plan = (operation) => {
      if (operation === 'put' || operation === 'get') return undefined;
      calls += 1;
      if (calls - last < 60 || random.below(4) > 0) return undefined;
      last = calls;
      return { message: random.pick(PASSING), when: random.pick(['before', 'after'] as const) };
    };
    const statuses = await Promise.all(
      Array.from({ length: 16 }, async (_, of) => {
        const found = [];
        for (let n = 0; n < 6; n += 1) {
          found.push((await client.store([slice({ sop: `1.2.3.4.${of * 6 + n + 1}`, rows: 2, columns: 2 })])).status);
          found.push((await client.fetch('/dicomweb/studies')).status);
        }
        return found;
      }),
    );
    expect(statuses.flat()).toEqual(Array(16 * 12).fill(200));
    plan = () => undefined;
    expect(await counted()).toBe(96);
  });
});

describe('a D1 that is overloaded', () => {
  for (const message of OVERLOADED) {
    it(`a store is 503, none of it is visible, and it can be sent again: ${message}`, async () => {
      const failed = failNext(1, { message, when: 'before' }, 'batch');
      const answer = await client.store([slice(), slice({ sop: '1.2.3.4.2', elements: [comments(6000)] })]);
      // Not tried again: that would add to the load.
      expect([failed(), answer.status]).toEqual([1, 503]);
      expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
      expect(await answer.text()).not.toContain('D1');
      expect(await client.json('/dicomweb/studies')).toEqual([]);
      expect((await client.fetch(`${PATH}/instances/1.2.3.4.1`)).status).toBe(404);
      const again = await client.store([slice(), slice({ sop: '1.2.3.4.2', elements: [comments(6000)] })]);
      expect(again.status).toBe(200);
      await sweepAway(openArchive(client.prefix, client.bindings));
      expect(await keys()).toHaveLength(3);
    });

    it(`a read is 503: ${message}`, async () => {
      await client.store([slice()]);
      for (const path of ['/dicomweb/studies', '/dicomweb/instances?PatientName=N*', `${PATH}/metadata`, PATH]) {
        const failed = failNext(1, { message, when: 'before' }, 'query', 'batch');
        const answer = await client.fetch(path);
        expect([path, failed(), answer.status]).toEqual([path, 1, 503]);
        expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
        expect(await answer.text()).not.toContain('D1');
      }
    });
  }
});

describe('a D1 that gives a commit up', () => {
  it('may take it when the request is sent again, also with its Idempotency-Key', async () => {
    const message = 'D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.';
    const { headers, body } = multipart([1, 2].map((n) => slice({ sop: `1.2.3.4.${n}` })));
    const sent = { method: 'POST', headers: { ...headers, 'Idempotency-Key': 'once' }, body };
    const send = async () => await client.fetch('/dicomweb/studies', sent);
    failNext(1, { message, when: 'before' }, 'batch');
    const first = await send();
    const second = await send();
    expect([first.status, second.status]).toEqual([413, 200]);
    expect(second.headers.get('Idempotent-Replayed')).toBeNull();
    expect(await counted()).toBe(2);
  });
});

describe('an R2 that fails', () => {
  it('for a temporary reason is tried again', async () => {
    const failed = failNext(2, { message: 'put: We encountered an internal error. (10001)', when: 'before' }, 'put');
    expect((await client.store([slice()])).status).toBe(200);
    expect(failed()).toBe(2);
  });

  it('for one instance affects only that instance', async () => {
    let instances = 0;
    plan = (operation) => {
      if (operation !== 'put') return undefined;
      instances += 1;
      return instances === 2 ? { message: 'put: no (10002)', when: 'before' } : undefined;
    };
    const answer = await client.store([1, 2, 3].map((n) => slice({ sop: `1.2.3.4.${n}` })));
    expect(answer.status).toBe(202);
    const dataSet = (await answer.json()) as Record<string, { Value?: Record<string, { Value: unknown[] }>[] }>;
    expect(dataSet['00081198']?.Value?.map((item) => item['00081197']?.Value)).toEqual([[0x0110]]);
    expect(await counted()).toBe(2);
  });

  it('gets other bytes than were hashed: the instance is refused, and is not there', async () => {
    client = archiveClient({}, (real) => ({
      ...real,
      bucket: replacing(real.bucket, {
        put: (key: string, bytes: Uint8Array, options?: R2PutOptions) => {
          const sent = new Uint8Array(bytes);
          if (key.includes('instances/')) sent[sent.length - 1]! ^= 1;
          return real.bucket.put(key, sent, options);
        },
      }),
    }));
    const answer = await client.store([slice()]);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await client.json('/dicomweb/studies')).toEqual([]);
    expect(await keys()).toEqual([]);
  });

  it('for every call is 503, and nothing is stored', async () => {
    plan = (operation) => (operation === 'put' ? { message: 'put: no (10002)', when: 'before' } : undefined);
    expect((await client.store([slice()])).status).toBe(503);
    plan = () => undefined;
    expect(await client.json('/dicomweb/studies')).toEqual([]);
    expect(await keys()).toEqual([]);
    expect((await client.store([slice()])).status).toBe(200);
  });
});
