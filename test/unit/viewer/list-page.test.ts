import { expect, it } from 'vitest';
import { lastPage } from '../../../viewer/ohif/list-page.mjs';

it.each([
  [
    '?pageNumber=99&resultsPerPage=100&mrn=4',
    { offset: 9800, limit: 100 },
    1021,
    '?resultsPerPage=100&mrn=4&pageNumber=11',
  ],
  ['?PAGENUMBER=3', { offset: 100, limit: 50 }, 100, '?pageNumber=2'],
  ['?pageNumber=2', { offset: 50, limit: 50 }, 1, '?pageNumber=1'],
  ['?pageNumber=2', { offset: 50, limit: 50 }, 0, undefined],
  ['?pageNumber=2', { offset: 50, limit: 50 }, Number.NaN, undefined],
  ['', { offset: 0, limit: 50 }, 5, undefined],
])('a page after the last one leads to the last one: %s', (search, parameters, total, expected) => {
  expect(lastPage(search, parameters, total)).toBe(expected);
});
