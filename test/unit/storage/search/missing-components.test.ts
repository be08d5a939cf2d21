import { describe, expect, it } from 'vitest';
import { commonStart, formsOf, withoutMissingEnds } from '../../../../src/storage/search/missing-components';

describe('formsOf', () => {
  it.each([
    ['smith', ['smith']],
    ['smith*', ['smith*']],
    ['smith *', ['smith *', 'smith']],
    ['smith ** *', ['smith *', 'smith']],
    ['smith * j', ['smith * j', 'smith j']],
    ['* *', ['*', '']],
    ['* anna', ['* anna', 'anna']],
    ['a * b * c', ['a * b * c', 'a b * c', 'a * b c', 'a b c']],
  ])('%j is %j', (pattern, forms) => expect(formsOf(pattern)).toEqual(forms));

  it('looks at three runs at most', () => expect(formsOf('* a * b * c * d *')).toHaveLength(8));
});

it.each([
  ['smith * j', 'smith '],
  ['smith *', 'smith'],
  ['* anna', ''],
])('all forms of %j begin with %j', (pattern, start) => expect(commonStart(formsOf(pattern))).toBe(start));

it.each([
  ['* anna *', { rest: 'anna', from: true, to: true }],
  ['anna * *', { rest: 'anna', from: false, to: true }],
  ['*a b', { rest: '*a b', from: false, to: false }],
  ['*', { rest: '', from: true, to: true }],
])('the ends of %j', (pattern, ends) => expect(withoutMissingEnds(pattern)).toEqual(ends));
