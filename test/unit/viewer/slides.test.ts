import { describe, expect, it } from 'vitest';
import { displaySetsOf } from '../../../viewer/not-shown/contents.mjs';
import { isBesideSlide, leftOutOfSlide, slideFor } from '../../../viewer/ohif/slides.mjs';

/** PS3.3 C.8.12.4: a level of 3 by 2 tiles. */
const LEVEL = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.77.1.6',
  SOPInstanceUID: '1.1',
  ImageType: ['ORIGINAL', 'PRIMARY', 'VOLUME', 'NONE'],
  DimensionOrganizationType: 'TILED_FULL',
  TotalPixelMatrixColumns: 20,
  TotalPixelMatrixRows: 16,
  Columns: 8,
  Rows: 8,
  NumberOfFrames: 6,
  NumberOfOpticalPaths: 1,
  OpticalPathSequence: [{ OpticalPathIdentifier: 'one' }],
  SharedFunctionalGroupsSequence: [{ PixelMeasuresSequence: [{ PixelSpacing: [0.001, 0.001] }] }],
  PixelData: {},
};

const part = (number: number, offset: number, frames: number) => ({
  ...LEVEL,
  SOPInstanceUID: `1.${number}`,
  NumberOfFrames: frames,
  ConcatenationUID: '1.9',
  InConcatenationNumber: number,
  InConcatenationTotalNumber: 2,
  ConcatenationFrameOffsetNumber: offset,
});

const frame = (column: number, row: number, height = 0, path?: string) => ({
  PlanePositionSlideSequence: [
    {
      ColumnPositionInTotalImagePixelMatrix: column,
      RowPositionInTotalImagePixelMatrix: row,
      ZOffsetInSlideCoordinateSystem: height,
    },
  ],
  ...(path && { OpticalPathIdentificationSequence: [{ OpticalPathIdentifier: path }] }),
});

const sparse = (...frames: object[]) => ({
  ...LEVEL,
  DimensionOrganizationType: 'TILED_SPARSE',
  NumberOfFrames: frames.length,
  PerFrameFunctionalGroupsSequence: frames,
});

/** The position of each frame that has one, and its optical path, as the viewer reads them. */
// biome-ignore lint/suspicious/noExplicitAny: attributes by their names
const placesOf = (instance: any): unknown[] =>
  // biome-ignore lint/suspicious/noExplicitAny: attributes by their names
  instance.PerFrameFunctionalGroupsSequence.map((item: any) => [
    item.PlanePositionSlideSequence[0].ColumnPositionInTotalImagePixelMatrix,
    item.PlanePositionSlideSequence[0].RowPositionInTotalImagePixelMatrix,
    item.OpticalPathIdentificationSequence?.[0].OpticalPathIdentifier,
  ]);

const NOWHERE = (path?: string) => [0, 0, path];

describe('a slide', () => {
  it('is left as it is where the viewer reads it rightly', () => {
    expect(slideFor(LEVEL, [LEVEL])).toBe(LEVEL);
    const tiles = sparse(frame(1, 1), frame(9, 1, 0.01), frame(1, 1, 0, 'two'));
    expect(slideFor(tiles, [tiles])).toBe(tiles);
    const image = { SOPClassUID: '1.2', DimensionOrganizationType: 'TILED_FULL', ConcatenationUID: '1' };
    expect(slideFor(image, [image])).toBe(image);
  });

  it('in a concatenation has the tiles of each part where they belong', () => {
    const parts = [part(1, 0, 4), part(2, 4, 2)];
    const [first, second] = parts.map((one) => slideFor(one, parts));
    const onFirst = [
      [1, 1, 'one'],
      [9, 1, 'one'],
      [17, 1, 'one'],
      [1, 9, 'one'],
    ];
    expect(placesOf(first)).toEqual(onFirst);
    expect(placesOf(second)).toEqual([
      [9, 9, 'one'],
      [17, 9, 'one'],
    ]);
    expect(second).toMatchObject({
      DimensionOrganizationType: 'TILED_SPARSE',
      SOPInstanceUIDOfConcatenationSource: '1.9',
    });
    expect(parts[1]).toMatchObject({ DimensionOrganizationType: 'TILED_FULL' });
  });

  it('with focal planes has the lowest plane of each optical path', () => {
    const paths = {
      NumberOfOpticalPaths: 2,
      OpticalPathSequence: ['one', 'two'].map((OpticalPathIdentifier) => ({ OpticalPathIdentifier })),
    };
    const planes = { ...LEVEL, ...paths, TotalPixelMatrixFocalPlanes: 2, NumberOfFrames: 24 };
    const places = placesOf(slideFor(planes, [planes]));
    expect(places.slice(6, 12)).toEqual(Array(6).fill(NOWHERE('one')));
    expect(places.slice(12, 14)).toEqual([
      [1, 1, 'two'],
      [9, 1, 'two'],
    ]);
    expect(places.slice(18)).toEqual(Array(6).fill(NOWHERE('two')));
  });

  it('with frames one over another has the lowest of each place, in whichever part it is', () => {
    const parts = [
      { ...sparse(frame(1, 1, 0.02), frame(9, 1, 0.01)), ConcatenationUID: '1.9' },
      { ...sparse(frame(1, 1, 0.01)), ConcatenationUID: '1.9' },
    ];
    const [first, second] = parts.map((one) => placesOf(slideFor(one, parts)));
    expect(first).toEqual([NOWHERE(), [9, 1, undefined]]);
    expect(second).toEqual([[1, 1, undefined]]);
    expect(leftOutOfSlide(parts)).toContain('only the lowest of its 2 focal planes is drawn');
  });

  it.each([
    [[LEVEL], undefined],
    [[part(1, 0, 4), part(2, 4, 2)], undefined],
    [[{ SOPClassUID: '1.2' }], undefined],
    [[part(1, 0, 4)], /: some of its tiles are not in the archive, and are left empty\.$/],
    [[{ ...LEVEL, NumberOfFrames: 5 }], /some of its tiles/],
    [[sparse(frame(1, 1))], undefined],
    [[{ ...sparse(frame(1, 1)), InConcatenationTotalNumber: 2 }], /some of its tiles/],
    [
      [{ ...LEVEL, NumberOfFrames: 18, TotalPixelMatrixFocalPlanes: 3 }],
      /: only the lowest of its 3 focal planes is drawn\.$/,
    ],
    [
      [LEVEL, { ...LEVEL, OpticalPathSequence: [{ OpticalPathIdentifier: 'two' }] }],
      /: only the first of its 2 optical paths is drawn\.$/,
    ],
    [
      [{ ...LEVEL, SharedFunctionalGroupsSequence: [{ PixelMeasuresSequence: [{ PixelSpacing: [0.002, 0.001] }] }] }],
      /: its pixels are not square, and are drawn as squares\.$/,
    ],
  ])('of which something is left out says so: %#', (instances, words) => {
    const said = leftOutOfSlide(instances);
    if (words === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(words);
  });

  it('is given to its viewer without its label and its overview', () => {
    const handler = { getDisplaySetsFromSeries: (instances: object[]) => [{ instances }] };
    const label = { ...LEVEL, ImageType: 'ORIGINAL\\PRIMARY\\LABEL\\NONE' };
    const thumbnail = { ...LEVEL, ImageType: ['DERIVED', 'PRIMARY', 'THUMBNAIL', 'RESAMPLED'] };
    expect([LEVEL, label, thumbnail].map(isBesideSlide)).toEqual([false, true, false]);
    expect(displaySetsOf(handler, [label, LEVEL])).toEqual([{ instances: [LEVEL] }]);
    expect(displaySetsOf(handler, [label])).toEqual([]);
  });
});
