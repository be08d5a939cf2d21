import { describe, expect, it } from 'vitest';
import { type SearchKey, searchKey } from '../../../../src/archive/search/search-keys';
import { isUniversal, parseMatchValue } from '../../../../src/dicomweb/qido/match-value';

const parse = (tag: string, value: string) => parseMatchValue(searchKey(tag)!, value);

const DATE = '00080020';
const TIME = '00080030';
const UID = '0020000D';
const NUMBER = '00200011';
const MODALITIES = '00080061';
const TEXT = '00081030';

describe('PS3.4 C.2.2.2.3 universal matching', () => {
  it.each(['', ' ', '*', '**'])('“%s” asks for nothing', (text) => expect(isUniversal(text)).toBe(true));
  it.each(['?', '*a', '-'])('“%s” does', (text) => expect(isUniversal(text)).toBe(false));
});

describe('PS3.4 C.2.2.2.5 range matching', () => {
  it.each([
    [DATE, '20240101-20241231', { from: '20240101', to: '20241231' }],
    [DATE, '20240101-', { from: '20240101' }],
    [DATE, '-20241231', { to: '20241231' }],
    [DATE, '20240101 - 20241231', { from: '20240101', to: '20241231' }],
    [DATE, '2024.01.01-2024.12.31', { from: '20240101', to: '20241231' }],
    [DATE, '-2024.12.31', { to: '20241231' }],
    [TIME, '10', { from: '10', to: '10', isOne: true }],
    [TIME, '10:30', { from: '1030', to: '1030', isOne: true }],
    [TIME, '10:30-1030', { from: '1030', to: '1030' }],
    [TIME, '10:30:15.5-', { from: '103015.5' }],
    [TIME, '1030-113059.5', { from: '1030', to: '113059.5' }],
    [TIME, '-235960', { to: '235960' }],
  ])('%s=%s', (tag, value, ends) => expect(parse(tag, value)).toEqual({ kind: 'range', ...ends }));

  it.each([
    [DATE, '2024'],
    [DATE, '20241301'],
    [DATE, '20240132'],
    [DATE, '2024-01-01'],
    // Days that the calendar does not have.
    [DATE, '20000230'],
    [DATE, '20230229'],
    [DATE, '19000229'],
    [DATE, '20240431'],
    [DATE, '20240100'],
    [DATE, '20240001'],
    [DATE, '2023.02.29'],
    [DATE, '20230229-20230301'],
    [DATE, '20230201-20230229'],
    [DATE, '20230229-'],
    [DATE, '-20230229'],
    [DATE, '20230101\\20230102'],
    [TIME, '1030-2400'],
    [TIME, '103061'],
    [TIME, '10 30'],
    [TIME, '10h30'],
    [DATE, '20240101-20240102-20240103'],
    [DATE, '-'],
    [DATE, 'today'],
    [DATE, '2024010*'],
    [TIME, '24'],
    [TIME, '1'],
    [DATE, '2024.0101'],
    [DATE, '2024.13.01'],
    [TIME, '10:3'],
    [TIME, '25:30'],
    [TIME, '1060'],
    [TIME, '10.5'],
    [TIME, '103000.1234567'],
  ])('%s=%s is ill-formed', (tag, value) => expect(parse(tag, value)).toBeUndefined());
});

describe('PS3.4 C.2.2.2.5.3 range matching of date and time together', () => {
  const key: SearchKey = {
    path: '0008002A',
    level: 'instance',
    vr: 'DT',
    matching: 'datetime',
    source: { kind: 'extra', names: [], sequence: [] },
  };
  it.each([
    ['2024', { from: '2024', to: '2024' }],
    ['20240101103000.5', { from: '20240101103000.5', to: '20240101103000.5' }],
    ['20240101-20240202', { from: '20240101', to: '20240202' }],
    ['20240101-', { from: '20240101' }],
    ['-20240101', { to: '20240101' }],
    ['20240101-0500', { from: '20240101-0500', to: '20240101-0500' }],
    ['20240101-0500-20240202-0500', { from: '20240101-0500', to: '20240202-0500' }],
    ['20240101-0500-', { from: '20240101-0500' }],
    ['-20240101+0100', { to: '20240101+0100' }],
  ])('%s', (value, ends) => expect(parseMatchValue(key, value)).toEqual({ kind: 'range', ...ends }));
  it.each([
    ...['-', 'now', '20241301', '20240101-20240202-20240303', '2024-01-01T10:30', '20240101+1500'],
    ...['20230229', '20230229103000', '20230229-', '-20230229', '20230228-20230229', '20230229+0100', '2023022924'],
  ])('%s is ill-formed', (value) => expect(parseMatchValue(key, value)).toBeUndefined());
  it('decimals are numbers of any writing', () => {
    const decimal: SearchKey = { ...key, vr: 'DS', matching: 'decimal' };
    expect(parseMatchValue(decimal, ' 1.50')).toEqual({ kind: 'single', value: '1.50' });
    for (const value of ['one', '1-2', '1,5', '0x10', 'NaN']) expect(parseMatchValue(decimal, value)).toBeUndefined();
  });
});

describe('PS3.4 C.2.2.2.7 empty value matching, C.2.2.2.8 multiple value matching', () => {
  const both = { emptyValues: true, multipleValues: true };
  it('two quotation marks are for what has no value, whatever the VR', () => {
    for (const tag of [DATE, TIME, UID, NUMBER, MODALITIES, TEXT]) {
      expect(parseMatchValue(searchKey(tag)!, '""', both)).toEqual({ kind: 'empty' });
    }
    expect(parse(TEXT, '""')).toEqual({ kind: 'single', value: '""' });
    expect(parse(DATE, '""')).toBeUndefined();
  });
  it('several values are for attributes that may have several, each of them there', () => {
    expect(parseMatchValue(searchKey(MODALITIES)!, 'CT\\ PT ', both)).toEqual({ kind: 'all', values: ['CT', 'PT'] });
    expect(parseMatchValue(searchKey(MODALITIES)!, 'CT\\P?', both)).toBeUndefined();
    expect(parseMatchValue(searchKey(MODALITIES)!, 'CT,PT', both)).toEqual({ kind: 'list', values: ['CT', 'PT'] });
    expect(parseMatchValue(searchKey(UID)!, '1.2\\3.4', both)).toEqual({ kind: 'list', values: ['1.2', '3.4'] });
    expect(parseMatchValue(searchKey(TEXT)!, 'a\\b', both)).toEqual({ kind: 'single', value: 'a\\b' });
  });
});

describe('PS3.4 C.2.2.2.1 single value matching', () => {
  it('takes a date, a number, a text without the spaces around it', () => {
    expect(parse(DATE, '20240229')).toEqual({ kind: 'single', value: '20240229' });
    expect(parse(NUMBER, ' +07')).toEqual({ kind: 'single', value: '7' });
    expect(parse(NUMBER, '-1')).toEqual({ kind: 'single', value: '-1' });
    expect(parse(TEXT, ' a  b ')).toEqual({ kind: 'single', value: 'a  b' });
  });
  it.each(['x', '1.5', '1e3', '1-2', '9999999999999', '?'])('SeriesNumber=%s is ill-formed', (value) => {
    expect(parse(NUMBER, value)).toBeUndefined();
  });
});

describe('PS3.4 C.2.2.2.2 list of UID matching', () => {
  it.each(['1.2,3.4', '1.2\\3.4', ' 1.2 , 3.4,'])('“%s” is two', (value) => {
    expect(parse(UID, value)).toEqual({ kind: 'list', values: ['1.2', '3.4'] });
  });
  it('one is a single value', () => expect(parse(UID, '1.2')).toEqual({ kind: 'single', value: '1.2' }));
  it('one that PS3.5 9.1 does not allow is found as it is stored', () => {
    for (const value of ['05fa52f0', '1.02', '1.2.', 'series_1']) {
      expect(parse(UID, value)).toEqual({ kind: 'single', value });
    }
  });
  it.each(['1 2', '1.2/3', 'ä', "1.2'", '1.2%', '..', '1.2,3;4', `1.${'2'.repeat(130)}`])(
    '“%s” is ill-formed: nothing that is stored has such a UID',
    (value) => expect(parse(UID, value)).toBeUndefined(),
  );
  it.each(['1.2*', '1.?', ',', '1.2,*'])('“%s” is ill-formed: UIDs have no wildcards', (value) => {
    expect(parse(UID, value)).toBeUndefined();
  });
  it('ModalitiesInStudy may be a list or a pattern', () => {
    expect(parse(MODALITIES, 'MG,XA')).toEqual({ kind: 'list', values: ['MG', 'XA'] });
    expect(parse(MODALITIES, 'M?')).toEqual({ kind: 'wildcard', pattern: 'M?' });
    expect(parse(MODALITIES, 'MR,M?')).toBeUndefined();
  });
});

describe('PS3.4 C.2.2.2.4 wildcard matching', () => {
  it.each(['*a', 'a?', '100%*'])('%s', (pattern) =>
    expect(parse(TEXT, pattern)).toEqual({ kind: 'wildcard', pattern }),
  );
});
