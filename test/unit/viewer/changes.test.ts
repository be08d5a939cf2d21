import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { deleted, gone } from '../../../viewer/not-shown/words.mjs';

/* What has happened to a series that a page has open, from the archive's answer to the question whether it is as it was. */

const SERIES = '/dicomweb/studies/1.2/series/1.2.3';
const FRAME = `wadors:${SERIES}/instances/1.2.3.4/frames/1`;
const INSTANCE = { '00080018': { Value: ['1.2.3.4'] } };

/** The request by which OHIF reads a series. */
class Read extends EventTarget {
  readonly readyState = 4;
  readonly status = 200;
  readonly response = [INSTANCE];
  getResponseHeader = () => '"1"';
  open(..._request: unknown[]): void {}
}

vi.stubGlobal('window', { location: { href: 'http://localhost/viewer' } });
vi.stubGlobal('XMLHttpRequest', Read);
const { changeOf, checkSeriesOf, forgetSeries, watchMetadata } = await import('../../../viewer/not-shown/changes.mjs');
watchMetadata();

beforeEach(() => {
  vi.useFakeTimers();
  forgetSeries();
  const request = new Read();
  request.open('GET', `${SERIES}/metadata`);
  request.dispatchEvent(new Event('readystatechange'));
});
afterEach(() => vi.useRealTimers());

it.each([
  [new Response(null, { status: 410 }), 'deleted'],
  [new Response(null, { status: 404 }), 'gone'],
  [new Response(null, { status: 503 }), undefined],
  [Response.json([INSTANCE], { headers: { ETag: '"1"' } }), undefined],
  [Response.json([{ ...INSTANCE, '00280010': { Value: [2] } }], { headers: { ETag: '"2"' } }), 'replaced'],
])('after another answer a series is as the answer says: %#', async (answer, change) => {
  vi.stubGlobal('fetch', async () => answer);
  checkSeriesOf(FRAME);
  await vi.advanceTimersByTimeAsync(1000);
  expect(changeOf('1.2.3')).toBe(change);
});

it('a series that is hidden from the user is not said to be deleted', () => {
  const series = { displaySetInstanceUID: '1', Modality: 'CT', SeriesDescription: 'Axial' };
  expect(gone(series).title).toBe('CT Axial is no longer here');
  expect(gone(series).texts[0]).toMatch(/you may no longer see it/);
  expect(deleted(series).title).toBe('CT Axial was deleted');
});
