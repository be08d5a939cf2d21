/// <reference path="../support/faults/provided.d.ts" />
import { expect, inject, it } from 'vitest';
import { withArchive } from '../support/archive/with-archive';
import { type Measured, measured, sum } from '../support/databases/scale';
import { slice } from '../support/files/samples';
import type { Billed } from '../support/platform/billed';

/*
 * What large studies cost. `npm run measure:scale` runs this with 10,000 slices, 5,000 series and 400,000 frames and prints the figures
 * of docs/measurements.md; the suite runs a short form, with the same bounds.
 */

const { slices, series, frames } = inject('scale');
const LONGEST_MS = 60 * 60 * 1000;
const STUDY = '1.2.3.4';
const PATH = `/dicomweb/studies/${STUDY}`;

withArchive();

const say = (what: string, cost: Record<string, number>) => console.info(`${what}: ${JSON.stringify(cost)}`);
const small = { rows: 2, columns: 2 } as const;

async function ok(subject: Measured, path: string): Promise<Response> {
  const answer = await subject.client.fetch(path);
  expect([answer.status, path]).toEqual([200, path]);
  return answer;
}

it(
  'a series that arrives one slice a request: a store costs the same, and merging n slices less than 2 n log n',
  async () => {
    const subject = measured();
    const uids = { studyInstanceUID: STUDY, seriesInstanceUID: '1.2.3.4.0' };
    const stores: (Billed & { bytes: number })[] = [];
    const merges: (Billed & { bytes: number })[] = [];
    for (let n = 1; n <= slices; n += 1) {
      const file = slice({ sop: `1.2.3.4.0.${n}`, instanceNumber: n, ...small });
      stores.push(await subject.costOf(async () => expect((await subject.client.store([file])).status).toBe(200)));
      if (n % 5 === 0) merges.push(await subject.costOf(() => subject.merge(uids, n === slices)));
      if ([100, 1000, slices].includes(n)) {
        say(`stores of ${n}`, { ...sum(stores) });
        say(`merges of ${n}`, { ...sum(merges) });
      }
    }
    const last = stores.slice(-20);
    const first = stores.slice(20, 40);
    expect(new Set(stores.slice(2).map(({ d1 }) => d1))).toEqual(new Set([1]));
    // The segments of the series are counted: a few more, by the tiers.
    expect(sum(last).rowsRead).toBeLessThan(2 * sum(first).rowsRead);
    expect(sum(last).rowsWritten).toBeLessThanOrEqual(1.1 * sum(first).rowsWritten);
    const merged = sum(merges);
    const most = 2 * slices * Math.log2(slices);
    expect(merged.rowsWritten).toBeLessThan(most);
    expect(merged.rowsRead).toBeLessThan(6 * most);
    const metadata = await subject.costOf(() => ok(subject, `${PATH}/series/1.2.3.4.0/metadata`));
    say('metadata of the series', { ...metadata });
    expect(metadata.d1).toBe(1);
    expect(metadata.classB).toBeLessThanOrEqual(1);
    // Each byte of the metadata is written once for each tier.
    const { objects } = await subject.client.bindings.bucket.list({ prefix: `${subject.client.prefix}/metadata/` });
    // Short metadata is in the index.
    const whole = Math.max(1, ...objects.map(({ size }) => size));
    say('bytes of the merged metadata', { bytes: whole, times: merged.bytes / whole });
    expect(merged.bytes).toBeLessThan(2 * Math.log2(slices) * whole);
  },
  LONGEST_MS,
);

it(
  'a study of many series: its list, its metadata and one more series',
  async () => {
    const subject = measured();
    const file = (n: number) => slice({ series: `1.2.3.4.${n}`, sop: `1.2.3.4.${n}.1`, ...small });
    const together = Math.min(100, series);
    const stores: (Billed & { bytes: number })[] = [];
    for (let from = 1; from <= series; from += together) {
      const files = Array.from({ length: Math.min(together, series - from + 1) }, (_, at) => file(from + at));
      stores.push(await subject.costOf(async () => expect((await subject.client.store(files)).status).toBe(200)));
    }
    say(`first store of ${together} series`, { ...stores[0] });
    say(`last store of ${together} series`, { ...stores.at(-1) });
    const one = await subject.costOf(async () => {
      expect((await subject.client.store([file(series + 1)])).status).toBe(200);
    });
    say('store of one more series', { ...one });
    // No other series of the study is read.
    expect(one.rowsRead).toBeLessThan(130);
    const list = await subject.costOf(async () => {
      const answer = await ok(subject, `${PATH}/series?includefield=0008103E,00080021&limit=${series + 1}`);
      expect(await answer.json()).toHaveLength(series + 1);
    });
    say('list of the series', { ...list });
    // Of more than 1,000 series, the rows after the first ones are read by their numbers.
    expect(list.rowsRead).toBeLessThan((series > 1000 ? 8 : 5) * series + 50);
    const page = await subject.costOf(() => ok(subject, `${PATH}/series?limit=100`));
    say('first 100 series', { ...page });
    const study = await subject.costOf(() => ok(subject, '/dicomweb/studies?limit=101'));
    say('the study in the list', { ...study });
    expect(study.rowsRead).toBeLessThan(60);
    const opened = await subject.costOf(() => ok(subject, `${PATH}/series/1.2.3.4.1/metadata`));
    say('metadata of one series', { ...opened });
    expect(opened.rowsRead).toBeLessThan(60);
    const all = await subject.costOf(() => ok(subject, `${PATH}/metadata`));
    say('metadata of the study', { ...all });
    expect(all.d1).toBe(1);
    expect(all.rowsRead).toBeLessThan(6 * series + 50);
    const thumbnail = await subject.costOf(() => ok(subject, `${PATH}/thumbnail`));
    say('thumbnail of the study', { ...thumbnail });
  },
  LONGEST_MS,
);

it(
  'a slide of many frames: what a viewer reads of it does not grow with them',
  async () => {
    const subject = measured();
    const fragments = Array.from({ length: frames }, (_, at) => Uint8Array.of(at & 255, at >> 8, at >> 16, 1));
    const file = slice({
      ...small,
      transferSyntaxUID: '1.2.840.10008.1.2.5',
      fragments,
      elements: [[0x00280008, 'IS', String(frames)]],
    });
    const store = await subject.costOf(async () => expect((await subject.client.store([file])).status).toBe(200));
    say(`store of ${frames} frames, ${file.length} bytes`, { ...store });
    // Those of a new study in an empty archive.
    expect(store.rowsWritten).toBeLessThan(300);
    const instance = `${PATH}/series/1.2.3.4.0/instances/1.2.3.4.1`;
    const metadata = await subject.costOf(() => ok(subject, `${instance}/metadata`));
    say('metadata', { ...metadata });
    const { operations } = subject.client;
    operations.r2Reads.length = 0;
    const numbers = [1, Math.ceil(frames / 2), frames];
    const some = await subject.costOf(async () => {
      for (const number of numbers) await ok(subject, `${instance}/frames/${number}`);
    });
    say('three frames, one a request', { ...some });
    expect(some.d1).toBe(1);
    const read = operations.r2Reads.reduce((bytes, { length = Number.POSITIVE_INFINITY }) => bytes + length, 0);
    say('bytes read for them', { bytes: read, reads: operations.r2Reads.length });
    expect(read).toBeLessThan(1000);
    const list = await subject.costOf(() => ok(subject, `${instance}/frames/${numbers.join(',')}`));
    say('a list of three frames', { ...list });
  },
  LONGEST_MS,
);
