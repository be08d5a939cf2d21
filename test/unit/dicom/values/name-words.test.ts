import { describe, expect, it } from 'vitest';
import { findableWords, nameWords, soundsOf, wordPairs } from '../../../../src/dicom/values/name-words';
import { foldPersonName } from '../../../../src/dicom/values/person-name';

describe('PS3.4 C.2.2.2.1.3: search terms of names for fuzzy matching', () => {
  it.each([
    ['SMITH^JOHN', ['smith', 'john']],
    ["O'Hara^Zoë", ['ohara', 'zoe']],
    ['O’Hara^Zoë', ['ohara', 'zoe']],
    ['Müller-Lüdenscheidt^J.^^Dr.', ['muller', 'ludenscheidt', 'j', 'dr']],
    ['Yamada^Tarou=山田^太郎=やまだ^たろう', ['yamada', 'tarou', '山田', '太郎', 'やまだ', 'たろう']],
    ['SMITH^SMITH', ['smith']],
    ['^=^', []],
  ])('the words of %s', (name, words) => expect(nameWords(foldPersonName(name))).toEqual(words));

  it.each([
    ['smith', 'smyth'],
    ['john', 'jon'],
    ['meier', 'mayr'],
    ['smith', 'schmidt'],
    ['stephen', 'steven'],
  ])('%s sounds like %s', (one, other) => {
    expect(soundsOf(one).filter((sound) => soundsOf(other).includes(sound))).not.toEqual([]);
  });

  it('initials and words of other scripts have no sound', () => {
    for (const word of ['j', '山田', 'иванов', '2']) expect(soundsOf(word)).toEqual([]);
  });

  const found = (name: string, ...words: [string, string]) => {
    const held = findableWords(foldPersonName(name));
    return wordPairs(...words, true)?.some((pair) => held.includes(pair));
  };

  it.each<[name: string, one: string, other: string]>([
    ['Smith^John', 'smith', 'john'],
    ['Smith^John', 'john', 'smith'],
    ['Smithers^Johanna', 'smi', 'joh'],
    ['Smith^Jon', 'smyth', 'john'],
    ['Smith^Johanna', 'smyth', 'joha'],
    ['Lee^Ann', 'ann', 'lee'],
    ['A^B C D E F G^H I', 'one', 'two'],
  ])('a pair of %s is that of %s and %s', (name, one, other) => expect(found(name, one, other)).toBe(true));

  it('names with only one of two words do not have their pair', () => {
    expect(found('Smith^Peter', 'smith', 'john')).toBe(false);
  });

  it('words of one or two letters make no pair: too many start with them', () => {
    expect(wordPairs('smith', 'jo', true)).toBeUndefined();
  });

  it('no search term for a sound or a pair is also a word', () => {
    for (const mark of findableWords('smith john').slice(2)) expect(nameWords(mark)).not.toContain(mark);
  });
});
