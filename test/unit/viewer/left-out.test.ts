import { expect, it } from 'vitest';
import { leftOutOfCurves } from '../../../viewer/not-shown/left-out.mjs';

it('of curves with a baseline, the viewer says that it leaves it out', () => {
  const channel = { ChannelSensitivity: 1, ChannelSensitivityUnitsSequence: [{ CodeValue: 'uV' }] };
  const said = (ChannelBaseline: unknown) =>
    leftOutOfCurves({ WaveformSequence: [{ ChannelDefinitionSequence: [channel, { ...channel, ChannelBaseline }] }] });
  expect(said('500')).toMatch(/: the curves are not at their heights: the baseline of the channels is not added\.$/);
  expect(['0', '', null, undefined].map(said)).toEqual([undefined, undefined, undefined, undefined]);
});
