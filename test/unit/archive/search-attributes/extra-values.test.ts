import { describe, expect, it } from 'vitest';
import {
  comparableNumber,
  comparableText,
  comparableValues,
  dateTimeSpan,
  timeSpan,
} from '../../../../src/archive/search/comparable-value';
import { parseExtraAttributes } from '../../../../src/archive/search-attributes/extra-attributes';
import { extraValues, sourceOfJson } from '../../../../src/archive/search-attributes/extra-values';
import type { DicomJson } from '../../../../src/dicom/json/json-model';

describe('comparable values', () => {
  it.each([
    ['5', 5],
    ['5.0', 5],
    ['+05', 5],
    ['.5e1', 5],
    ['-0.25', -0.25],
    ['9007199254740993', '9007199254740993'],
    ['-018446744073709551615', '-18446744073709551615'],
    ['5 mm', undefined],
    ['', undefined],
    ['0x10', undefined],
    ['1e999', undefined],
  ])('number %s', (text, value) => expect(comparableNumber(text)).toBe(value));

  it.each([
    ['10', '100000.000000', '105960.999999'],
    ['1015', '101500.000000', '101560.999999'],
    ['101530.5', '101530.500000', '101530.599999'],
  ])('time %s', (text, first, last) => expect(timeSpan(text)).toEqual({ first, last }));

  it.each([
    ['2024', '20240101000000.000000', '20241231235959.999999'],
    ['202402', '20240201000000.000000', '20240229235959.999999'],
    ['202302', '20230201000000.000000', '20230228235959.999999'],
    ['20240301003000+0100', '20240229233000.000000', '20240229233000.999999'],
    ['20230301003000+0100', '20230228233000.000000', '20230228233000.999999'],
    ['2024030100-0500', '20240301050000.000000', '20240301055959.999999'],
    ['20231231235959.25 0000', '20231231235959.250000', '20231231235959.259999'],
    ['0050', '00500101000000.000000', '00501231235959.999999'],
  ])('date and time %s', (text, first, last) => expect(dateTimeSpan(text)).toEqual({ first, last }));

  it('texts that are not dates or times', () => {
    for (const text of ['', '13', '20241301', '20240132', '2024010125', '20240101-20240201', 'x']) {
      expect(dateTimeSpan(text), text).toBeUndefined();
    }
    expect(timeSpan('1')).toBeUndefined();
    expect(dateTimeSpan('2024010112', -90)?.first).toBe('20240101133000.000000');
  });

  it('names, whole and by component groups', () => {
    const name = { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎' };
    expect(comparableValues('name', name)).toEqual(['yamada tarou=山田 太郎', 'yamada tarou', '山田 太郎']);
    expect(comparableValues('name', { Alphabetic: 'Müller^^' })).toEqual(['muller']);
  });

  it('a value that its VR does not allow stays as it is', () => {
    expect(comparableValues('decimal', ' many ')).toEqual(['many']);
    expect(comparableValues('datetime', 'soon')).toEqual(['soon']);
    expect(comparableValues('time', '10:15:30')).toEqual(['101530.000000']);
    expect(comparableValues('date', '2024.01.31')).toEqual(['20240131']);
    expect(comparableValues('text', '  ')).toEqual([]);
  });

  it('long text is cut, but not within a character', () => {
    expect(comparableText('x'.repeat(5000))).toHaveLength(1024);
    expect(comparableText(`${'x'.repeat(1023)}😀`)).toHaveLength(1023);
  });
});

describe('values of a data set', () => {
  const values = (list: string, dataSet: DicomJson) =>
    extraValues(parseExtraAttributes(list), sourceOfJson(dataSet)).map(({ value, item }) => [value, item]);
  const code = (value: string): DicomJson => ({ '00080100': { vr: 'SH', Value: [value] } });

  it('each once, without empty ones', () => {
    const dataSet: DicomJson = { '00080008': { vr: 'CS', Value: ['A', null, 'B', 'A'] } };
    expect(values('ImageType', dataSet)).toEqual([
      ['A', ''],
      ['B', ''],
    ]);
    expect(values('KVP', dataSet)).toEqual([]);
  });

  it('of sequences with their items, including items without a value', () => {
    const dataSet: DicomJson = {
      '00082218': {
        vr: 'SQ',
        Value: [
          { '00082220': { vr: 'SQ', Value: [code('A'), {}] } },
          null,
          { '00082220': { vr: 'SQ', Value: [code('B')] } },
        ],
      },
    };
    expect(values('AnatomicRegionSequence.AnatomicRegionModifierSequence.CodeValue', dataSet)).toEqual([
      ['a', '00000000'],
      ['', '00000001'],
      ['b', '00020000'],
    ]);
  });

  it('private ones by the creator of their data set or item', () => {
    const list = '(0019,xx10,"ACME"):DS, 00400275.(0019,xx10,"ACME"):DS';
    const creator = { vr: 'LO', Value: ['ACME '] };
    const dataSet: DicomJson = {
      '00190010': { vr: 'LO', Value: ['OTHER'] },
      '00190020': creator,
      '00191010': { vr: 'DS', Value: [1] },
      '00192010': { vr: 'DS', Value: [2] },
      '00400275': { vr: 'SQ', Value: [{ '00190010': creator, '00191010': { vr: 'DS', Value: [3] } }] },
    };
    expect(values(list, dataSet).slice(0, 2)).toEqual([
      [2, ''],
      [3, '0000'],
    ]);
  });

  it('of unknown VR as configured, in the character set of the data set', () => {
    const un = (bytes: number[]) => ({ vr: 'UN', InlineBinary: btoa(String.fromCharCode(...bytes)) });
    const dataSet: DicomJson = {
      '00080005': { vr: 'CS', Value: ['ISO_IR 144'] },
      '00190010': { vr: 'LO', Value: ['ACME'] },
      '00191001': un([0xb8, 0xd2, 0xd0, 0xdd, 0x5c, 0x41]),
      '00191002': un([0x34, 0x12, 0xff, 0xff]),
      '00191003': { vr: 'UN', BulkDataURI: 'somewhere' },
    };
    const list = '(0019,xx01,"ACME"):LO, (0019,xx02,"ACME"):SS, (0019,xx03,"ACME"):LO';
    expect(values(list, dataSet)).toEqual([
      ['иван', ''],
      ['a', ''],
      [0x1234, ''],
      [-1, ''],
    ]);
  });

  it('no more than can be searched', () => {
    const many = Array.from({ length: 5000 }, (_, at) => `V${at}`);
    expect(values('ImageType', { '00080008': { vr: 'CS', Value: many } }).length).toBe(1000);
    const long = Array.from({ length: 500 }, (_, at) => `${at}${'x'.repeat(1000)}`);
    expect(values('ImageType', { '00080008': { vr: 'CS', Value: long } }).length).toBeLessThan(70);
  });
});
