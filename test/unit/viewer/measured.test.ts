import { expect, test } from 'vitest';
import { isMeasured, valueText } from '../../../viewer/ohif/measured.mjs';

const [A, B, C, D] = [
  [0, 0, 5],
  [10, 0, 5],
  [10, 7, 5],
  [0, 7, 5],
];

test.each([
  ['Angle', [A, A], false],
  ['Angle', [A, B], false],
  ['Angle', [A, B, B], false],
  ['Angle', [A, B, C], true],
  ['CobbAngle', [A, B], false],
  ['CobbAngle', [A, B, C], false],
  ['CobbAngle', [A, B, C, C], false],
  ['CobbAngle', [A, B, C, D], true],
  ['Length', [A, A], true],
  ['Probe', [A], true],
] as [string, number[][], boolean][])('%s with %j is measured: %s', (toolName, points, expected) => {
  for (const isCompleted of [false, true])
    expect(isMeasured({ metadata: { toolName }, data: { handles: { points } } }, isCompleted)).toBe(expected);
});

test('an outline of several clicks is measured when it is closed, or the tool says that it is complete', () => {
  for (const toolName of ['SplineROI', 'LivewireContour']) {
    const open = { metadata: { toolName }, data: { contour: { closed: false } } };
    expect([isMeasured(open, false), isMeasured(open, true)]).toEqual([false, true]);
    expect(isMeasured({ ...open, data: { contour: { closed: true } } }, false)).toBe(true);
  }
});

test.each([
  [0, '0.00'],
  ['0.0', '0.00'],
  ['31.046', '31.05'],
  [-2.5, '-2.50'],
  [0.0042, '0.0042'],
  ['-0.00001234', '-0.000012'],
  [null, ''],
  [undefined, ''],
  ['', ''],
])('the value %j of a report is written %j', (value, text) => {
  expect(valueText(value)).toBe(text);
});
