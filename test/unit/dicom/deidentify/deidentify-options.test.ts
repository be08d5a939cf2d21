import { describe, expect, it } from 'vitest';
import { cleanText } from '../../../../src/dicom/deidentify/clean-text';
import { Deidentification } from '../../../../src/dicom/deidentify/deidentification';
import { deidentify } from '../../../../src/dicom/deidentify/deidentify';
import { type DeidentifyOptions, optionActionOf } from '../../../../src/dicom/deidentify/deidentify-options';
import { actionOf, deidentifyActions } from '../../../../src/dicom/deidentify/deidentify-table';
import { keepsValues } from '../../../../src/dicom/deidentify/kept-values';
import { PersonalWords } from '../../../../src/dicom/deidentify/personal-words';
import { readDeidentifyOptions } from '../../../../src/dicom/deidentify/read-options';
import { shiftedDate } from '../../../../src/dicom/deidentify/shifted-date';
import { vrOf } from '../../../../src/dicom/dictionary/dictionary';
import type { DicomJson, DicomJsonAttribute } from '../../../../src/dicom/json/json-model';

const KEY = new TextEncoder().encode('a key of an archive');
const by = (options: DeidentifyOptions = {}, key = KEY) => new Deidentification(options, key);
const text = (vr: string, ...Value: string[]): DicomJsonAttribute => ({ vr, Value });
const codes = (value: string, scheme: string, meaning: string): DicomJsonAttribute => ({
  vr: 'SQ',
  Value: [{ '00080100': text('SH', value), '00080102': text('SH', scheme), '00080104': text('LO', meaning) }],
});

const DATA_SET: DicomJson = {
  '00080018': text('UI', '1.2.3.4'),
  '00080020': text('DA', '20240310'),
  '00080030': text('TM', '101530.5'),
  '0008002A': text('DT', '20240311235959.5+0100'),
  '00080050': text('SH', 'A17'),
  '00080080': text('LO', 'Klinik Höhe'),
  '00081010': text('SH', 'CT-4'),
  '00081030': text('LO', 'CT Thorax Smith 12.03.1960 with contrast 5mm'),
  '00081155': text('UI', '1.2.840.10008.1.2'),
  '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Heart^John' }] },
  '00100020': text('LO', 'MRN 7'),
  '00100030': text('DA', '19600312'),
  '00100040': text('CS', 'F'),
  '00101010': text('AS', '063Y'),
  '0020000D': text('UI', '1.2.3'),
};

const seen = (options: DeidentifyOptions, dataSet = DATA_SET) => deidentify(dataSet, by(options));

/** The values of the attributes that stay as they are. */
function kept(result: DicomJson): string[] {
  const same = (tag: string) => JSON.stringify(result[tag]) === JSON.stringify(DATA_SET[tag]);
  return Object.keys(DATA_SET).filter(same);
}

describe('PS3.15 table E.1-1: the columns of the options', () => {
  const columns: readonly (readonly [options: DeidentifyOptions, attributes: number])[] = [
    [{ retainUIDs: true }, 60],
    [{ retainDates: 'full' }, 165],
    [{ retainDates: 'modified' }, 165],
    [{ retainPatientCharacteristics: true }, 19],
    [{ retainDeviceIdentity: true }, 46],
    [{ retainInstitutionIdentity: true }, 10],
    [{ cleanDescriptors: true }, 139],
    [{ cleanStructuredContent: true }, 4],
  ];

  it.each(columns)('%j', (options, expected) => {
    const listed = [...deidentifyActions()].filter(([tag, action]) => {
      const vr = (vrOf(tag) ?? 'LO').slice(0, 2);
      return optionActionOf(tag, vr, action === 'U', options) !== undefined;
    });
    expect(listed.length).toBe(expected);
  });

  it('name attributes of the table only', () => {
    const all: DeidentifyOptions = {
      retainUIDs: true,
      retainPatientCharacteristics: true,
      retainDeviceIdentity: true,
      retainInstitutionIdentity: true,
      cleanDescriptors: true,
      cleanStructuredContent: true,
    };
    for (let group = 0; group < 0x5000; group += 2) {
      for (const element of [0x0010, 0x0020, 0x0040, 0x1000, 0x1030, 0x4000]) {
        const tag = [group, element].map((part) => part.toString(16).toUpperCase().padStart(4, '0')).join('');
        if (actionOf(tag) === undefined) expect(optionActionOf(tag, 'LO', false, all), tag).toBeUndefined();
      }
    }
  });
});

describe('each option retains what it says, and no more', () => {
  it.each<[DeidentifyOptions, string[]]>([
    [{}, ['00081155']],
    [{ retainUIDs: true }, ['00080018', '00081155', '0020000D']],
    [{ retainDates: 'full' }, ['00080020', '00080030', '0008002A', '00081155']],
    [{ retainDates: 'modified' }, ['00080030', '00081155']],
    [{ retainPatientCharacteristics: true }, ['00081155', '00100040', '00101010']],
    [{ retainDeviceIdentity: true }, ['00081010', '00081155']],
    [{ retainInstitutionIdentity: true }, ['00080080', '00081155']],
    [{ cleanDescriptors: true, cleanStructuredContent: true, retainSafePrivate: true }, ['00081155']],
  ])('%j', async (options, expected) => {
    expect(kept(await seen(options))).toEqual(expected);
    for (const tag of Object.keys(DATA_SET)) {
      if (keepsValues(tag, options)) expect(expected, tag).toContain(tag);
    }
  });

  it('an attribute whose value is not of its VR is not retained', async () => {
    const odd = { '00080020': text('DA', 'SMITH'), '00101010': text('AS', 'SMITH'), '00180050': text('DS', 'SMITH') };
    const result = await seen({ retainDates: 'full', retainPatientCharacteristics: true }, odd);
    expect(JSON.stringify(result)).not.toContain('SMITH');
  });

  it('is stated by the codes of CID 7050', async () => {
    const result = await seen({ retainDates: 'modified', cleanDescriptors: true, retainSafePrivate: true });
    const stated = result['00120064']?.Value?.map((item) => (item as DicomJson)['00080100']?.Value?.[0]);
    expect(stated).toEqual(['113100', '113105', '113107', '113111']);
    expect(result['00120063']?.Value).toHaveLength(4);
    expect(result['00280303']?.Value).toEqual(['MODIFIED']);
    expect((await seen({ retainDates: 'full' }))['00280303']?.Value).toEqual(['UNMODIFIED']);
  });
});

describe('pseudonyms', () => {
  it('are the same for a patient, whatever the name, and differ by patient, issuer and key', async () => {
    const of = async (change: DicomJson, key = KEY) =>
      (await deidentify({ ...DATA_SET, ...change }, by({}, key)))['00100020']?.Value?.[0];
    const own = await of({});
    expect(own).toMatch(/^PAT-[0-9A-Z]{12}$/);
    expect(await of({ '00100010': { vr: 'PN', Value: [{ Alphabetic: 'HEART^J' }] } })).toBe(own);
    const others = [
      await of({ '00100020': text('LO', 'MRN 8') }),
      await of({ '00100021': text('LO', 'H') }),
      await of({}, new TextEncoder().encode('b')),
    ];
    expect(new Set([own, ...others]).size).toBe(4);
    const result = await seen({});
    expect(result['00100010']?.Value).toEqual([{ Alphabetic: own }]);
    expect(result['00080050']?.Value?.[0]).toMatch(/^ACC-[0-9A-Z]{12}$/);
  });

  it('a tag names options and key, and does not reveal the object', async () => {
    const tags = [by(), by({ retainUIDs: true }), by({}, new TextEncoder().encode('b'))].map((each) =>
      each.tag('1.2.3'),
    );
    expect(new Set(await Promise.all(tags)).size).toBe(3);
    expect(await by().tag('1.2.3')).toBe(await by().tag('1.2.3'));
  });
});

describe('PS3.15 E.3.6: modified dates', () => {
  it('move all dates of a patient by the same number of days, and keep the times', async () => {
    const days = (value: unknown) =>
      Date.UTC(
        Number(String(value).slice(0, 4)),
        Number(String(value).slice(4, 6)) - 1,
        Number(String(value).slice(6, 8)),
      ) / 864e5;
    const moved = async (patientID: string) => {
      const result = await seen({ retainDates: 'modified' }, { ...DATA_SET, '00100020': text('LO', patientID) });
      expect(String(result['0008002A']?.Value?.[0]).slice(8)).toBe('235959.5+0100');
      const shift = days('20240310') - days(result['00080020']?.Value?.[0]);
      expect(days('20240311') - days(result['0008002A']?.Value?.[0])).toBe(shift);
      return shift;
    };
    const shifts = await Promise.all(Array.from({ length: 20 }, (_, at) => moved(`P${at}`)));
    expect(new Set(shifts).size).toBeGreaterThan(15);
    expect(shifts.every((shift) => shift >= 30 && shift <= 3650)).toBe(true);
    expect(await moved('P3')).toBe(shifts[3]);
  });

  it.each([
    ['20240301', 1, '20240229'],
    ['20240101000000', 1, '20231231000000'],
    ['20240101', 366, '20221231'],
    ['2024', 1, undefined],
    ['202403', 1, undefined],
    ['2024.03.01', 1, undefined],
    ['20241301', 1, undefined],
    ['SMITH', 1, undefined],
  ])('%s less %i days is %s', (value, by, expected) => expect(shiftedDate(value, by)).toBe(expected));
});

describe('PS3.15 E.3.5: clean descriptors', () => {
  it('only words of imaging stay, and none that is a name in the data set', async () => {
    const result = await seen({ cleanDescriptors: true });
    expect(result['00081030']?.Value).toEqual(['CT Thorax with contrast 5mm']);
    expect(
      cleanText(
        'Heart MR, T2 tra (John) 0049-170/123456 01.02.2020 XY123 Ärztin',
        new PersonalWords({ '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Heart^John' }] } }),
      ),
    ).toBe('MR T2');
    const names = { ...DATA_SET, '00081030': text('LO', 'MR Heart of Heart') };
    expect((await seen({ cleanDescriptors: true }, names))['00081030']?.Value).toEqual(['MR of']);
    const nothing = { ...DATA_SET, '00081030': text('LO', 'Smith'), '00181030': text('LO', 'Smith') };
    const left = await seen({ cleanDescriptors: true }, nothing);
    expect([left['00081030'], left['00181030']?.Value]).toEqual([undefined, ['REMOVED']]);
  });

  it('codes of standard schemes stay, with a clean meaning', async () => {
    const dataSet: DicomJson = {
      '00081084': codes('123', 'SCT', 'Fracture of Smith'),
      '00081302': codes('99', '99LOCAL', 'Smith'),
      '00321067': codes('SMITH JONES', 'SCT', 'pain'),
    };
    const result = await seen({ cleanDescriptors: true }, dataSet);
    expect(result['00081084']?.Value).toEqual(codes('123', 'SCT', 'Fracture of').Value);
    expect([result['00081302'], result['00321067']]).toEqual([undefined, undefined]);
  });
});

describe('PS3.15 E.3.4: clean structured content', () => {
  const item = (type: string, name: DicomJsonAttribute, value: DicomJson): DicomJson => ({
    '0040A010': text('CS', 'CONTAINS'),
    '0040A040': text('CS', type),
    '0040A043': name,
    ...value,
  });

  it('keeps the tree, numbers and codes, and cleans text, names and local codes', async () => {
    const measured: DicomJson = { '0040A30A': { vr: 'DS', Value: [12.5] }, '004008EA': codes('mm', 'UCUM', 'mm') };
    const content = [
      item('TEXT', codes('121071', 'DCM', 'Finding'), { '0040A160': text('UT', 'Fracture in Smith') }),
      item('NUM', codes('410668003', 'SCT', 'Length'), { '0040A300': { vr: 'SQ', Value: [measured] } }),
      item('NUM', codes('121033', 'DCM', 'Subject Age'), { '0040A300': { vr: 'SQ', Value: [measured] } }),
      item('PNAME', codes('121008', 'DCM', 'Person Observer Name'), {
        '0040A123': { vr: 'PN', Value: [{ Alphabetic: 'A^B' }] },
      }),
      item('CODE', codes('9', '99X', 'Smith'), { '0040A168': codes('8', '99X', 'Smith') }),
      { '0040A010': text('CS', 'INFERRED FROM'), '0040DB73': { vr: 'UL', Value: [1, 2] } },
      item('CONTAINER', codes('1', 'SCT', 'Smith'), {
        '0040A730': {
          vr: 'SQ',
          Value: [item('UIDREF', codes('1', 'SCT', 'image'), { '0040A124': text('UI', '1.2.3.4') })],
        },
      }),
    ];
    const before = { ...DATA_SET, '0040A730': { vr: 'SQ', Value: content } };
    const result = await seen({ cleanStructuredContent: true }, before);
    const items = result['0040A730']?.Value as DicomJson[];
    expect(items).toHaveLength(7);
    expect(JSON.stringify(items)).not.toMatch(/Smith|99X|A\^B|"1\.2\.3\.4"/);
    expect(items[0]?.['0040A160']?.Value).toEqual(['Fracture']);
    expect(items[1]?.['0040A300']?.Value).toEqual([measured]);
    expect(items[2]?.['0040A300']).toEqual({ vr: 'SQ' });
    expect(items[3]?.['0040A123']?.Value).toEqual([{ Alphabetic: 'REMOVED' }]);
    expect(items[5]).toEqual(content[5]);
    const inner = items[6]?.['0040A730']?.Value?.[0] as DicomJson | undefined;
    expect(inner?.['0040A124']?.Value).toEqual([await by().uid('1.2.3.4')]);
    expect((await seen({}, before))['0040A730']?.Value).toHaveLength(1);
  });
});

describe('PS3.15 E.3.10: safe private attributes', () => {
  it('stay with their creators; all other private attributes go', async () => {
    const dataSet: DicomJson = {
      '00190010': text('LO', 'SIEMENS MR HEADER'),
      '0019100C': { vr: 'IS', Value: [1000] },
      '00191008': text('CS', 'SMITH'),
      '0019100D': text('LO', 'SMITH'),
      '00290010': text('LO', 'SIEMENS CSA HEADER'),
      '00291010': { vr: 'OB', InlineBinary: 'U01JVEg=' },
      '00990010': text('LO', 'NQHeader'),
      '00991002': text('UI', '1.2.3.4'),
      '0019200C': { vr: 'IS', Value: [7] },
    };
    const result = await seen({ retainSafePrivate: true }, dataSet);
    const left = Object.entries(result).filter(([tag]) => Number.parseInt(tag[3]!, 16) % 2 === 1);
    expect(left).toEqual([
      ['00190010', dataSet['00190010']],
      ['0019100C', dataSet['0019100C']],
      ['00990010', dataSet['00990010']],
      ['00991002', { vr: 'UI', Value: [await by().uid('1.2.3.4')] }],
    ]);
    expect(Object.keys(await seen({}, dataSet)).some((tag) => Number.parseInt(tag[3]!, 16) % 2 === 1)).toBe(false);
  });
});

describe('options as JSON', () => {
  it.each<[unknown, DeidentifyOptions | undefined]>([
    [{}, {}],
    [
      { retainDates: 'modified', retainUIDs: true, cleanDescriptors: false },
      { retainUIDs: true, retainDates: 'modified' },
    ],
    [{ retainDates: 'none' }, undefined],
    [{ retainUids: true }, undefined],
    [{ retainUIDs: 'yes' }, undefined],
    [[], undefined],
    ['retainUIDs', undefined],
    [null, undefined],
  ])('%j', (json, expected) => expect(readDeidentifyOptions(json)).toEqual(expected));
});
