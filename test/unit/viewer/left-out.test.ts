import { expect, it } from 'vitest';
import { leftOut, leftOutOfCurves } from '../../../viewer/not-shown/left-out.mjs';

it('of curves with a baseline, the viewer says that it leaves it out', () => {
  const channel = { ChannelSensitivity: 1, ChannelSensitivityUnitsSequence: [{ CodeValue: 'uV' }] };
  const said = (ChannelBaseline: unknown) =>
    leftOutOfCurves({ WaveformSequence: [{ ChannelDefinitionSequence: [channel, { ...channel, ChannelBaseline }] }] });
  expect(said('500')).toMatch(/: the curves are not at their heights: the baseline of the channels is not added\.$/);
  expect(['0', '', null, undefined].map(said)).toEqual([undefined, undefined, undefined, undefined]);
});

it('of frames whose mask is to be subtracted, the viewer says that it does not', () => {
  const said = (mode: string | undefined, ...masks: string[]) =>
    leftOut(
      { RecommendedViewingMode: mode, MaskSubtractionSequence: masks.map((MaskOperation) => ({ MaskOperation })) },
      true,
    );
  for (const mask of ['AVG_SUB', 'TID', 'REV_TID'])
    expect(said('SUB', mask)).toBe('This image is not shown as it was meant: its mask is not subtracted.');
  expect(said('SUB', 'NONE', 'AVG_SUB')).toMatch(/mask/);
  expect([said('NAT', 'AVG_SUB'), said(undefined, 'AVG_SUB'), said('SUB', 'NONE'), said('SUB')]).toEqual(
    Array.from({ length: 4 }),
  );
});

it('of an image with the Rescale Slope 0, the viewer says that its pixels are alike', () => {
  const said = (RescaleSlope: unknown) => leftOut({ RescaleSlope }, true);
  for (const zero of [0, '0', '0.0'])
    expect(said(zero)).toMatch(/: its Rescale Slope of 0 makes all its pixels alike\.$/);
  expect([1, '2', -0.5, '', null, undefined].map(said)).toEqual(Array.from({ length: 6 }));
});
