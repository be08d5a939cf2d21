import { describe, expect, it } from 'vitest';
import { withSharedArchive } from '../../support/archive/with-archive';
import { found, get } from '../../support/clients/qido-client';
import { indexStudies, type StudySample } from '../../support/search/search-archive';
import { CT } from '../../support/search/search-samples';

/** Studies that differ in the attributes that these kinds of matching use. */
const STUDIES: readonly StudySample[] = [
  study('1.2.1', { '00100010': 'Smith^John', '00100020': 'B', '00080020': '20240101', '00080030': '2330' }, ['CT']),
  study('1.2.2', { '00100010': 'Smyth^Jon', '00100020': 'A', '00080020': '20240102', '00080030': '0100' }, [
    'CT',
    'PT',
  ]),
  study('1.2.3', { '00100010': 'John^Smith', '00100020': 'C', '00080020': '20240103' }, ['MR', 'PT', 'CT']),
  study('1.2.4', { '00100020': 'D', '00081030': 'Head ""' }, []),
];

function study(uid: string, values: StudySample['values'], modalities: readonly string[]): StudySample {
  const series = modalities.map((modality, at) => ({
    uid: `${uid}.${at}`,
    values: { '00080060': modality, '00200011': at + 1 },
    instances: [{ uid: `${uid}.${at}.1`, sopClassUID: CT, number: 1 }],
  }));
  const nameless = [{ uid: `${uid}.0`, values: {}, instances: [{ uid: `${uid}.0.1`, sopClassUID: CT, number: null }] }];
  return { uid, values, series: series.length > 0 ? series : nameless };
}

withSharedArchive(async () => {
  await indexStudies(STUDIES);
});

/** The studies that a query finds, by the last number of each; the search must do everything that was asked. */
async function studies(query: string): Promise<string> {
  const response = await get(`/studies?${query}`);
  expect(response.headers.get('Warning'), query).toBeNull();
  return (await found(`/studies?${query}`)).map((uid) => String(uid).slice(4)).join('');
}

describe('PS3.18 8.3.4.2: fuzzymatching', () => {
  it('finds names in another order and with a similar sound, the name itself first', async () => {
    expect(await studies('PatientName=Smith^John')).toBe('1');
    expect(await studies('PatientName=Smith^John&fuzzymatching=false')).toBe('1');
    const fuzzy = await studies('PatientName=Smith^John&fuzzymatching=true');
    expect(fuzzy[0]).toBe('1');
    expect([...fuzzy].sort().join('')).toBe('123');
    expect([...(await studies('PatientName=John Smith&fuzzymatching=true'))].sort().join('')).toBe('123');
  });
});

describe('PS3.18 8.3.4.5: emptyvaluematching', () => {
  it.each([
    ['a name', 'PatientName=""&emptyvaluematching=true', '4'],
    ['a date', 'StudyDate=""&emptyvaluematching=true', '4'],
    ['a time', 'StudyTime=""&emptyvaluematching=true', '34'],
    ['text', 'StudyDescription=""&emptyvaluematching=true', '321'],
    ['a computed attribute', 'ModalitiesInStudy=""&emptyvaluematching=true', '4'],
    ['a key that is never empty', 'StudyInstanceUID=""&emptyvaluematching=true', ''],
    ['with another key', 'StudyTime=""&PatientID=C&emptyvaluematching=true', '3'],
  ])('%s: %s', async (_, query, uids) => expect(await studies(query.replaceAll('"', '%22'))).toBe(uids));

  it('without it, two quotation marks are text', async () => {
    expect(await studies('StudyDescription=%22%22')).toBe('');
    expect(await studies('StudyDescription=*%22%22')).toBe('4');
    expect((await get('/studies?StudyDate=%22%22')).status).toBe(400);
  });
});

describe('PS3.18 8.3.4.6: multiplevaluematching', () => {
  it.each([
    ['both modalities', 'ModalitiesInStudy=CT%5CPT&multiplevaluematching=true', '32'],
    ['whatever the order', 'ModalitiesInStudy=PT%5CMR%5CCT&multiplevaluematching=true', '3'],
    ['one', 'ModalitiesInStudy=PT&multiplevaluematching=true', '32'],
    ['any of them without it', 'ModalitiesInStudy=CT%5CPT', '321'],
    ['of an attribute of one value, the value', 'PatientID=A%5CB&multiplevaluematching=true', ''],
    ['UIDs stay a list', 'StudyInstanceUID=1.2.1%5C1.2.4&multiplevaluematching=true', '14'],
  ])('%s: %s', async (_, query, uids) => expect(await studies(query)).toBe(uids));
});

describe('PS3.4 C.2.2.2.5: date and time together, and their zone', () => {
  it('a range of both runs from the first moment to the last', async () => {
    expect(await studies('StudyDate=20240101-20240102&StudyTime=2300-0200')).toBe('21');
    expect(await studies('StudyDate=20240101-20240102&StudyTime=2300-0030')).toBe('1');
  });
  it('every notation of a zone is understood', async () => {
    for (const zone of ['%2B0000', '+0000', '-0000']) {
      expect(await studies(`StudyDate=20240101&TimezoneOffsetFromUTC=${zone}`)).toBe('1');
    }
  });
});

describe('orderby', () => {
  it('names up to 16 attributes; more are 400', async () => {
    const by = (count: number) =>
      Array.from({ length: count }, (_, n) => (n % 2 ? '-StudyDate' : 'PatientName')).join();
    for (const level of ['studies', 'series', 'instances']) {
      expect((await get(`/${level}?orderby=${by(16)}`)).status, level).toBe(200);
      expect((await get(`/${level}?orderby=${by(100)}`)).status, level).toBe(400);
    }
  });

  it.each([
    ['orderby=StudyDate', '1234'],
    ['orderby=-StudyDate', '3214'],
    ['orderby=PatientID', '2134'],
    ['orderby=-PatientID', '4312'],
    ['orderby=PatientName', '3124'],
    ['orderby=NumberOfStudyRelatedSeries,PatientID', '2134'],
    ['orderby=PatientID&limit=2&offset=1', '13'],
  ])('%s', async (query, uids) => {
    const response = await get(`/studies?${query}`);
    expect(((await response.json()) as unknown[]).length).toBe(uids.length);
    expect((await found(`/studies?${query}`)).map((uid) => String(uid).slice(4)).join('')).toBe(uids);
  });

  it('series and instances by their own and their study’s attributes', async () => {
    expect(await found('/series?orderby=-PatientID,-Modality&ModalitiesInStudy=PT')).toEqual([
      ...['1.2.3.1', '1.2.3.0', '1.2.3.2'],
      ...['1.2.2.1', '1.2.2.0'],
    ]);
    expect(await found('/studies/1.2.3/series?orderby=Modality')).toEqual(['1.2.3.2', '1.2.3.0', '1.2.3.1']);
    expect(await found('/studies/1.2.3/instances?orderby=-Modality')).toEqual(['1.2.3.1.1', '1.2.3.0.1', '1.2.3.2.1']);
  });

  it('results are not ordered by an attribute without a single value, and the answer says so', async () => {
    const response = await get('/studies?orderby=Modality,PatientID');
    expect(response.headers.get('Warning')).toMatch(/00080060 is not supported by orderby/);
    expect((await found('/studies?orderby=Modality,PatientID')).map((uid) => String(uid).slice(4)).join('')).toBe(
      '2134',
    );
  });
});
