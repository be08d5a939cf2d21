import { describe, expect, it } from 'vitest';
import { A, A_1, A_2, A1, A2, A3, B, B1, EXTRA_ATTRIBUTES, EXTRA_FILES } from '../../support/archive/extra-samples';
import { withSharedArchive } from '../../support/archive/with-archive';
import { type WorkerClient, workerClient } from '../../support/clients/worker-client';

const MODIFIER = 'AnatomicRegionSequence.AnatomicRegionModifierSequence';
const REQUEST = 'RequestAttributesSequence';

let client: WorkerClient;

withSharedArchive(async () => {
  client = workerClient({ SEARCH_ATTRIBUTES: EXTRA_ATTRIBUTES });
  // The index knows the attributes from the first request of an isolate on.
  await client.fetch('/dicomweb/studies');
  await client.deliver();
  // One value is not a number, which causes a warning.
  expect((await client.store(EXTRA_FILES)).status).toBe(202);
});

const UNIQUE = { studies: '0020000D', series: '0020000E', instances: '00080018' };

async function found(resource: keyof typeof UNIQUE, query: string, scope = ''): Promise<string[]> {
  const response = await client.fetch(`/dicomweb${scope}/${resource}?${query}`);
  expect(response.status, await response.clone().text()).toBe(200);
  expect(response.headers.get('Warning'), query).toBeNull();
  const results = (await response.json()) as Record<string, { Value?: unknown[] }>[];
  return results.map((result) => String(result[UNIQUE[resource]]?.Value?.[0])).sort();
}

const instances = (query: string) => found('instances', query);

describe('PS3.18 10.6.1.2.3: attributes that the deployment adds are keys at each level', () => {
  it.each<[name: string, resource: keyof typeof UNIQUE, query: string, uids: string[]]>([
    ['of the study, of studies', 'studies', 'PatientAge=054Y', [A]],
    ['by tag', 'studies', '00101010=007D', [B]],
    ['of the study, of its series', 'series', 'EthnicGroup=Neptunian 100%25', [A_1, A_2]],
    ['of the study, of its instances', 'instances', 'PatientAge=054Y', [A1, A2, A3]],
    ['of the series, of series', 'series', 'StationName=CT_01', [A_1]],
    ['of the series, of its instances', 'instances', 'StationName=CT_02', [A3]],
    ['of the series, of the study that has one', 'studies', 'StationName=CT_02', [A]],
    ['of the instance, of instances', 'instances', 'KVP=120', [A1, B1]],
    ['of the instance, of the series that has one', 'series', 'KVP=80', [A_1]],
    ['of the instance, of the studies that have one', 'studies', 'KVP=120', [A, B]],
    ['of several levels', 'instances', 'KVP=120&StationName=CT_01&PatientAge=054Y', [A1]],
    ['beside standard keys', 'studies', 'KVP=120&PatientID=MRN0000002', [A, B]],
    ['beside standard keys of lower levels', 'instances', 'KVP=120&SOPInstanceUID=1.2.7.2.1.1', [B1]],
  ])('%s: %s?%s', async (_, resource, query, uids) => expect(await found(resource, query)).toEqual(uids));

  it('within the study or series that the path names', async () => {
    expect(await found('instances', 'KVP=120', `/studies/${A}`)).toEqual([A1]);
    expect(await found('instances', 'PatientAge=054Y', `/studies/${A}/series/${A_2}`)).toEqual([A3]);
    expect(await found('series', 'KVP=140', `/studies/${A}`)).toEqual([A_2]);
    expect(await found('series', 'KVP=140', `/studies/${B}`)).toEqual([]);
  });

  it('two attributes of instances find a study by one instance that has both', async () => {
    expect(await found('studies', 'KVP=80&ImageType=DERIVED')).toEqual([A]);
    expect(await found('studies', 'KVP=80&ImageType=ORIGINAL')).toEqual([]);
    expect(await found('series', 'KVP=80&ImageType=PRIMARY')).toEqual([A_1]);
    expect(await found('studies', 'StationName=CT_02&KVP=120')).toEqual([]);
  });

  it('with keys of the standard, they find a study by one entity that matches all of them', async () => {
    expect(await found('studies', `KVP=80&SOPInstanceUID=${A2}`)).toEqual([A]);
    expect(await found('studies', `KVP=80&SOPInstanceUID=${A1}`)).toEqual([]);
    expect(await found('series', `KVP=80&SOPInstanceUID=${A1}`)).toEqual([]);
    expect(await found('studies', `StationName=CT_02&SeriesInstanceUID=${A_2}`)).toEqual([A]);
    expect(await found('studies', `StationName=CT_02&SeriesInstanceUID=${A_1}`)).toEqual([]);
    expect(await found('studies', `StationName=CT_02&SOPInstanceUID=${A1}`)).toEqual([]);
    expect(await found('studies', `KVP=80&SeriesInstanceUID=${A_2}`)).toEqual([]);
  });

  it('an attribute that is not configured is not matched, and the answer says so', async () => {
    const response = await client.fetch('/dicomweb/studies?ConvolutionKernel=B30');
    expect(await response.json()).toHaveLength(2);
    expect(response.headers.get('Warning')).toMatch(/00181210 is not supported as a matching key/);
  });

  it('they are part of the answer, and can order and count it', async () => {
    const [result] = await client.json(`/dicomweb/instances?KVP=80`);
    expect(result?.['00180060']).toEqual({ vr: 'DS', Value: [80] });
    const order = async (path: string) => (await client.json(path)).map((one) => one['00080018']?.Value?.[0]);
    expect(await order('/dicomweb/instances?orderby=KVP,SOPInstanceUID')).toEqual([A2, A1, B1, A3]);
    expect(await order('/dicomweb/instances?orderby=-StationName,KVP')).toEqual([B1, A3, A2, A1]);
    const ordered = await client.fetch('/dicomweb/instances?KVP=120&count=true');
    expect(ordered.headers.get('X-Total-Count')).toBe('2');
  });
});

describe('PS3.4 C.2.2.2: each kind of matching', () => {
  it.each<[name: string, query: string, uids: string[]]>([
    ['numbers are one however they are written', 'KVP=1.2e%2B2', [A1, B1]],
    ['', 'KVP=0120.0', [A1, B1]],
    ['', 'KVP=140', [A3]],
    ['', '00181151=5', [A1]],
    ['invalid numbers do not match', 'ExposureIndex=0', []],
    ['case does not count in texts', 'StationName=ct_01', [A1, A2]],
    ['but it does in codes', 'ImageType=axial', []],
    ['each of several values', 'ImageType=AXIAL', [A1]],
    ['', 'ImageType=PRIMARY', [A1, A2]],
    ['a value is whole', 'ImageType=PRIM', []],
    ['multiple values', 'ImageType=PRIMARY%5CAXIAL&multiplevaluematching=true', [A1]],
    ['', 'ImageType=DERIVED%5CAXIAL&multiplevaluematching=true', []],
    ['wildcards', 'StationName=CT*', [A1, A2, A3]],
    ['', 'StationName=*_0?', [A1, A2, A3]],
    ['an underscore is data', 'StationName=CT_02', [A3]],
    ['so are quotes', "StationName=O'N*", [B1]],
    ['so is per cent', 'EthnicGroup=*100%25', [A1, A2, A3]],
    ['a pattern of any length', `StationName=*CT*${'0'.repeat(60)}*`, []],
    ['', 'ImageComments=*Ger?t', [A1]],
    ['names without case and accents', 'OperatorsName=MULLER^jurgen', [A1, A2]],
    ['each of them', 'OperatorsName=smith^*', [A1, A2]],
    ['', 'OperatorsName=Smith^John^*', [A1, A2]],
    ['lists of UIDs', 'IrradiationEventUID=1.9.2,1.9.3', [A2]],
    ['', 'IrradiationEventUID=1.9.1', [A2]],
    ['dates', 'ContentDate=20240131', [A1]],
    ['ranges of dates', 'ContentDate=20240131-20240201', [A1, A3]],
    ['', 'ContentDate=20240201-', [A3]],
    ['', 'ContentDate=-20240131', [A1]],
    ['times', 'AcquisitionTime=10', [A1]],
    ['', 'AcquisitionTime=101500-1016', [A1]],
    ['', 'AcquisitionTime=2359-', [A3]],
    ['', 'AcquisitionTime=-1015', [A1]],
    ['dates and times as moments', 'AcquisitionDateTime=20240131091530.5%2B0000', [A1]],
    ['', 'AcquisitionDateTime=2024013109%2B0000', [A1]],
    ['', 'AcquisitionDateTime=20240131-20240201', [A1, B1]],
    ['', 'AcquisitionDateTime=20240201%2B0000-', [B1]],
    ['', 'AcquisitionDateTime=-20240131', [A1, A2]],
    ['empty values', 'StationName=""&emptyvaluematching=true', []],
    ['', 'OperatorsName=""&emptyvaluematching=true', [A3, B1]],
    ['', 'ContentDate=""&KVP=120&emptyvaluematching=true', [B1]],
  ])('%s: %s', async (_, query, uids) => expect(await instances(query)).toEqual(uids));

  it('empty values at lower levels', async () => {
    expect(await found('studies', 'ContentDate=""&emptyvaluematching=true')).toEqual([A, B]);
    expect(await found('series', 'AcquisitionDateTime=""&emptyvaluematching=true')).toEqual([A_2]);
    expect(await found('studies', 'KVP=""&emptyvaluematching=true')).toEqual([]);
  });

  it('400 for an invalid value of the attribute', async () => {
    for (const query of ['KVP=high', 'ContentDate=yesterday', 'AcquisitionDateTime=13', 'IrradiationEventUID=1.9.*']) {
      expect((await client.fetch(`/dicomweb/instances?${query}`)).status, query).toBe(400);
    }
  });
});

describe('PS3.4 C.2.2.2.6: inside sequences', () => {
  it.each<[name: string, resource: keyof typeof UNIQUE, query: string, uids: string[]]>([
    ['one key', 'studies', 'ProcedureCodeSequence.CodeValue=P2', [A, B]],
    ['by tag, and mixed', 'studies', '00081032.CodeValue=P1&ProcedureCodeSequence.00080102=SCT', [B]],
    ['two keys match one item', 'studies', '00081032.00080100=P2&00081032.00080102=SCT', [A]],
    ['and not two', 'studies', '00081032.00080100=P3&00081032.00080102=SCT', []],
    ['deeper', 'instances', `${MODIFIER}.CodeValue=M1&${MODIFIER}.CodeMeaning=upper`, [A2]],
    ['', 'instances', `${MODIFIER}.CodeValue=M1&${MODIFIER}.CodeMeaning=left`, [A1]],
    ['of unlike depth', 'studies', `AnatomicRegionSequence.CodeValue=R2&${MODIFIER}.CodeMeaning=left`, [A]],
    ['', 'studies', `AnatomicRegionSequence.CodeValue=R3&${MODIFIER}.CodeMeaning=left`, []],
    ['wildcards', 'studies', `${MODIFIER}.CodeMeaning=l?f*`, [A]],
    ['together with the standard’s keys', 'series', `${REQUEST}.RequestedProcedureDescription=Chest*`, [A_1]],
    ['', 'series', `${REQUEST}.RequestedProcedureDescription=Chest*&${REQUEST}.ScheduledProcedureStepID=STEP-1`, [A_1]],
    ['', 'series', `${REQUEST}.RequestedProcedureDescription=Chest*&${REQUEST}.ScheduledProcedureStepID=STEP-2`, []],
    [
      'an item without',
      'series',
      `${REQUEST}.RequestedProcedureDescription=""&${REQUEST}.ScheduledProcedureStepID=STEP-2&emptyvaluematching=true`,
      [A_1],
    ],
  ])('%s: %s?%s', async (_, resource, query, uids) => expect(await found(resource, query)).toEqual(uids));
});

describe('PS3.5 7.8: private attributes, by their creator', () => {
  const ACME = '00190010=ACME 1.1';
  it.each<[name: string, query: string, uids: string[]]>([
    ['in whichever block a file has them', `00191010=6&${ACME}`, [A2]],
    ['in the block of another creator nothing is found', `00191010=77&${ACME}`, []],
    ['in implicit VR, which does not say what they are', `00191010=5.5&${ACME}`, [A1, B1]],
    ['by any block', '0019E010=6&001900E0=ACME 1.1', [A2]],
    ['of another creator', '00191010=5.5&00190010=Other, "Inc."', [A3]],
    ['of any creator, when none is named', '00191010=5.5', [A1, A3, B1]],
    ['in any character set', `00191020=Gr%C3%B6*&${ACME}`, [B1]],
    ['two of one creator', `00191020=fast&00191010=5.5&${ACME}`, [A1]],
  ])('%s: %s', async (_, query, uids) => expect(await instances(query)).toEqual(uids));

  it('of a creator that is not configured are not keys', async () => {
    const response = await client.fetch('/dicomweb/instances?00191010=5.5&00190010=NOBODY');
    expect(response.headers.get('Warning')).toMatch(/not supported as a matching key/);
  });
});
