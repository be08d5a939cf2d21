import { exports } from 'cloudflare:workers';
import { afterAll, describe, expect, it } from 'vitest';
import { resetAll, withSharedArchive } from '../../support/archive/with-archive';
import { BASE, found, get, results } from '../../support/clients/qido-client';
import { indexStudies } from '../../support/search/search-archive';
import { bare, CT, mueller, neptune } from '../../support/search/search-samples';

// The deployed Worker's queue too.
afterAll(resetAll);
withSharedArchive(async () => {
  await indexStudies([neptune, mueller, bare]);
});

describe('PS3.18 10.6.3.3: the contents of an answer', () => {
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

  it('a required text without a value is present and empty', async () => {
    const [study] = await results(`/studies?StudyInstanceUID=${bare.uid}`);
    for (const tag of ['00080050', '00081030', '00100020', '00100040', '00200010']) {
      expect(study![tag], tag).toEqual({ vr: expect.stringMatching(/^[A-Z]{2}$/) });
    }
    expect(study!['00080201']).toBeUndefined();
  });

  // OHIF 3.13 loops over the values of ModalitiesInStudy if the attribute is present.
  it('a modality, date, number or name is present only with a value, also when the request names it', async () => {
    const tags = ['00080020', '00080030', '00080061', '00080090', '00100010', '00100030'];
    for (const asked of ['', `&includefield=${tags.join(',')}`, '&includefield=all']) {
      const [study] = await results(`/studies?StudyInstanceUID=${bare.uid}${asked}`);
      for (const tag of tags) expect(study![tag], tag + asked).toBeUndefined();
    }
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

  it('the answer says which key was not matched', async () => {
    const response = await get('/studies?PatientWeight=70&00091001=x&fuzzymatching=true');
    expect(response.status).toBe(200);
    expect(response.headers.get('Warning')).toMatch(/^299 \S+: The attribute 00101030 .*, 299 \S+: .*00091001 [^,]*$/);
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

  it('answers are revalidated each time, and HEAD is GET without a body', async () => {
    expect((await get('/studies')).headers.get('Cache-Control')).toContain('no-cache');
    const head = await exports.default.fetch(`${BASE}/studies`, { method: 'HEAD', headers: { Accept: '*/*' } });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
  });
});
