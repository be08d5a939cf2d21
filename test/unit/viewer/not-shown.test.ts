import { describe, expect, it } from 'vitest';
import { displaySetsOf, notTaken } from '../../../viewer/not-shown/contents.mjs';
import { imageFailed } from '../../../viewer/not-shown/image-words.mjs';
import { kindText } from '../../../viewer/not-shown/kinds.mjs';
import { leftOut, leftOutOfCurves } from '../../../viewer/not-shown/left-out.mjs';
import {
  blank,
  isUnread,
  nothingChosen,
  nothingToShow,
  ofSeries,
  unread,
  unsupported,
  withoutImages,
} from '../../../viewer/not-shown/words.mjs';

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

const GROUP = { WaveformData: {}, NumberOfWaveformChannels: 2, NumberOfWaveformSamples: 10 };

/** A viewer of OHIF that makes one display set of what it gets. */
const EACH = { getDisplaySetsFromSeries: (instances: object[]) => [{ instances }] };

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

  it.each([
    ['2', {}, /images without pixels/],
    ['x', { Rows: 4 }, /images without pixels/],
    ['77.1.6', { Rows: 4 }, /slide of pathology that was sent without its pixels/],
    ['77.1.4.1', {}, /video that was sent without its stream/],
    ['4.2', { Rows: 1 }, /spectrum of magnetic resonance that was sent without its data/],
    ['66.4', {}, /segmentation that was sent without its pixels/],
    ['104.1', {}, /without its document/],
    ['9.1.1', {}, /sent without its curves/],
    ['9.1.1', { WaveformSequence: [] }, /sent without its curves/],
    ['9.1.1', { WaveformSequence: [{ ...GROUP, WaveformData: undefined }] }, /sent without its curves/],
    ['9.1.1', { WaveformSequence: [{ ...GROUP, NumberOfWaveformSamples: 0 }] }, /sent without its curves/],
    ['9.1.2', { WaveformSequence: [{ ...GROUP, WaveformBitsAllocated: 8 }] }, /samples of 8 bits \(SS\)/],
    ['9.2.1', { WaveformSequence: [{ ...GROUP, WaveformSampleInterpretation: 'US' }] }, /of 16 bits \(US\)/],
  ])('is a %s with %j, and what it lacks is said', (end, attributes, words) => {
    const instances = [{ SOPClassUID: STORAGE + end, ...attributes }];
    expect(unsupported(series(end, { instances, isRefused: true })).texts).toEqual([
      expect.stringMatching(words),
      'It is kept in the archive as it was sent.',
    ]);
    expect(displaySetsOf(EACH, instances)).toEqual([]);
    expect(nothingToShow([series(end, { instances }), series('481.5')]).texts[0]).toMatch(words);
  });

  it('is a spectrum, which has rows and no pixels', () => {
    const spectrum = { SOPClassUID: `${STORAGE}4.2`, Rows: 1, SpectroscopyData: {} };
    expect(unsupported(series('4.2', { instances: [spectrum] })).texts[0]).toMatch(
      /^This is a spectrum .* reads it\.$/,
    );
  });

  it('is listed for a study of several series', () => {
    const plan = series('481.5', { unsupported: true });
    expect(nothingToShow([plan]).title).toBe('OT 481.5 cannot be shown here');
    const { texts } = nothingToShow([plan, series('481.3', { isOverlayDisplaySet: true })]);
    expect(texts).toHaveLength(3);
    expect(nothingToShow(Array.from({ length: 20 }, () => plan)).texts.at(-1)).toBe('And 8 more series.');
    expect(withoutImages(series('481.3')).texts[1]).toContain('not in the studies that are open');
  });

  it('is said of a layout that no series fits, and of no layout that shows something', () => {
    const images = series('2');
    const [empty, full] = [{ displaySetInstanceUIDs: [] }, { displaySetInstanceUIDs: ['1'] }];
    expect(nothingChosen([images], [empty, empty, empty])).toMatchObject({
      title: 'No series of this study fits this layout',
      plain: true,
    });
    expect(nothingChosen([images], [empty, full])).toBeUndefined();
    const plan = series('481.5', { unsupported: true });
    expect(nothingChosen([plan], [empty, empty])).toEqual(nothingToShow([plan]));
    expect(nothingChosen([images], [empty])).toEqual(nothingToShow([images]));
  });

  it.each([
    [{ status: 0 }, /cannot be reached/, true],
    [{ status: 503, detail: 'The archive is busy.' }, /^The archive is busy\.$/, true],
    [{ status: 404 }, /deleted or moved, or you may no longer see it/, true],
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
  [{ VOILUTSequence: [{}], WindowCenter: 0, WindowWidth: [1] }, undefined],
  [{ VOILUTSequence: [{}], WindowCenter: null, WindowWidth: '' }, /VOI LUT/],
  [{ ModalityLUTSequence: [{}] }, /: its table of values \(Modality LUT\) is not applied\.$/],
  [{ '60003000': {}, '60000010': 4, '60000011': 4 }, /: its overlays are not drawn\.$/],
  [Object.create({ '60000010': 4, '60000011': 4 }), /: its overlays are not drawn\.$/],
  [{ '60000010': 4 }, undefined],
  [{ PixelAspectRatio: [2, 1] }, /: its pixels are not square, and are drawn as squares\.$/],
  [{ PixelAspectRatio: ['1', '1'] }, undefined],
  [{ ShutterShape: ['RECTANGULAR', 'CIRCULAR'] }, /: its shutter is not drawn\.$/],
  [{ ShutterShape: null }, undefined],
  [{ PixelAspectRatio: [2, 1], ImagerPixelSpacing: [1, 2] }, undefined],
  [{ '60020010': 4, '60020011': 4, VOILUTSequence: [{}] }, /VOI LUT.*; its overlays/],
])('of an image with %o, the viewer says what it leaves out', (instance, words) => {
  if (words === undefined) expect(leftOut(instance, false)).toBeUndefined();
  else expect(leftOut(instance, false)).toMatch(words);
});

it('overlays that are drawn are not left out', () => {
  expect(leftOut({ '60000010': 4, '60000011': 4, '60003000': {} }, true)).toBeUndefined();
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

it.each([
  [
    'Individual SEG frames have different geometry dimensions (Rows and Columns) respect to the source',
    'other rows or columns than the images',
  ],
  ['Segmentations orthogonal to the acquisition plane of the source data are not yet', 'across the images'],
  ['Segmentations oblique to the acquisition plane of the source data', 'at an angle to the images'],
  ['Individual SEG frames are out of plane with respect to the first SEG frame. This', 'at an angle to the images'],
  ['Fractional segmentations are not yet supported', 'It is fractional'],
  ['no pixels', 'damaged, or of a kind that this viewer does not know. It says: no pixels'],
  ['', 'damaged, or of a kind that this viewer does not know.'],
])('a segmentation that was not read because "%s" has the reason in words', async (message, words) => {
  const loadingPromise = message === '' ? Promise.resolve() : Promise.reject(new Error(message));
  const series = { displaySetInstanceUID: '1', Modality: 'SEG', loadingPromise, loading: false };
  expect(ofSeries(series)).toBeUndefined();
  await loadingPromise.catch(() => undefined);
  const { texts } = ofSeries(series) as { texts: string[] };
  expect(texts[1]).toContain(words);
});

it('a parametric map that OHIF gave up reading says why', () => {
  const map = { displaySetInstanceUID: '1', Modality: 'CT', SOPClassUID: `${STORAGE}30`, loading: false };
  expect(ofSeries({ ...map, isLoaded: false })).toMatchObject({ files: [{ SOPClassUID: map.SOPClassUID }] });
  expect(ofSeries({ ...map, isLoaded: true })).toBeUndefined();
  expect(ofSeries({ ...map, loading: true, isLoaded: false })).toBeUndefined();
});

it('a report says which of its measurements are not drawn, or is shown as the page of the archive', () => {
  const [flat, inSpace] = [{ coords: [{ ValueType: 'SCOORD' }] }, { coords: [{ ValueType: 'SCOORD3D' }] }];
  const report = { displaySetInstanceUID: '1', Modality: 'SR', SOPClassUID: `${STORAGE}88.34`, SOPInstanceUID: '1.2' };
  const of = (measurements: object[] | null, more = {}) =>
    ofSeries({ ...report, isLoaded: true, isRehydratable: false, measurements, ...more });
  expect(of([inSpace, inSpace])).toMatchObject({ rendered: [{ instance: { SOPInstanceUID: '1.2' }, kind: 'report' }] });
  expect(of([flat, inSpace])).toMatch(/^1 of 2 measurements .* three dimensions/);
  expect(of([flat, { coords: [] }])).toBeUndefined();
  expect(of([])).toBeUndefined();
  expect(of(null)).toBeUndefined();
  expect(
    of([
      { ...flat, outlines: 3 },
      { ...flat, outlines: 1 },
    ]),
  ).toBe('1 of 2 measurements of this report has several outlines: this viewer draws the first one alone.');
  expect(of([{ ...flat, outlines: 2 }], { isRehydratable: true })).toMatch(/^1 of 1 measurements/);
  // OHIF takes over what its own tools measured.
  expect(of([inSpace], { isRehydratable: true })).toBeUndefined();
  expect(of([inSpace], { isLoaded: false })).toBeUndefined();
});

describe('what is given to a viewer of OHIF', () => {
  const all = (end: string, ...more: object[]) => more.map((one) => ({ SOPClassUID: STORAGE + end, ...one }));
  const given = (end: string, ...more: object[]) =>
    displaySetsOf(EACH, all(end, ...more)).map(({ instances }) => instances.map(({ at }: { at: number }) => at));

  it('is a stack as a whole, with the places of images without pixels', () => {
    expect(given('2', { at: 1, PixelData: {} }, { at: 2 }, { at: 3, PixelData: {} })).toEqual([[1, 2, 3]]);
  });

  it('is without instances that are shown by themselves and lack their content', () => {
    expect(given('104.1', { at: 1 }, { at: 2, EncapsulatedDocument: {} })).toEqual([[2]]);
    expect(given('9.1.1', { at: 1, WaveformSequence: [GROUP] }, { at: 2 })).toEqual([[1]]);
    expect(given('77.1.6', { at: 1, PixelData: {} }, { at: 2, Rows: 1 }, { at: 3, PixelData: {} })).toEqual([[1, 3]]);
  });

  it('is each report, segmentation or structure set of a series by itself, the newest first', () => {
    const old = { at: 1, ContentDate: '20240101', ContentTime: '10', PixelData: {} };
    const fresh = { at: 2, ContentDate: '20240101', ContentTime: '11', PixelData: {} };
    for (const end of ['88.11', '88.34', '66.4', '30']) expect(given(end, old, fresh)).toEqual([[2], [1]]);
  });

  it('leaves the others when the viewer fails with one', () => {
    const fails = {
      getDisplaySetsFromSeries: ([one]: { at?: number }[]) => {
        if (one?.at === 1) throw new Error('out of order');
        return one?.at === 2 ? undefined : [one?.at];
      },
    };
    expect(displaySetsOf(fails, all('88.11', { at: 1 }, { at: 2 }, { at: 3 }))).toEqual([3]);
  });

  it('is listed as not shown if no display set has it', () => {
    const [one] = all('2', {});
    expect(notTaken([one], [])).toEqual([one]);
    expect(notTaken([one], [{ instances: [] }])).toEqual([one]);
    expect(notTaken([one], [{}])).toEqual([]);
  });
});

it.each([
  [1, 'uV', 1, 1, undefined],
  [0.5, 'uV', 2, 1, undefined],
  [0.001, 'mV', undefined, 1, undefined],
  [5, 'uV', 1, 1, /: the heights of the curves are not to scale: .*\.$/],
  [1, 'mV', 1, 1, /not to scale/],
  [1, undefined, 1, 1, /not to scale/],
  [1, 'uV', 1, 3, /: only the first of 3 groups of curves is drawn\.$/],
  [undefined, 'uV', 1, 2, /only the first of 2 groups.*; the heights/],
])(
  'of curves with a sensitivity of %s %s times %s, in %i groups, the viewer says what it leaves out',
  (value, unit, factor, groups, words) => {
    const channel = {
      ChannelSensitivity: value,
      ChannelSensitivityCorrectionFactor: factor,
      ...(unit && { ChannelSensitivityUnitsSequence: [{ CodeValue: unit }] }),
    };
    const instance = { WaveformSequence: Array(groups).fill({ ChannelDefinitionSequence: [channel, channel] }) };
    if (words === undefined) expect(leftOutOfCurves(instance)).toBeUndefined();
    else expect(leftOutOfCurves(instance)).toMatch(words);
  },
);
