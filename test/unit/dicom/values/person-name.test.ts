import { describe, expect, it } from 'vitest';
import { foldPersonName, parsePersonName } from '../../../../src/dicom/values/person-name';

describe('parsePersonName (PS3.5 6.2.1)', () => {
  it.each([
    ['Doe^John', { Alphabetic: 'Doe^John' }],
    [
      'Yamada^Tarou=山田^太郎=やまだ^たろう',
      { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' },
    ],
    ['=山田', { Ideographic: '山田' }],
    ['==やまだ', { Phonetic: 'やまだ' }],
    ['Doe==', { Alphabetic: 'Doe' }],
    ['', {}],
  ])('%j', (text, expected) => expect(parsePersonName(text)).toEqual(expected));
});

describe('foldPersonName', () => {
  it.each([
    ['Doe^John^^Dr.^', 'doe john dr.'],
    ['DOE, John', 'doe john'],
    ['  Doe \t^  John ', 'doe john'],
    ['Müller^Jürgen', 'muller jurgen'],
    ['GROẞ^Weiß', 'gross weiss'],
    ['Ødegård^Łukasz', 'odegard lukasz'],
    ['İstanbul^Şahin', 'istanbul sahin'],
    ['ΠΑΠΆΣ^Γιώργος', 'παπασ γιωργοσ'],
    ['Yamada^Tarou=山田^太郎=やまだ^たろう', 'yamada tarou=山田 太郎=やまだ たろう'],
    ['ﾔﾏﾀﾞ^ﾀﾛｳ', 'ヤマダ タロウ'],
    ['홍^길동', '홍 길동'],
    ['Doe^^^==', 'doe'],
    ['=山田', '=山田'],
    ['*Last, First*', '*last first*'],
    ['D?e^J*', 'd?e j*'],
    ['', ''],
  ])('%j becomes %j', (name, folded) => {
    expect(foldPersonName(name)).toBe(folded);
    expect(foldPersonName(folded)).toBe(folded);
  });

  it('takes a JSON name too', () => {
    expect(foldPersonName({ Alphabetic: 'Doe^Jöhn', Phonetic: 'X^Y' })).toBe('doe john==x y');
  });
});
