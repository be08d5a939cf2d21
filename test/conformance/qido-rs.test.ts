import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { MATCHING_KEYS } from '../../src/archive/attributes';
import { keywordOfTag } from '../../src/dicom/dictionary';
import type { DicomJson } from '../../src/dicom/json-model';
import { migrate } from '../support/migrate';
import { indexStudies } from '../support/search-archive';
import { bare, CT, mueller, neptune } from '../support/search-samples';

const BASE = 'https://archive.example/dicomweb';

beforeAll(async () => {
  await migrate();
  await indexStudies([neptune, mueller, bare]);
});

async function get(path: string, headers: Record<string, string> = { Accept: 'application/dicom+json' }) {
  return await exports.default.fetch(`${BASE}${path}`, { headers });
}

async function results(path: string): Promise<DicomJson[]> {
  const response = await get(path);
  expect(response.status, path).toBe(200);
  expect(response.headers.get('Content-Type')).toBe('application/dicom+json');
  return await response.json();
}

const UNIQUE = { studies: '0020000D', series: '0020000E', instances: '00080018' };

/** Unique keys of what was found, in the answer's order. */
async function found(path: string): Promise<unknown[]> {
  const resource = /(studies|series|instances)(\?|$)/.exec(path)?.[1] as keyof typeof UNIQUE;
  return (await results(path)).map((result) => result[UNIQUE[resource]]?.Value?.[0]);
}

describe('PS3.18 10.6.1.2.3: required matching attributes, by tag and by keyword', () => {
  const VALUES: Record<string, [value: string, path: string, unique: string]> = {
    '00080020': ['20240105', '/studies', neptune.uid],
    '00080030': ['1015', '/studies', neptune.uid],
    '00080050': ['2000041576', '/studies', neptune.uid],
    '00080061': ['PT', '/studies', neptune.uid],
    '00080090': ['hale^ann', '/studies', neptune.uid],
    '00081030': ['CT CHEST DFCI 100%25', '/studies', neptune.uid],
    '00100010': ['muller^jurgen', '/studies', mueller.uid],
    '00100020': ['X0000002Y', '/studies', neptune.uid],
    '0020000D': [bare.uid, '/studies', bare.uid],
    '00200010': ['S-2', '/studies', mueller.uid],
    '00080060': ['MR', '/series', '1.3.21'],
    '0020000E': ['1.3.11', '/series', '1.3.11'],
    '00200011': ['5', '/series', '1.3.21'],
    '00400244': ['20240101-', '/series', '1.3.11'],
    '00400245': ['23', '/series', '1.3.21'],
    '00400275.00400009': ['STEP-2', '/series', '1.3.11'],
    '00400275.00401001': ['PROC-1', '/series', '1.3.11'],
    '00080016': [CT, `/studies/${neptune.uid}/series/1.3.12/instances`, '1.4.121'],
    '00080018': ['1.4.311', '/instances', '1.4.311'],
    '00200013': ['2', '/instances', '1.4.112'],
  };
  for (const { tag } of MATCHING_KEYS) {
    const [value, path, unique] = VALUES[tag]!;
    const keyword = tag.split('.').map(keywordOfTag).join('.');
    it(`${keyword} ${tag}`, async () => {
      expect(await found(`${path}?${tag}=${value}`)).toEqual([unique]);
      expect(await found(`${path}?${tag.toLowerCase()}=${value}`)).toEqual([unique]);
      expect(await found(`${path}?${keyword}=${value}`)).toEqual([unique]);
    });
  }

  it('keys of upper levels match at every resource below', async () => {
    expect(await found('/series?PatientID=X0000002Y')).toEqual(['1.3.11', '1.3.12']);
    expect(await found('/instances?Modality=CT&StudyDate=20240105')).toEqual(['1.4.111', '1.4.112']);
    expect(await found(`/instances?SeriesInstanceUID=1.3.21`)).toEqual(['1.4.211']);
    expect(await found(`/studies/${neptune.uid}/series?SeriesInstanceUID=1.3.12`)).toEqual(['1.3.12']);
    expect(await found(`/studies/${neptune.uid}/instances?Modality=PT`)).toEqual(['1.4.121']);
  });
});

describe('PS3.4 C.2.2.2: kinds of matching', () => {
  it.each([
    ['single values are case-sensitive', 'StudyDescription=brain [plain]', []],
    ['but names are not, nor do accents count', 'PatientName=MULLER^JURGEN', [mueller.uid]],
    ['trailing empty components do not count', 'PatientName=neptune^triton^^', [neptune.uid]],
    ['wildcards', 'StudyDescription=*CHEST*', [neptune.uid]],
    ['a question mark is one character', 'PatientID=X000000?Y', [neptune.uid]],
    ['and not none', 'PatientID=X0000002Y?', []],
    ['per cent is data', 'StudyDescription=*100%25', [neptune.uid]],
    ['so is an underscore', 'AccessionNumber=A_?', [mueller.uid]],
    ['so are brackets', 'StudyDescription=*[[]plain]', []],
    ['', 'StudyDescription=*[plain]', [mueller.uid]],
    ['so are quotes', "ReferringPhysicianName=o'hara*", [mueller.uid]],
    ['stars of any number', `StudyDescription=CT${'*'.repeat(40)}CHEST${'*'.repeat(40)}DFCI 100%25`, [neptune.uid]],
    ['date ranges', 'StudyDate=20240101-20241231', [neptune.uid]],
    ['open at the end', 'StudyDate=20231231-', [neptune.uid, mueller.uid]],
    ['open at the start', 'StudyDate=-20231231', [mueller.uid]],
    ['time ranges', 'StudyTime=2359-', [mueller.uid]],
    ['lists of UIDs by comma', `StudyInstanceUID=${bare.uid},${mueller.uid}`, [mueller.uid, bare.uid]],
    ['and by backslash', `StudyInstanceUID=${bare.uid}%5C${neptune.uid}`, [neptune.uid, bare.uid]],
    ['universal: empty', 'PatientName=', [neptune.uid, mueller.uid, bare.uid]],
    ['universal: a star', 'PatientName=*', [neptune.uid, mueller.uid, bare.uid]],
    ['any of several modalities', 'ModalitiesInStudy=PT,MR', [neptune.uid, mueller.uid]],
    ['a modality is a whole value', 'ModalitiesInStudy=P', []],
  ])('%s: %s', async (_, query, uids) => expect(await found(`/studies?${query}`)).toEqual(uids));

  it('patterns of any length match, whatever D1 lets GLOB have', async () => {
    for (let length = 20; length < 60; length += 1) {
      expect(await found(`/studies?PatientName=*Neptune^Triton*${'x'.repeat(length)}*`)).toEqual([]);
      expect(await found(`/studies?PatientID=X000000${'*?'.repeat(2)}*${'Ÿ'.repeat(length)}`)).toEqual([]);
    }
  });

  it('the keys of a sequence match one item together (C.2.2.2.6)', async () => {
    const path = (step: string) =>
      `/series?RequestAttributesSequence.00400009=${step}&00400275.RequestedProcedureID=PROC-1`;
    expect(await found(path('STEP-1'))).toEqual(['1.3.11']);
    expect(await found(path('STEP-2'))).toEqual([]);
  });
});

describe('what clients send', () => {
  const LIST = 'limit=101&offset=0&fuzzymatching=false&includefield=00081030%2C00080060%2C00080090%2C00100030';
  it.each([
    ['the study list', `/studies?${LIST}`, [neptune.uid, mueller.uid, bare.uid]],
    ['its name filter', `/studies?${LIST}&PatientName=*nept*`, [neptune.uid]],
    ['“Last, First” in it', `/studies?${LIST}&PatientName=*Neptune, Tri*`, [neptune.uid]],
    ['its MRN filter', `/studies?${LIST}&00100020=*0000002*`, [neptune.uid]],
    ['its modality filter', `/studies?${LIST}&ModalitiesInStudy=MG%2CXA`, []],
    ['its date filter', `/studies?${LIST}&StudyDate=19700102-20050101`, []],
    [
      'all filters at once',
      '/studies?PatientName=*Neptune*&00100020=*0000002*&AccessionNumber=*000041576*&StudyDescription=*DFCI*&ModalitiesInStudy=CT&limit=101&offset=0&fuzzymatching=false&includefield=00081030%2C00080060',
      [neptune.uid],
    ],
    ['a row opened', `/studies/${neptune.uid}/series?includefield=0008103E%2C00080021`, ['1.3.11', '1.3.12']],
    ['a study opened', `/studies?${LIST}&StudyInstanceUID=${neptune.uid}`, [neptune.uid]],
    ['two studies opened', `/studies?${LIST}&StudyInstanceUID=1.2.1%5C1.2.2`, [neptune.uid, mueller.uid]],
    ['priors', `/studies?00100020=X0000002Y&${LIST}`, [neptune.uid]],
    ['one series', `/studies/${neptune.uid}/series?SeriesInstanceUID=1.3.12`, ['1.3.12']],
    ['any one instance', `/studies/${neptune.uid}/series/1.3.11/instances?limit=1&includefield=00080018`, ['1.4.111']],
    ['Weasis', '/studies?&includefield=00081030&PatientName=NEPTUNE*', [neptune.uid]],
  ])('%s: %s', async (_, path, uids) => expect(await found(path)).toEqual(uids));

  it('OHIF’s Accept of several kinds gets JSON', async () => {
    const Accept = 'application/dicom+json, multipart/related; type="application/octet-stream"; transfer-syntax="*"';
    const response = await get('/studies', { Accept });
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('application/dicom+json');
  });
});

describe('PS3.18 10.6.3.3: what an answer holds', () => {
  it('a study (table 10.6.3-3)', async () => {
    const [study] = await results(`/studies?StudyInstanceUID=${neptune.uid}`);
    expect(study).toEqual({
      '00080020': { vr: 'DA', Value: ['20240105'] },
      '00080030': { vr: 'TM', Value: ['101500.5'] },
      '00080050': { vr: 'SH', Value: ['2000041576'] },
      '00080056': { vr: 'CS', Value: ['ONLINE'] },
      '00080061': { vr: 'CS', Value: ['CT', 'PT'] },
      '00080090': { vr: 'PN', Value: [{ Alphabetic: 'Hale^Ann' }] },
      '00080201': { vr: 'SH', Value: ['+0100'] },
      '00081030': { vr: 'LO', Value: ['CT CHEST DFCI 100%'] },
      '00081190': { vr: 'UR', Value: [`${BASE}/studies/${neptune.uid}`] },
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'NEPTUNE^TRITON' }] },
      '00100020': { vr: 'LO', Value: ['X0000002Y'] },
      '00100030': { vr: 'DA', Value: ['19700101'] },
      '00100040': { vr: 'CS', Value: ['O'] },
      '0020000D': { vr: 'UI', Value: [neptune.uid] },
      '00200010': { vr: 'SH', Value: ['S-1'] },
      '00201206': { vr: 'IS', Value: [2] },
      '00201208': { vr: 'IS', Value: [3] },
    });
    expect(Object.keys(study!)).toEqual(Object.keys(study!).sort());
  });

  it('what is required and not known is there and empty', async () => {
    const [study] = await results(`/studies?StudyInstanceUID=${bare.uid}`);
    for (const tag of [
      '00080020',
      '00080030',
      '00080050',
      '00080061',
      '00080090',
      '00100010',
      '00100020',
      '00100030',
    ]) {
      expect(study![tag], tag).toEqual({ vr: expect.stringMatching(/^[A-Z]{2}$/) });
    }
    expect(study!['00080201']).toBeUndefined();
  });

  it('a series of a study (table 10.6.3-4), without the study’s attributes', async () => {
    const [series] = await results(`/studies/${neptune.uid}/series`);
    expect(Object.keys(series!)).toEqual([
      ...['00080056', '00080060', '00080201', '0008103E', '00081190', '0020000D', '0020000E', '00200011', '00201209'],
      ...['00400244', '00400245', '00400275'],
    ]);
    expect(series!['00201209']).toEqual({ vr: 'IS', Value: [2] });
    expect(series!['00081190']!.Value).toEqual([`${BASE}/studies/${neptune.uid}/series/1.3.11`]);
    expect(series!['00400275']!.Value).toHaveLength(2);
    expect(series!['00400275']!.Value![1]).toEqual({
      '00400009': { vr: 'SH', Value: ['STEP-2'] },
      '00401001': { vr: 'SH' },
    });
  });

  it('an instance of a series (table 10.6.3-5)', async () => {
    const [instance] = await results(`/studies/${neptune.uid}/series/1.3.12/instances`);
    expect(instance).toEqual({
      '00080016': { vr: 'UI', Value: [CT] },
      '00080018': { vr: 'UI', Value: ['1.4.121'] },
      '00080056': { vr: 'CS', Value: ['ONLINE'] },
      '00080201': { vr: 'SH', Value: ['+0100'] },
      '00081190': { vr: 'UR', Value: [`${BASE}/studies/${neptune.uid}/series/1.3.12/instances/1.4.121`] },
      '00083002': { vr: 'UI', Value: ['1.2.840.10008.1.2.1'] },
      '0020000D': { vr: 'UI', Value: [neptune.uid] },
      '0020000E': { vr: 'UI', Value: ['1.3.12'] },
      '00200013': { vr: 'IS', Value: [1] },
      '00280008': { vr: 'IS', Value: [7] },
      '00280010': { vr: 'US', Value: [512] },
      '00280011': { vr: 'US', Value: [256] },
      '00280100': { vr: 'US', Value: [16] },
    });
  });

  it('levels that the path leaves open are described too', async () => {
    const [series] = await results('/series?Modality=CT');
    expect(series).toMatchObject({ '00100020': { Value: ['X0000002Y'] }, '00201206': { Value: [2] } });
    const [ofStudy] = await results(`/studies/${neptune.uid}/instances`);
    expect(ofStudy).toMatchObject({ '00080060': { Value: ['CT'] }, '00201209': { Value: [2] } });
    expect(ofStudy!['00100020']).toBeUndefined();
    const [instance] = await results('/instances?SOPInstanceUID=1.4.112');
    expect(instance).toMatchObject({ '00100020': { Value: ['X0000002Y'] }, '00080060': { Value: ['CT'] } });
  });

  it('includefield at and above the level; below it is ignored (8.3.4.3)', async () => {
    const [study] = await results(
      '/studies?PatientID=X0000002Y&includefield=PatientAge&includefield=00080060,00081048',
    );
    expect(study!['00101010']).toEqual({ vr: 'AS', Value: ['054Y'] });
    expect(study!['00081048']).toEqual({ vr: 'PN' });
    expect(study!['00080060']).toBeUndefined();
    const [series] = await results(`/studies/${neptune.uid}/series?includefield=00100010,SeriesTime,SOPClassUID`);
    expect(series!['00100010']!.Value).toEqual([{ Alphabetic: 'NEPTUNE^TRITON' }]);
    expect(series!['00080031']!.Value).toEqual(['102000']);
    expect(series!['00080016']).toBeUndefined();
    const [all] = await results(`/studies?PatientID=X0000002Y&includefield=all`);
    expect(all!['00101010']!.Value).toEqual(['054Y']);
  });
});

describe('PS3.18 8.3.4.4: paging', () => {
  it('pages in a stable order, and says when there is more', async () => {
    const first = await get('/studies?limit=2');
    expect(first.headers.get('Warning')).toBe(`299 ${BASE}: There are additional results that can be requested`);
    expect(await first.json()).toHaveLength(2);
    const last = await get('/studies?limit=2&offset=2');
    expect(last.headers.get('Warning')).toBeNull();
    expect(await found('/studies?limit=2&offset=2')).toEqual([bare.uid]);
    expect(await found('/studies?offset=9007199254740993')).toEqual([]);
    expect(await found('/instances')).toEqual(['1.4.111', '1.4.112', '1.4.121', '1.4.211', '1.4.311']);
  });
});

describe('PS3.18 10.6.3.1: status', () => {
  it.each(['/studies?PatientID=nobody', '/studies/9.9/series', '/studies/1.2.1/series/9.9/instances'])(
    'nothing found is an empty list: %s',
    async (path) => expect(await results(path)).toEqual([]),
  );

  it.each(['StudyDate=2024', 'SeriesNumber=one', 'limit=x', 'PatientNames=A', 'PatientID=1&00100020=1'])(
    '%s is a bad request',
    async (query) => {
      const response = await get(`/series?${query}`);
      expect(response.status).toBe(400);
      expect(await response.text()).not.toContain('2024');
    },
  );

  it('a key that cannot be matched is said not to have been', async () => {
    const response = await get('/studies?PatientBirthDate=19700101&Modality=CT&fuzzymatching=true');
    expect(response.status).toBe(200);
    expect(response.headers.get('Warning')).toMatch(
      /^299 \S+: The attribute 00100030 .*, 299 .*00080060.*, 299 .*fuzzymatching/,
    );
  });

  it.each([
    ['application/json', 200, 'application/json'],
    ['*/*', 200, 'application/dicom+json'],
    ['image/jpeg', 406, undefined],
  ])('Accept: %s', async (Accept, status, type) => {
    const response = await get('/studies', { Accept });
    expect(response.status).toBe(status);
    if (type !== undefined) expect(response.headers.get('Content-Type')).toBe(type);
  });

  it('answers are asked for again each time, and HEAD is GET without a body', async () => {
    expect((await get('/studies')).headers.get('Cache-Control')).toContain('no-cache');
    const head = await exports.default.fetch(`${BASE}/studies`, { method: 'HEAD', headers: { Accept: '*/*' } });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
  });
});
