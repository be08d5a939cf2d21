import { afterEach, describe, expect, it, vi } from 'vitest';
import { imagesInFrame, isInFrame, lackOfStructures } from '../../../viewer/not-shown/structures.mjs';

describe('a structure set', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  const refersTo = (series: object) => ({
    ReferencedFrameOfReferenceSequence: [
      { FrameOfReferenceUID: '1.1', RTReferencedStudySequence: [{ RTReferencedSeriesSequence: [series] }] },
    ],
  });
  const outlines = { ROIContourSequence: [{}, { ContourSequence: [{}] }] };

  it('lacks outlines, or the series on which they are drawn, or nothing', () => {
    expect(lackOfStructures(refersTo({}))).toContain('without its outlines');
    expect(lackOfStructures({ ROIContourSequence: [{}] })).toContain('without its outlines');
    expect(lackOfStructures(outlines)).toContain('does not say on which');
    expect(lackOfStructures({ ...outlines, ...refersTo({}) })).toBeUndefined();
    expect(lackOfStructures({ ...outlines, ReferencedSeriesSequence: [{}] })).toBeUndefined();
  });

  const image = (sop: string, frame?: string) => ({
    SOPClassUID: '1.2',
    SOPInstanceUID: sop,
    ...(frame && { FrameOfReferenceUID: frame }),
  });

  it('is drawn on the images of its series in its frame of reference, when the page has them', () => {
    const instances = [image('1', '1.1'), image('2', '1.2'), image('3')];
    const displaySetService = { getDisplaySetsForSeries: (uid: string) => (uid === '9' ? [{ instances }, {}] : []) };
    vi.stubGlobal('services', { displaySetService });
    expect(imagesInFrame('9', '1.1')).toEqual([{ ReferencedSOPClassUID: '1.2', ReferencedSOPInstanceUID: '1' }]);
    expect(imagesInFrame('9', undefined)).toEqual([]);
    expect(imagesInFrame('8', '1.1')).toEqual([]);
  });

  it('is drawn on a series that comes later, if it names its images or they are in its frame of reference', () => {
    const unnamed = refersTo({ SeriesInstanceUID: '9' });
    expect(isInFrame(unnamed, { SeriesInstanceUID: '9', instances: [image('1', '1.1')] })).toBe(true);
    expect(isInFrame(unnamed, { SeriesInstanceUID: '9', instances: [image('1', '1.2'), image('2')] })).toBe(false);
    const named = refersTo({ SeriesInstanceUID: '9', ContourImageSequence: [{}] });
    expect(isInFrame(named, { SeriesInstanceUID: '9', instances: [image('1', '1.2')] })).toBe(true);
  });
});
