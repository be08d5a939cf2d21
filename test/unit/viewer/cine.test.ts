import { expect, test } from 'vitest';
import { frameTime } from '../../../viewer/ohif/cine.mjs';

test.each([
  [
    'Recommended Display Frame Rate before all others',
    { RecommendedDisplayFrameRate: 5, FrameTime: 20, CineRate: 50 },
    200,
  ],
  ['Frame Time', { FrameTime: '40', CineRate: 50 }, 40],
  ['the mean of Frame Time Vector', { FrameTimeVector: ['0', '50', '50', '500'] }, 200],
  ['Cine Rate', { FrameTime: 0, CineRate: '4' }, 250],
  ['nothing', {}, undefined],
  [
    'nothing that can be',
    { FrameTime: -1, CineRate: 0, FrameTimeVector: [0], RecommendedDisplayFrameRate: '' },
    undefined,
  ],
])('a frame lasts as long as %s says', (_, instance, expected) => {
  expect(frameTime(instance)).toBe(expected);
});
