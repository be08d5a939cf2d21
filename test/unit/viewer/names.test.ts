import { expect, test } from 'vitest';
import { nameOf } from '../../../viewer/ohif/names.mjs';

test.each([
  ['Doe^Jane', 'Doe^Jane'],
  [{ Alphabetic: 'Doe^Jane' }, 'Doe^Jane'],
  [{ Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' }, 'Yamada^Tarou (山田 太郎)'],
  [{ Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' }, '山田^太郎'],
  [{ Alphabetic: '', Phonetic: 'やまだ^たろう' }, 'やまだ^たろう'],
  [{}, ''],
  ['\u202eenaJ^eoD', 'enaJ^eoD'],
  [{ Alphabetic: 'A\u2066^B', Ideographic: '\u202e山' }, 'A^B (山)'],
])('the name %j is shown as %s', (name, shown) => {
  expect(nameOf(name)).toBe(shown);
});
