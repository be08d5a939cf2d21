import { describe, expect, it } from 'vitest';
import { SEARCH_KEYS } from '../../../src/archive/search/search-keys';
import { withSharedArchive } from '../../support/archive/with-archive';
import { found, get, results } from '../../support/clients/qido-client';
import { indexStudies } from '../../support/search/search-archive';
import { bare, mueller, neptune } from '../../support/search/search-samples';

withSharedArchive(async () => {
  await indexStudies([neptune, mueller, bare]);
});

async function refusal(path: string): Promise<string> {
  const response = await get(path);
  expect(response.status, path).toBe(400);
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  return ((await response.json()) as { detail: string }).detail;
}

describe('PS3.18 8.3.4.1: names of parameters', () => {
  it('keywords, tags and reserved names are not case-sensitive', async () => {
    for (const name of ['PatientID', 'patientid', 'PATIENTID', '00100020']) {
      expect(await found(`/studies?${name}=X0000002Y`)).toEqual([neptune.uid]);
    }
    expect(await found('/studies?0020000d=1.2.1')).toEqual([neptune.uid]);
    const [row] = await results('/studies?StudyInstanceUID=1.2.1&IncludeField=PatientAge&LIMIT=1&fuzzyMatching=false');
    expect(row!['00101010']!.Value).toEqual(['054Y']);
  });

  it('paths into sequences by keyword, tag or both', async () => {
    for (const path of [
      'RequestAttributesSequence.RequestedProcedureID',
      '00400275.00401001',
      'RequestAttributesSequence.00401001',
      '00400275.requestedprocedureid',
    ]) {
      expect(await found(`/series?${path}=PROC-1`)).toEqual(['1.3.11']);
    }
  });

  it('the answer has the items of a searched sequence that match (PS3.4 C.2.2.2.6)', async () => {
    const [row] = await results('/series?RequestAttributesSequence.ScheduledProcedureStepID=STEP-2');
    expect(row!['00400275']!.Value).toEqual([
      { '00400009': { vr: 'SH', Value: ['STEP-2'] }, '00401001': { vr: 'SH' } },
    ]);
  });

  it('an attribute that is given twice is refused, under each of its names', async () => {
    expect(await refusal('/studies?PatientID=1&PatientID=1')).toBe('PatientID is given twice.');
    expect(await refusal('/studies?PatientID=1&00100020=1')).toBe('00100020 is given twice.');
    expect(await refusal('/studies?limit=1&Limit=2')).toBe('limit is given twice.');
  });

  it('a value that its VR does not have is refused for every key, which the answer names without the value', async () => {
    const BAD: Record<string, readonly string[]> = {
      DA: ['20000230', '20230229-', '20240101-20240431', 'today', '2024'],
      TM: ['2400', '10h30', '1030-1060'],
      IS: ['one', '1.5', '0x10'],
      UI: ['1 2', '1.2/3', '1.2*'],
    };
    let asked = 0;
    for (const { path, vr, level } of SEARCH_KEYS) {
      for (const value of BAD[vr] ?? []) {
        const resource = { study: 'studies', series: 'series', instance: 'instances' }[level];
        const detail = await refusal(`/${resource}?${path}=${encodeURIComponent(value)}`);
        expect(detail).toContain(path);
        expect(detail).not.toContain(value);
        asked += 1;
      }
    }
    expect(asked).toBeGreaterThan(30);
  });

  it('a name in an attribute’s form that is not one is refused (8.3.4.1); values are never repeated', async () => {
    for (const name of ['PatientNames', 'Patient.Name', '00100010.', 'PatientName.Nobody']) {
      const detail = await refusal(`/studies?${name}=SECRET`);
      expect(detail).toContain(name);
      expect(detail).not.toContain('SECRET');
    }
    expect(await refusal('/studies?SECRET%5ENAME=1')).not.toContain('SECRET');
  });

  it('a parameter that is not an attribute is ignored, and the answer says so (8.3)', async () => {
    const response = await get('/studies?returnempty=false&_=1700000000000&PatientID=X0000002Y');
    expect(await response.json()).toHaveLength(1);
    expect(response.headers.get('Warning')).toMatch(/299 \S+: returnempty is not supported. The search ignores it./);
  });
});

describe('PS3.18 8.3: invalid values of parameters', () => {
  it.each([
    ['StudyDate', '20241301'],
    ['StudyDate', '2024-01-01'],
    ['StudyTime', '9'],
    ['SeriesNumber', 'one'],
    ['StudyInstanceUID', '1.2.*'],
    ['TimezoneOffsetFromUTC', 'CET'],
    ['limit', '-1'],
    ['limit', '1.5'],
    ['offset', 'x'],
    ['fuzzymatching', 'maybe'],
    ['emptyvaluematching', '1'],
    ['multiplevaluematching', 'yes'],
    ['count', 'exact'],
    ['PatientName', '%00'],
    ['PatientName', 'a%1Fb'],
    ['PatientName', 'M%FCller'],
    ['PatientName', '%ED%A0%80'],
    ['PatientName', '100%'],
    ['PatientName', '%zz'],
  ])('%s=%s', async (name, value) => {
    const detail = await refusal(`/series?${name}=${value}`);
    expect(detail).toContain(name);
    if (value.length > 2) expect(detail.replace('YYYYMMDD', '')).not.toContain(value);
  });

  it('an order by a name that is not an attribute', async () => {
    expect(await refusal('/studies?orderby=SECRET')).not.toContain('SECRET');
  });
});

describe('PS3.18 8.3.4.4: limit and offset', () => {
  it.each([
    ['limit=0', []],
    ['limit=2', [neptune.uid, mueller.uid]],
    ['limit=99999999999999999999999', [neptune.uid, mueller.uid, bare.uid]],
    ['limit=&offset=', [neptune.uid, mueller.uid, bare.uid]],
    ['offset=2', [bare.uid]],
    ['offset=3', []],
    ['offset=99999999999999999999999&limit=1', []],
    ['limit=%201', [neptune.uid]],
  ])('%s', async (query, uids) => expect(await found(`/studies?${query}`)).toEqual(uids));
});

describe('dates and times as clients write them (PS3.5 6.2, PS3.4 C.2.2.2.5)', () => {
  it.each([
    ['StudyDate=2024.01.05', [neptune.uid]],
    ['StudyDate=2024.01.01-2024.12.31', [neptune.uid]],
    ['StudyDate=-2023.12.31', [mueller.uid]],
    ['StudyTime=10:15', [neptune.uid]],
    ['StudyDate=20240105-20240101', []],
  ])('%s', async (query, uids) => expect(await found(`/studies?${query}`)).toEqual(uids));
});

describe('long queries', () => {
  it('with long values, many parameters and many fields are answered', async () => {
    const long = 'x'.repeat(15_000);
    expect(await found(`/studies?PatientName=${long}`)).toEqual([]);
    expect(await found(`/studies?PatientName=*${'a*'.repeat(7000)}`)).toEqual([]);
    expect(await found(`/studies?PatientID=*${'?a*'.repeat(4000)}`)).toEqual([]);
    expect(await found(`/studies?StudyInstanceUID=${'1.2.3.4.5.6,'.repeat(1200)}`)).toEqual([]);
    expect(await found(`/studies?includefield=${'00100010,'.repeat(1600)}&limit=1`)).toEqual([neptune.uid]);
    const fields = Array.from({ length: 1500 }, (_, at) => `p${at}=1`).join('&');
    const ignored = await get(`/studies?${fields}`);
    expect(ignored.status).toBe(200);
    expect(ignored.headers.get('Warning')!.length).toBeLessThan(4000);
  });
});
