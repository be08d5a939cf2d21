import { expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';

withArchive();

const PATIENT_ID = 0x00100020;
const STUDY = '/dicomweb/studies/1.2.3.4';

type Stored = { '00081199'?: { Value: DicomJson[] } };

/** The Warning Reason of each instance of a Store Instances Response, in hexadecimal digits. */
async function warned(response: Response): Promise<(string | undefined)[]> {
  const { '00081199': stored } = (await response.json()) as Stored;
  return stored!.Value.map((item) => (item['00081196']?.Value?.[0] as number | undefined)?.toString(16));
}

const of = (patientID: string, sop: string, more = {}) =>
  slice({ sop, elements: [[PATIENT_ID, 'LO', patientID]], ...more });

it('an instance whose study has another Patient ID is stored with a warning: 202, B112H, the attribute', async () => {
  const archive = archiveClient();
  expect((await archive.store([of('A1', '1.2.3.4.1')])).status).toBe(200);
  const response = await archive.store([of('a1 ', '1.2.3.4.2'), of('B2', '1.2.3.4.3'), of('', '1.2.3.4.4')]);
  expect(response.status).toBe(202);
  expect(response.headers.get('Warning')).toMatch(/ B112 Other patient: 1 stored into a study that has another /);
  const answer = response.clone();
  expect(await warned(response)).toEqual([undefined, 'b112', undefined]);
  const { '00081199': stored } = (await answer.json()) as Stored;
  expect(stored!.Value[1]!['00741048']).toEqual({
    vr: 'SQ',
    Value: [{ '00720026': { vr: 'AT', Value: ['00100020'] } }],
  });
  expect(await warned(await archive.store([of('C3', '1.2.3.4.5')]))).toEqual(['b112']);
  const found = await archive.fetch('/dicomweb/studies?PatientID=A1');
  expect(await found.json()).toMatchObject([{ '00201208': { Value: [5] } }]);
});

it('within one request too, and in a series that the isolate knows', async () => {
  const archive = archiveClient();
  const response = await archive.store([of('A1', '1.2.3.4.1'), of('B2', '1.2.3.4.2', { series: '1.2.3.4.9' })]);
  expect(await warned(response)).toEqual([undefined, 'b112']);
  expect(await warned(await archive.store([of('B2', '1.2.3.4.3')]))).toEqual(['b112']);
});

it('no warning where the new content describes the study, or a study by itself', async () => {
  const archive = archiveClient({ DUPLICATES: 'replace' });
  expect((await archive.store([of('A1', '1.2.3.4.1')])).status).toBe(200);
  const corrected = await archive.store([of('B2', '1.2.3.4.1')]);
  expect(corrected.status).toBe(200);
  expect(await warned(corrected)).toEqual([undefined]);
  expect((await archive.fetch(STUDY, { method: 'DELETE' })).status).toBe(204);
  expect(await warned(await archive.store([of('C3', '1.2.3.4.7')]))).toEqual([undefined]);
});
