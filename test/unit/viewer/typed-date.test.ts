import { expect, test } from 'vitest';
import { typedDate } from '../../../viewer/ohif/typed-date.mjs';

test.each([
  ['2026-01-31', '20260131'],
  ['20260131', '20260131'],
  [' 2024-02-29 ', '20240229'],
])('%s is the date %s', (typed, date) => expect(typedDate(typed)).toBe(date));

test('an empty field limits nothing', () => expect(typedDate('  ')).toBe(''));

test.each([
  '2',
  '2026',
  '2026-01-3',
  '2026-1-31',
  '202601-31',
  '2026-0131',
  '2026-02-30',
  '2026-13-01',
  '31.01.2026',
  '2026-01-311',
])('%s is not a whole date', (typed) => expect(typedDate(typed)).toBeUndefined());
