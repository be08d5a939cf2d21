import { expect, test } from 'vitest';
import { notTakenOver } from '../../../viewer/ohif/storing.mjs';

test('measurements of a report that were not taken over are counted', () => {
  expect(notTakenOver(3, { Length: [1, 2], Angle: [] })).toMatchObject({
    title: '1 of 3 measurements was not taken over',
    message: 'This viewer cannot edit it. Open the report again to see what it says.',
  });
  expect(notTakenOver(3, { Angle: [1] })?.title).toBe('2 of 3 measurements were not taken over');
  // Groups with the same Tracking Unique Identifier are one measurement of OHIF's report, and several of its tools.
  expect([notTakenOver(2, { Length: [1, 2] }), notTakenOver(1, { Length: [1, 2] })]).toEqual([undefined, undefined]);
});
