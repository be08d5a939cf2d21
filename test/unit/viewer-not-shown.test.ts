import { describe, expect, it } from 'vitest';
import { kindText } from '../../viewer/not-shown/kinds.mjs';
import { leftOut } from '../../viewer/not-shown/left-out.mjs';
import {
  blank,
  imageFailed,
  isUnread,
  isWithoutPixels,
  nothingToShow,
  unread,
  unsupported,
  withoutImages,
} from '../../viewer/not-shown/words.mjs';

const STORAGE = '1.2.840.10008.5.1.4.1.1.';

/** What OHIF calls a display set. */
const series = (end: string, more = {}) => ({
  displaySetInstanceUID: end,
  SOPClassUID: STORAGE + end,
  Modality: 'OT',
  SeriesDescription: end,
  instances: [{ SOPClassUID: STORAGE + end, SOPInstanceUID: '1.2' }],
  ...more,
});

describe('what the viewer does not show', () => {
  it.each([
    [`${STORAGE}481.5`, /radiotherapy/],
    [`${STORAGE}66`, /raw data/],
    [`${STORAGE}66.1`, /registration/],
    [`${STORAGE}11.1`, /presentation state/],
    [`${STORAGE}104.3`, /three-dimensional model/],
    ['1.2.840.10008.5.1.4.34.7', /does not know objects of this kind \(SOP class 1\.2\.840/],
    ['1.3.12.2.1107.5.9.1', /manufacturer's own kind/],
    [undefined, /not known/],
  ])('is named by its SOP class %s', (uid, words) => {
    expect(kindText(uid)).toMatch(words);
  });

  it('is given by the archive where the archive makes a page or a picture of it', () => {
    expect(unsupported(series('88.67')).rendered).toMatchObject([{ kind: 'report' }]);
    const image = { SOPClassUID: '1.3.12.2', SOPInstanceUID: '1.2', Rows: 4, PixelData: {} };
    expect(unsupported(series('x', { instances: [image] })).rendered).toMatchObject([{ kind: 'picture' }]);
    expect(unsupported(series('481.5')).rendered).toBeUndefined();
    // A measurement report whose images are not here: OHIF has a viewport for it, which stays empty.
    expect(blank(series('88.33', { instances: [], SOPInstanceUID: '1.2' })).rendered).toMatchObject([
      { kind: 'report' },
    ]);
  });

  it('are images without pixels', () => {
    const instances = [{ Rows: 4 }, { Rows: 4 }];
    expect(isWithoutPixels(instances)).toBe(true);
    expect(isWithoutPixels([...instances, { Rows: 4, PixelData: {} }])).toBe(false);
    expect(isWithoutPixels([{}])).toBe(false);
    expect(unsupported(series('2', { instances })).texts[0]).toContain('without pixels');
  });

  it('is listed for a study of several series', () => {
    const plan = series('481.5', { unsupported: true });
    expect(nothingToShow([plan]).title).toBe('OT 481.5 cannot be shown here');
    const { texts } = nothingToShow([plan, series('481.3', { isOverlayDisplaySet: true })]);
    expect(texts).toHaveLength(3);
    expect(nothingToShow(Array.from({ length: 20 }, () => plan)).texts.at(-1)).toBe('And 8 more series.');
    expect(withoutImages(series('481.3')).texts[1]).toContain('not in the studies that are open');
  });

  it.each([
    [{ status: 0 }, /cannot be reached/, true],
    [{ status: 503, detail: 'The archive is busy.' }, /^The archive is busy\.$/, true],
    [{ status: 404 }, /deleted or moved/, true],
    [{ status: 410 }, /deleted or moved/, true],
    [{ status: 406, detail: 'No decoder.' }, /^No decoder\.$/, undefined],
    [{ message: 'bad marker' }, /cannot be decoded.* bad marker/, undefined],
  ])('says why an image is not there: %j', (failure, words, again) => {
    const said = imageFailed(failure, series('2'));
    expect([said.texts[0], said.again]).toEqual([expect.stringMatching(words), again]);
  });
});

it.each([
  [{}, undefined],
  [{ VOILUTSequence: [] }, undefined],
  [{ VOILUTSequence: [{}] }, /: its table of grey values \(VOI LUT\) is not applied\.$/],
  [{ '60003000': {}, '60000010': 4 }, /: its overlays are not drawn\.$/],
  [Object.create({ '60003000': {} }), /: its overlays are not drawn\.$/],
  [{ OverlayData: {} }, /: its overlays are not drawn\.$/],
  [{ '60000010': 4 }, undefined],
  [{ PixelAspectRatio: [2, 1] }, /: its pixels are not square, and are drawn as squares\.$/],
  [{ PixelAspectRatio: ['1', '1'] }, undefined],
  [{ PixelAspectRatio: [2, 1], ImagerPixelSpacing: [1, 2] }, undefined],
  [{ '60023000': {}, VOILUTSequence: [{}] }, /VOI LUT.*; its overlays/],
])('of an image with %o, the viewer says what it leaves out', (instance, words) => {
  if (words === undefined) expect(leftOut(instance)).toBeUndefined();
  else expect(leftOut(instance)).toMatch(words);
});

it('a segmentation that OHIF gave up reading is one that cannot be shown', () => {
  const series = { displaySetInstanceUID: '1', Modality: 'SEG', SOPClassUID: `${STORAGE}66.4` };
  const loadingPromise = Promise.resolve();
  expect(isUnread(series)).toBe(false);
  expect(isUnread({ ...series, loadingPromise, loading: true })).toBe(false);
  expect(isUnread({ ...series, loadingPromise, loading: false, isLoaded: true })).toBe(false);
  expect(isUnread({ ...series, loadingPromise, loading: false })).toBe(true);
  expect(unread(series)).toMatchObject({ title: 'SEG cannot be shown here', files: [series] });
});
