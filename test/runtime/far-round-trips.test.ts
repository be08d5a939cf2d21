import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { bearer, create } from '../support/access/key-deployment';
import { withArchive } from '../support/archive/with-archive';
import { type FarAway, type FarIsolate, farAway } from '../support/databases/far-away';
import { slice } from '../support/files/samples';

/*
 * How often a viewer that is far from the primary waits for it: 150 ms, where a replica answers in 10. Round trips are counted, and
 * the clock stands still unless the test moves it. docs/measurements.md has the table.
 */

const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = `${STUDY}/series/1.2.3.4.0`;
const SLICES = 12;

let deployment: FarAway;
let far: FarIsolate;
let reader: RequestInit;

withArchive();

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  deployment = await farAway('');
  const near = deployment.isolate();
  const files = Array.from({ length: SLICES }, (_, n) => slice({ sop: `1.2.3.4.${n + 1}` }));
  expect((await near.store(files)).status).toBe(200);
  expect((await near.store([slice({ study: '1.2.3.5', series: '1.2.3.5.0', sop: '1.2.3.5.1' })])).status).toBe(200);
  reader = bearer((await create(near, { name: 'Viewer', roles: ['reader'] })).key);
  // The isolate is not new: it knows that there is a replica, and has noted the use of the key.
  far = deployment.locked();
  await far.fetch('/dicomweb/studies', reader);
  later(60_000);
  await deployment.replica.catchUp();
});
afterEach(() => {
  vi.useRealTimers();
});

const later = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** The round trips of requests that follow each other. */
async function tripsOf(...paths: string[]): Promise<{ primary: number; replica: number }> {
  Object.assign(far.trips, { primary: 0, replica: 0 });
  for (const path of paths) expect((await far.fetch(path, reader)).status).toBe(200);
  const { primary, replica } = far.trips;
  return { primary, replica };
}

const frame = (n: number) => `${SERIES}/instances/1.2.3.4.${n}/frames/1`;
const others = Array.from({ length: SLICES - 1 }, (_, n) => frame(n + 2));

it('a viewer asks the primary for its key alone, and the replica for the rest; a scroll asks neither', async () => {
  expect(await tripsOf('/dicomweb/studies?limit=101')).toEqual({ primary: 1, replica: 1 });
  expect(await tripsOf(`${STUDY}/series`, `${SERIES}/metadata`)).toEqual({ primary: 0, replica: 2 });
  expect(await tripsOf(frame(1))).toEqual({ primary: 0, replica: 1 });
  expect(await tripsOf(...others)).toEqual({ primary: 0, replica: 0 });
});

it('the places of frames are read again from the replica, in the background', async () => {
  await tripsOf(frame(1));
  later(1500);
  expect(await tripsOf(...others)).toEqual({ primary: 0, replica: 1 });
});

it('the primary is asked again in the background, before the replica may be too far behind', async () => {
  await tripsOf(frame(1));
  later(6000);
  expect(await tripsOf(`${STUDY}/series`)).toEqual({ primary: 1, replica: 1 });
  later(6000);
  expect(await tripsOf(`${STUDY}/series`)).toEqual({ primary: 1, replica: 1 });
});

it('a read after a pause is the one that waits for the primary', async () => {
  await tripsOf(frame(1));
  later(15_000);
  expect(await tripsOf(`${STUDY}/series`)).toEqual({ primary: 1, replica: 0 });
  expect(await tripsOf(`${SERIES}/metadata`, frame(2), frame(3))).toEqual({ primary: 0, replica: 2 });
});

it('a list of several pages keeps its mark at the primary', async () => {
  await tripsOf(frame(1));
  expect(await tripsOf('/dicomweb/studies?limit=1')).toEqual({ primary: 1, replica: 1 });
  expect(await tripsOf('/dicomweb/studies?limit=1')).toEqual({ primary: 0, replica: 1 });
  expect(await tripsOf('/dicomweb/studies?limit=1&offset=1')).toEqual({ primary: 1, replica: 1 });
});
