import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const STUDY = '1.2.3';
const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
vi.stubGlobal('document', document);
vi.stubGlobal('window', { location: { search: `?StudyInstanceUIDs=${STUDY}` } });
const { Arrivals } = await import('../../../viewer/not-shown/arrivals.mjs');

/** What the archive has of the study's series; undefined: it does not answer. */
let instances: number | undefined;
let asked = 0;
const shown: string[] = [];
const notifications = { show: ({ message }: { message: string }) => shown.push(message), hide: () => undefined };
const arrivals = new Arrivals('', () => new Map([['1.2.3.4', 2]]), notifications);

beforeEach(() => {
  vi.useFakeTimers();
  [instances, asked] = [2, 0];
  shown.length = 0;
  vi.stubGlobal('fetch', async (url: string) => {
    asked += 1;
    expect(url).toBe(`/dicomweb/studies/${STUDY}/series`);
    if (instances === undefined) throw new TypeError('no answer');
    return Response.json([{ '0020000E': { Value: ['1.2.3.4'] }, '00201209': { Value: [instances] } }]);
  });
  arrivals.begin();
});
afterEach(() => {
  arrivals.end();
  vi.useRealTimers();
});

const minutes = (count: number) => vi.advanceTimersByTimeAsync(count * 60_000);
const move = () => document.dispatchEvent(new Event('pointermove'));

it('does not keep a session alive: a page that is left alone asks when it is opened, and then no more', async () => {
  await minutes(0.2);
  expect(asked).toBe(1);
  move();
  await minutes(120);
  expect(asked).toBe(2);
});

it('asks when the user comes back, and tells of what has arrived', async () => {
  await minutes(60);
  instances = 5;
  expect(shown).toEqual([]);
  move();
  await minutes(0);
  expect(shown).toEqual(['3 more images of this study have arrived. They are not shown yet.']);
});

it('asks at intervals while the user is there, less and less often', async () => {
  for (let seconds = 0; seconds < 3600; seconds += 10) {
    move();
    await minutes(1 / 6);
  }
  expect(asked).toBeGreaterThan(10);
  expect(asked).toBeLessThan(20);
});

it('tells of what arrived since the page was opened, also if the archive did not answer then', async () => {
  arrivals.end();
  instances = undefined;
  arrivals.begin();
  await minutes(0.1);
  instances = 3;
  move();
  await minutes(2);
  expect(shown).toEqual(['One more image of this study has arrived. It is not shown yet.']);
});

it('tells of the same images once, also if the archive did not answer in between', async () => {
  for (const now of [3, undefined, 3]) {
    instances = now;
    move();
    await minutes(6);
  }
  expect(shown).toHaveLength(1);
});
