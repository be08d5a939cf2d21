import { describe, expect, test } from 'vitest';
import { lettersOf } from '../../../viewer/ohif/letters.mjs';

const [RIGHT, LEFT, DOWN, UP] = [
  [1, 0, 0],
  [-1, 0, 0],
  [0, 1, 0],
  [0, -1, 0],
];
const NONE = { top: '', left: '', right: '', bottom: '' };

/** The letters at the top, the right, the bottom and the left. */
function around(instance: object, right = RIGHT!, down = DOWN!): string[] {
  const { top, right: atRight, bottom, left } = lettersOf(instance, right, down);
  return [top, atRight, bottom, left];
}

describe('letters of an image with Patient Orientation', () => {
  test.each([
    ['as it is', RIGHT, DOWN, ['H', 'L', 'F', 'R']],
    ['turned to the right', UP, RIGHT, ['R', 'H', 'L', 'F']],
    ['turned around', LEFT, UP, ['F', 'R', 'H', 'L']],
    ['mirrored', LEFT, DOWN, ['H', 'R', 'F', 'L']],
    ['upside down', RIGHT, UP, ['F', 'L', 'H', 'R']],
  ])('%s', (_, right, down, letters) => {
    expect(around({ PatientOrientation: ['L', 'F'] }, right, down)).toEqual(letters);
  });

  test('of which the first value has several letters', () => {
    expect(around({ PatientOrientation: ['PL', 'FA'] })).toEqual(['HP', 'PL', 'FA', 'AR']);
  });

  test('as one text', () => {
    expect(around({ PatientOrientation: 'R\\F' })).toEqual(['H', 'R', 'F', 'L']);
  });

  test('that leaves one direction open', () => {
    expect(around({ PatientOrientation: ['L', ''] })).toEqual(['', 'L', '', 'R']);
  });
});

test.each<[string, object]>([
  ['no Patient Orientation', {}],
  ['an empty one', { PatientOrientation: null }],
  ['letters that PS3.3 does not have', { PatientOrientation: ['X', 'Y'] }],
  ['opposite letters in one direction', { PatientOrientation: ['LR', 'HF'] }],
  ['the directions of an animal', { PatientOrientation: ['L', 'F'], AnatomicalOrientationType: 'QUADRUPED' }],
])('an image with %s has no letters', (_, instance) => {
  expect(lettersOf(instance, RIGHT!, DOWN!)).toEqual(NONE);
});

test('an image that is turned by less than a quarter has no letters', () => {
  const part = Math.SQRT1_2;
  expect(lettersOf({ PatientOrientation: ['L', 'F'] }, [part, part, 0], [-part, part, 0])).toEqual(NONE);
});
