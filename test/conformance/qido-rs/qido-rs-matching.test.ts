import { describe, expect, it } from 'vitest';
import { SEARCH_KEYS } from '../../../src/archive/search/search-keys';
import { keywordOfTag } from '../../../src/dicom/dictionary/dictionary';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { withSharedArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import { found, get } from '../../support/clients/qido-client';
import { indexStudies } from '../../support/search/search-archive';
import { bare, CT, mueller, neptune } from '../../support/search/search-samples';

withSharedArchive(async () => {
  await indexStudies([neptune, mueller, bare]);
});

describe('PS3.18 10.6.1.2.3: matching attributes, by tag and by keyword', () => {
  const VALUES: Record<string, [value: string, path: string, unique: string]> = {
    '00080020': ['20240105', '/studies', neptune.uid],
    '00080030': ['1015', '/studies', neptune.uid],
    '00080050': ['2000041576', '/studies', neptune.uid],
    '00080061': ['PT', '/studies', neptune.uid],
    '00080090': ['hale^ann', '/studies', neptune.uid],
    '00081030': ['CT CHEST DFCI 100%25', '/studies', neptune.uid],
    '00100010': ['muller^jurgen', '/studies', mueller.uid],
    '00100020': ['X0000002Y', '/studies', neptune.uid],
    '00100021': ['HOSPITAL', '/studies', mueller.uid],
    '00100030': ['19691231-19700102', '/studies', neptune.uid],
    '00100040': ['O', '/studies', neptune.uid],
    '0020000D': [bare.uid, '/studies', bare.uid],
    '00200010': ['S-2', '/studies', mueller.uid],
    '00080060': ['MR', '/series', '1.3.21'],
    '0008103E': ['*B PE*', '/series', '1.3.12'],
    '00180015': ['HEAD', '/series', '1.3.21'],
    '00181030': ['T1*', '/series', '1.3.21'],
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
  for (const { path: tag } of SEARCH_KEYS) {
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

describe('keys of lower levels, beyond PS3.18 10.6.1.2.3', () => {
  it('match the entities that contain a match', async () => {
    expect(await found('/studies?SeriesInstanceUID=1.3.12')).toEqual([neptune.uid]);
    expect(await found('/studies?SOPInstanceUID=1.4.211')).toHaveLength(1);
    expect(await found('/studies?Modality=PT')).toContain(neptune.uid);
    expect(await found('/series?SOPInstanceUID=1.4.112')).toEqual(['1.3.11']);
    // One series has to match all keys of the series level.
    expect(await found('/studies?Modality=PT&SeriesInstanceUID=1.3.11')).toEqual([]);
  });
});

describe('PS3.4 C.2.2.2: kinds of matching', () => {
  it.each([
    ['case does not count in texts', 'StudyDescription=BRAIN [Plain]', [mueller.uid]],
    ['nor with wildcards', 'StudyDescription=*chest*', [neptune.uid]],
    ['nor in identifiers', 'PatientID=x0000002y', [neptune.uid]],
    ['nor in accession numbers', 'AccessionNumber=a_?', [mueller.uid]],
    ['nor in what a series is called', 'ProtocolName=t1*', [mueller.uid]],
    ['nor in requests', 'RequestAttributesSequence.ScheduledProcedureStepID=step-2', [neptune.uid]],
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

  it('searches are case-sensitive when the deployment is configured so (C.2.2.2.1)', async () => {
    const strict = archiveClient({ SEARCH_CASE: 'sensitive' });
    const uids = async (query: string) => {
      const answer = await (await strict.fetch(`/dicomweb/studies?${query}`)).json<DicomJson[]>();
      return answer.map((study) => study['0020000D']!.Value![0]);
    };
    for (const [asked, folded, uid] of [
      ['StudyDescription=*CHEST*', 'StudyDescription=*Chest*', neptune.uid],
      ['PatientID=X0000002Y', 'PatientID=x0000002Y', neptune.uid],
      ['AccessionNumber=A_?', 'AccessionNumber=a_?', mueller.uid],
      ['ProtocolName=T1*', 'ProtocolName=t1*', mueller.uid],
      ['00400275.00400009=STEP-2', '00400275.00400009=Step-2', neptune.uid],
    ]) {
      expect(await uids(asked!), asked).toEqual([uid]);
      expect(await uids(folded!), folded).toEqual([]);
    }
    expect(await uids('PatientName=NEPTUNE^triton')).toEqual([neptune.uid]);
    expect((await archiveClient({ SEARCH_CASE: 'Sensitive' }).fetch('/dicomweb/studies')).status).toBe(503);
  });

  it('patterns of any length match, in spite of the limit of D1 for GLOB', async () => {
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
