import { describe, expect, it } from 'vitest';
import type { Matching, SearchKey } from '../../../../src/archive/search/search-keys';
import type { MatchValue } from '../../../../src/archive/search/search-query';
import { valueMatches } from '../../../../src/archive/search/value-matches';
import type { DicomJsonValue } from '../../../../src/dicom/json/json-model';

function matches(matching: Matching, held: (DicomJsonValue | null)[] | undefined, value: MatchValue): boolean {
  const key: SearchKey = {
    path: '00400275.00400009',
    level: 'series',
    vr: 'SH',
    matching,
    source: { kind: 'column', column: '' },
  };
  return valueMatches({ key, value }, held === undefined ? undefined : { vr: 'SH', Value: held });
}

describe('PS3.4 C.2.2.2: a value of an item', () => {
  it.each<[title: string, matching: Matching, held: DicomJsonValue[], value: MatchValue, found: boolean]>([
    ['text, exactly', 'text', ['A '], { kind: 'single', value: 'A' }, true],
    ['text in another case', 'text', ['a'], { kind: 'single', value: 'A' }, false],
    ['any of several values', 'text', ['B', 'A'], { kind: 'single', value: 'A' }, true],
    ['a name in any case', 'name', [{ Alphabetic: 'Müller^Jürgen' }], { kind: 'single', value: 'MULLER^jurgen' }, true],
    ['a name by pattern', 'name', [{ Alphabetic: 'Müller^Jürgen' }], { kind: 'wildcard', pattern: 'MUL*^J?R*' }, true],
    ['numbers as numbers', 'number', [7], { kind: 'single', value: '7' }, true],
    ['one of a list', 'uid', ['1.2'], { kind: 'list', values: ['3.4', '1.2'] }, true],
    ['not in a list', 'uid', ['1.2'], { kind: 'list', values: ['3.4'] }, false],
    ['each of several values', 'text', ['A', 'B', 'C'], { kind: 'all', values: ['C', 'A'] }, true],
    ['only some of several values', 'text', ['A'], { kind: 'all', values: ['C', 'A'] }, false],
    ['a pattern to its end', 'text', ['STEP-12'], { kind: 'wildcard', pattern: 'STEP-?' }, false],
    ['a pattern that has to try again', 'text', ['aab'], { kind: 'wildcard', pattern: '*ab' }, true],
    ['a day in a range', 'date', ['20240131'], { kind: 'range', from: '20240101', to: '20240131' }, true],
    ['a day after', 'date', ['20240201'], { kind: 'range', from: '20240101', to: '20240131' }, false],
    ['a time within the minute named', 'time', ['103059.9'], { kind: 'range', from: '1030', to: '1030' }, true],
    ['a time after that minute', 'time', ['1031'], { kind: 'range', from: '1030', to: '1030' }, false],
    ['a moment in another time zone', 'datetime', ['20240101013000+0200'], { kind: 'range', to: '20231231' }, true],
  ])('%s', (_, matching, held, value, found) => expect(matches(matching, held, value)).toBe(found));

  it('an attribute without a value is empty, in whatever form the value is absent', () => {
    for (const held of [undefined, [], [null], [' ']]) expect(matches('text', held, { kind: 'empty' })).toBe(true);
    expect(matches('text', ['x'], { kind: 'empty' })).toBe(false);
  });

  it('a pattern of a thousand stars takes time in proportion to its length', () => {
    const pattern = `${'*a'.repeat(2000)}b`;
    expect(matches('text', ['a'.repeat(1000)], { kind: 'wildcard', pattern })).toBe(false);
  });
});
