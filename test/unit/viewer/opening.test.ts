import { describe, expect, it } from 'vitest';
import { textOf } from '../../../viewer/not-shown/boundary.mjs';
import { notFirst, nothingCame, opening, somethingMissing, withoutLayout } from '../../../viewer/not-shown/opening.mjs';
import { Fresh } from '../../../viewer/ohif/fresh.mjs';

const series = (uid: string, answer: Promise<unknown> = Promise.resolve([])) => ({
  metadata: { SeriesInstanceUID: uid, Modality: 'CT', SeriesDescription: uid },
  start: () => answer,
});
const refused = (status: number, message = 'request failed') => ({ message, request: { status } });
const found = (...all: ReturnType<typeof series>[]) => ({ status: 'fulfilled' as const, value: all });
const lost = (reason: unknown) => ({ status: 'rejected' as const, reason });

describe('a study that is opened', () => {
  it('is not spoken of when all of it came', async () => {
    expect(somethingMissing(await opening([found(series('1'), series('2'))], []))).toBeUndefined();
    expect(somethingMissing(await opening([found(series('1'))], ['1']))).toBeUndefined();
  });

  it.each([
    [refused(503, 'The archive is busy.'), 'The archive is busy.'],
    [refused(502), 'The archive answered 502.'],
    [refused(410), 'It was deleted or moved, or you may not see it.'],
    [refused(0), 'The archive cannot be reached.'],
    [new TypeError('x is undefined'), 'Its attributes cannot be read: they are missing or damaged.'],
    [undefined, 'Its attributes cannot be read: they are missing or damaged.'],
  ])('names the series that did not come, and why: %j', async (reason, words) => {
    const failed = series('2', Promise.reject(reason));
    const came = await opening([found(series('1'), failed)], []);
    expect(somethingMissing(came)).toBe(`CT 2: ${words}`);
    expect(nothingCame(came)).toEqual({
      title: 'The study could not be loaded',
      texts: [`CT 2: ${words}`],
      isNamed: false,
    });
    const none = await opening([lost(reason)], []);
    expect(nothingCame(none)).toMatchObject({ title: 'The study could not be loaded', texts: [words] });
    expect(somethingMissing(none)).toBe(`A study could not be loaded: ${words}`);
  });

  it('names the series of the address that it does not have', async () => {
    const none = nothingCame(await opening([found()], ['1', '2']));
    expect(none).toMatchObject({ title: 'This series is not here', isNamed: true });
    expect(none.texts[0]).toContain('any of the series 1, 2');
    expect(somethingMissing(await opening([found(series('1'))], ['1', '2']))).toContain('the series 2');
  });

  it('may have nothing at all', async () => {
    expect(nothingCame(await opening([found()], [])).title).toBe('This study is not here');
    expect(nothingCame(await opening([found(series('1'))], [])).title).toBe('Nothing of this study can be shown');
  });
});

describe('a value of a report', () => {
  it('is text for React, whatever it is', () => {
    expect(textOf(() => 'text')).toBe('text');
    expect(textOf(() => 0)).toBe('0');
    expect(textOf(() => undefined)).toBeUndefined();
    expect(textOf(() => null)).toBeUndefined();
    expect(textOf(() => ({ BulkDataURI: '/x' }))).toContain('cannot be shown here');
    expect(
      textOf(() => {
        throw new TypeError('no unit');
      }),
    ).toContain('cannot be shown here');
  });
});

describe('an address that names what is shown first', () => {
  const fresh = new Fresh();
  fresh.ofStore({
    studies: [
      { StudyInstanceUID: '1', series: [{ SeriesInstanceUID: '1.2', instances: [{ SOPInstanceUID: '1.2.3' }] }] },
    ],
  });
  const said = (search: string) => notFirst(search, (uid) => fresh.has(uid));

  it.each([
    '?StudyInstanceUIDs=1',
    '?initialSeriesInstanceUID=1.2&initialSOPInstanceUID=1.2.3',
    '?initialsopinstanceuid=1.2.3',
    '?initialSOPInstanceUID=',
  ])('is not spoken of when it is here: %s', (search) => {
    expect(said(search)).toBeUndefined();
  });

  it('is told that it is not here', () => {
    expect(said('?initialSeriesInstanceUID=1.9')).toContain('the series 1.9, which');
    expect(said('?initialSeriesInstanceUID=1.2&initialSopInstanceUid=1.2.9')).toContain('the image 1.2.9, which');
    expect(said('?initialSeriesInstanceUID=1.9&initialSOPInstanceUID=1.2.9')).toContain(
      'the series 1.9 and the image 1.2.9, which',
    );
  });
});

it('an address is led out of its layout', () => {
  const location = { pathname: '/viewer', search: '?StudyInstanceUIDs=1.2&hangingprotocolid=mpr&archive=b' };
  expect(withoutLayout(location)).toBe('/viewer?StudyInstanceUIDs=1.2&archive=b');
});
