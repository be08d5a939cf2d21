import { expect, test } from 'vitest';
import { noting } from '../../../scripts/backup/noting.mjs';

/** What is said of answers that each have what was taken, and what still waits. */
function said(...answers: [taken: number, waiting: number][]): string[] {
  const lines: string[] = [];
  const progress = noting((line) => lines.push(line));
  for (const [taken, waiting] of answers) progress(taken, waiting);
  return lines;
}

test('the progress of noting says how many of all, also when the archive notes some itself', () => {
  expect(said([60, 268], [60, 178], [60, 100], [60, 28], [28, 0])).toEqual([
    '60 of 328 changed studies noted',
    '150 of 328 changed studies noted',
    '228 of 328 changed studies noted',
    '300 of 328 changed studies noted',
    '328 of 328 changed studies noted',
  ]);
  // Others change meanwhile.
  expect(said([60, 20], [20, 30], [30, 0])).toEqual([
    '60 of 80 changed studies noted',
    '80 of 110 changed studies noted',
    '110 of 110 changed studies noted',
  ]);
  expect(said([0, 0])).toEqual([]);
  expect(said([1, 0], [1, 0])).toEqual(['1 of 1 changed study noted', '2 of 2 changed studies noted']);
});

test('a total that was not counted is not said', () => {
  expect(said([60, 1000], [60, 940], [940, 0])).toEqual([
    '60 changed studies noted, 1000 or more wait',
    '120 of 1060 changed studies noted',
    '1060 of 1060 changed studies noted',
  ]);
});
