import { describe, expect, it } from 'vitest';
import { StoreTransaction } from '../../../src/archive/store/store';
import { DEFAULT_DUPLICATES } from '../../../src/config';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient, partsOf } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';
import { testBindings } from '../../support/platform/bindings';
import { failing } from '../../support/platform/failing';
import { asInvocation, Invocation } from '../../support/platform/production-limits';

/**
 * A request reserves the calls of its commit before it reaches the limit of the platform: further instances are
 * refused, and can be sent again.
 */

withArchive();

const frames = [1, 2].map((at) => Uint8Array.of(0xff, 0xd8, at, 0, 0xff, 0xd9));
/** An instance in a series of its own: its file, its frames and its metadata are three writes. */
const threeWrites = (at: number) =>
  slice({
    series: `1.2.3.4.${at}`,
    sop: `1.2.3.4.${at}.1`,
    transferSyntaxUID: '1.2.840.10008.1.2.4.50',
    fragments: frames,
    elements: [[0x00280008, 'IS', '2']],
  });

describe('the calls of one request', () => {
  it('stop before they use up those that its commit needs', async () => {
    const archive = openArchive('limited', testBindings());
    const settings = { ...DEFAULT_LIMITS, ...DEFAULT_DUPLICATES, callsPerRequest: 40 };
    const invocation = new Invocation({ subrequests: 50, queries: 1000 });
    const { results } = await asInvocation(async () => {
      const transaction = new StoreTransaction(archive, settings);
      for (let at = 0; at < 30; at += 1) {
        const chunks = [threeWrites(at)].values();
        await transaction.add({ read: async () => chunks.next().value ?? null });
      }
      return await transaction.commit(Date.now());
    }, invocation);
    const stored = results.filter(({ result }) => result === 'stored').length;
    expect(stored).toBeGreaterThan(9);
    expect(results.slice(stored)).toHaveLength(30 - stored);
    for (const { result, instance } of results.slice(stored)) {
      expect([result, instance.studyInstanceUID]).toEqual(['too-large', '1.2.3.4']);
    }
    expect(invocation.subrequests).toBeLessThanOrEqual(43);
    const { objects } = await testBindings().bucket.list({ prefix: 'limited/' });
    // The file and its table of frames. The index keeps short metadata.
    expect(objects).toHaveLength(2 * stored);
  });
});

describe('statements of one commit', () => {
  const answerOf = async (response: Response) => {
    const dataSet = (await response.json()) as DicomJson;
    const count = (tag: string) => dataSet[tag]?.Value?.length ?? 0;
    return { status: response.status, stored: count('00081199'), failed: count('00081198') };
  };

  it('are few when each of many instances replaces itself', async () => {
    const archive = archiveClient({ DUPLICATES: 'replace' });
    const files = Array.from({ length: 400 }, (_, at) =>
      [1, 2].map((seed) => slice({ sop: `1.2.3.4.${at + 1}`, seed })),
    );
    expect(await answerOf(await archive.store(files.flat()))).toEqual({ status: 200, stored: 800, failed: 0 });
    const [study] = await archive.json('/dicomweb/studies');
    expect(study?.['00201208']?.Value).toEqual([400]);
  });

  it('are bounded when one instance is sent again and again with other content', async () => {
    const archive = archiveClient({ DUPLICATES: 'replace' });
    const files = Array.from({ length: 400 }, (_, at) => slice({ seed: (at % 2) + 1 }));
    // Content A is replaced by B and back, sixteen times. The next B is refused, and A is there.
    expect(await answerOf(await archive.store(files))).toEqual({ status: 202, stored: 208, failed: 192 });
    const same = Array.from({ length: 400 }, () => slice({ seed: 1 }));
    expect(await answerOf(await archive.store(same))).toEqual({ status: 200, stored: 400, failed: 0 });
  });
});

describe('a commit when it is not known whether D1 carried it out', () => {
  const LOST = 'D1_ERROR: Network connection lost.';
  const TOO_BIG = 'D1_ERROR: string or blob too big: SQLITE_TOOBIG';
  const GIVEN_UP = 'D1_ERROR: D1 DB exceeded its CPU time limit and was reset.';

  /** An archive whose first commits fail with these messages, although they were carried out or before they were. */
  function ending(when: 'before' | 'after', ...messages: (string | undefined)[]) {
    const left = [...messages];
    return archiveClient({}, (real) =>
      failing(real, (operation) => {
        const message = operation === 'batch' ? left.shift() : undefined;
        return message === undefined ? undefined : { message, when };
      }),
    );
  }
  const file = slice();
  const part10 = 'multipart/related; type="application/dicom"; transfer-syntax=*';

  it.each<[string, string[], number, string | null]>([
    ['refused after a response that was lost: to be sent again', [LOST, TOO_BIG], 503, '10'],
    ['given up by D1 after it was carried out: stored', [GIVEN_UP], 200, null],
    ['given up by D1, and so is the look-up of what came of it: to be sent again', [GIVEN_UP, GIVEN_UP], 503, '10'],
  ])('%s; its bytes stay', async (_, messages, status, retryAfter) => {
    const archive = ending('after', undefined, ...messages);
    await archive.json('/dicomweb/studies');
    const answer = await archive.store([file]);
    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([status, retryAfter]);
    const path = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';
    const [part] = await partsOf(await archive.fetch(path, { headers: { Accept: part10 } }));
    expect(part?.body).toEqual(file);
    expect(await archive.json(`${path}/metadata`)).toHaveLength(1);
    expect((await archive.store([file])).status).toBe(200);
  });

  it('given up by D1 before it was carried out: too much for one request', async () => {
    const archive = ending('before', undefined, GIVEN_UP);
    await archive.json('/dicomweb/studies');
    expect((await archive.store([file])).status).toBe(413);
    expect(await archive.json('/dicomweb/studies')).toEqual([]);
  });
});
