import { expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { jsonPart, related, sliceMetadata } from '../../support/clients/metadata-request';
import { slice } from '../../support/files/samples';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const INVALID = ['1..2', '1.2.', '1.02.3', '.1', '..2', `1.${'2'.repeat(126)}`];

const items = (dataSet: DicomJson, tag: string) => (dataSet[tag]?.Value ?? []) as DicomJson[];
const warned = (dataSet: DicomJson) =>
  items(dataSet, '00081199').map((item) => [
    item['00081196']?.Value,
    items(item, '00741048').flatMap((one) => one['00720026']?.Value ?? []),
  ]);
const status = async (path: string, init?: RequestInit) => {
  const response = await archive.fetch(path, init);
  await response.arrayBuffer();
  return response.status;
};

/** Every way to what was stored, and its end. */
async function walk(uid: string): Promise<void> {
  const study = `/dicomweb/studies/${uid}`;
  const instance = `${study}/series/${uid}/instances/${uid}`;
  const query = `StudyInstanceUID=${uid}&SeriesInstanceUID=${uid}&SOPInstanceUID=${uid}`;
  const [found] = await archive.json(`/dicomweb/instances?${query}`);
  expect(found?.['00080018']).toEqual({ vr: 'UI', Value: [uid] });
  expect(new URL(String(found?.['00081190']?.Value?.[0])).pathname).toBe(instance);
  expect(await archive.json(`${study}/series?SeriesInstanceUID=${uid}`)).toHaveLength(1);
  expect((await archive.json(`${study}/metadata`))[0]?.['0020000D']?.Value).toEqual([uid]);
  for (const [path, Accept] of [
    [`${instance}/metadata`, 'multipart/related; type="application/dicom+xml"'],
    [instance, 'application/dicom'],
    [`${instance}/frames/1`, 'application/octet-stream'],
    [`${instance}/bulkdata/7FE00010`, 'application/octet-stream'],
    [`${instance}/rendered`, 'image/png'],
    [`${study}/thumbnail`, 'image/jpeg'],
    [study, 'application/zip'],
    [`/wado?requestType=WADO&studyUID=${uid}&seriesUID=${uid}&objectUID=${uid}`, '*/*'],
  ] as const) {
    expect([path, await status(path, { headers: { Accept } })]).toEqual([path, 200]);
  }
  expect(await status(instance, { method: 'DELETE' })).toBe(204);
  expect(await status(`${instance}/metadata`)).toBe(410);
  expect(await status(`${instance}/restore`, { method: 'POST' })).toBe(204);
  expect(await status(`${study}/series/${uid}`)).toBe(200);
  expect(await status(study, { method: 'DELETE' })).toBe(204);
  expect(await archive.json(`/dicomweb/studies?StudyInstanceUID=${uid}`)).toEqual([]);
}

it.each(INVALID)('PS3.5 9.1: %s is stored with a warning, and found by every path', async (uid) => {
  const file = slice({ study: uid, series: uid, sop: uid });
  const stored = await archive.fetch(`/dicomweb/studies/${uid}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/dicom' },
    body: file,
  });
  expect(stored.status).toBe(202);
  const tags = expect.arrayContaining(['00080018', '0020000D', '0020000E']);
  expect(warned(await stored.json())).toEqual([[[0xb007], tags]]);
  await walk(uid);
});

it('PS3.5 9.1: the same in metadata', async () => {
  for (const uid of INVALID) {
    const more = { '0020000E': { vr: 'UI', Value: [uid] } };
    const dataSet = sliceMetadata({ sop: uid, study: uid, more });
    const request = related([jsonPart([dataSet])], 'application/dicom+json');
    const response = await archive.fetch('/dicomweb/studies', { method: 'POST', ...request });
    expect([uid, response.status]).toEqual([uid, 202]);
    expect(warned(await response.json())).toEqual([
      [[0xb007], expect.arrayContaining(['00080018', '0020000D', '0020000E'])],
    ]);
  }
});

it.each(['.', '..', '1/2', '1 2', `1.${'2'.repeat(127)}`, '1.2\u0000.3'])(
  'a UID that no path can have is refused: %j',
  async (uid) => {
    const response = await archive.fetch('/dicomweb/studies', {
      method: 'POST',
      headers: { 'Content-Type': 'application/dicom' },
      body: slice({ study: uid }),
    });
    expect(response.status).toBe(409);
    expect(await archive.json('/dicomweb/studies')).toEqual([]);
  },
);
