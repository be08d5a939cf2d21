import { expect, it } from 'vitest';
import { compactSeries } from '../../../src/archive/metadata/compact';
import { DEFAULT_LIMITS } from '../../../src/limits';
import { openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { recount } from '../../support/faults/recount';
import { readRows } from '../../support/faults/rows';
import { comments, slice } from '../../support/files/samples';
import { seededRandom } from '../../support/seeded-random';

/*
 * Segments of eight entries and more are merged as a whole: their instances keep their rows. After each step, every instance has
 * its own metadata, alone and in its series, and the index counts right.
 */

const SERIES = { studyInstanceUID: '1.2.3.4', seriesInstanceUID: '1.2.3.4.0' };
const PATH = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0';
const MINUTES = 60_000;

withArchive();

/** The archive under test, and what it has to answer: the comment of each instance, by its number. */
class Subject {
  readonly client: ArchiveClient = archiveClient({ FRAME_COPIES: 'none', DUPLICATES: 'replace' });
  readonly expected = new Map<number, string>();
  private serial = 0;

  async store(numbers: readonly number[], length: number): Promise<void> {
    const files = numbers.map((n) => {
      this.serial += 1;
      const text = comments(length, this.serial);
      this.expected.set(n, String(text[2]));
      return slice({ sop: `1.2.3.4.${n}`, seed: this.serial, rows: 2, columns: 2, elements: [text] });
    });
    expect((await this.client.store(files)).status).toBe(200);
  }

  async merge(atRest: boolean): Promise<void> {
    const archive = openArchive(this.client.prefix, this.client.bindings);
    const now = Date.now() + (atRest ? 10 * MINUTES : 0);
    for (let runs = 0; (await compactSeries(archive, SERIES, DEFAULT_LIMITS, now)).reads > 0 && atRest; runs += 1)
      expect(runs).toBeLessThan(5);
  }

  async remove(n: number): Promise<() => Promise<void>> {
    const path = `${PATH}/instances/1.2.3.4.${n}`;
    expect((await this.client.fetch(path, { method: 'DELETE' })).status).toBe(204);
    const before = this.expected.get(n)!;
    this.expected.delete(n);
    return async () => {
      if (this.expected.has(n)) return;
      expect((await this.client.fetch(`${path}/restore`, { method: 'POST' })).status).toBe(204);
      this.expected.set(n, before);
    };
  }

  async check(): Promise<void> {
    const wanted = [...this.expected].map(([n, text]) => [`1.2.3.4.${n}`, text] as const).toSorted();
    const held = (await this.client.json(`${PATH}/metadata`)).map((one) => [
      one['00080018']?.Value?.[0],
      one['00204000']?.Value?.[0],
    ]);
    expect(held.toSorted()).toEqual(wanted);
    for (const [uid, text] of wanted.filter((_, at) => at % 7 === 0)) {
      const [one] = await this.client.json(`${PATH}/instances/${uid}/metadata`);
      expect(one?.['00204000']?.Value).toEqual([text]);
    }
    expect(recount(await readRows(this.client.bindings.database))).toEqual([]);
  }
}

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at);

it('merging batches writes a few rows for each batch, and none for each instance', async () => {
  const subject = new Subject();
  for (let at = 0; at < 4; at += 1) await subject.store(numbers(at * 20, 20), 100);
  const { database } = subject.client.bindings;
  const rows = async () => (await database.prepare('SELECT * FROM instance ORDER BY id').all()).results;
  const before = await rows();
  await subject.merge(true);
  expect(await rows()).toEqual(before);
  expect(await openArchive(subject.client.prefix, subject.client.bindings).index.segments(SERIES)).toHaveLength(1);
  await subject.check();
});

it('members that are long enough are copied as they are, and merged again', async () => {
  const subject = new Subject();
  await subject.store(numbers(0, 10), 9000);
  await subject.store(numbers(10, 40), 9000);
  await subject.merge(true);
  await subject.store(numbers(50, 8), 50);
  await subject.store(numbers(58, 3), 50);
  await subject.merge(true);
  await subject.check();
  const restore = await subject.remove(20);
  await subject.store(numbers(61, 9), 9000);
  await subject.merge(true);
  await subject.check();
  await restore();
  await subject.check();
  await subject.merge(true);
  await subject.check();
});

it.each([1, 2])('random batches, merges, replacements, deletions and restorations: seed %i', async (seed) => {
  const random = seededRandom(seed);
  const subject = new Subject();
  const restorations: (() => Promise<void>)[] = [];
  let next = 0;
  for (let step = 0; step < 11; step += 1) {
    const count = random.pick([1, 3, 8, 9, 17]);
    await subject.store(numbers(next, count), random.pick([20, 300, 8000]));
    next += count;
    if (random.below(3) === 0) await subject.store([random.below(next)], 20);
    if (random.below(2) === 0) {
      const there = [...subject.expected.keys()];
      restorations.push(await subject.remove(random.pick(there)));
    }
    if (random.below(2) === 0) await subject.merge(random.below(2) === 0);
    if (random.below(3) === 0) await restorations.pop()?.();
    await subject.check();
  }
  await subject.merge(true);
  await subject.check();
  const { database } = subject.client.bindings;
  const { count } = (await database
    .prepare('SELECT count(*) AS count FROM metadata_segment')
    .first<{ count: number }>())!;
  expect(count).toBeLessThan(next / 8 + 3);
});
