import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, multipart, ORIGIN } from '../../support/clients/archive-client';
import { ascii, joined } from '../../support/files/part10';
import { CT_IMAGE_STORAGE, slice } from '../../support/files/samples';
import { FIRST_STORE } from '../../support/platform/bindings';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const items = (dataSet: DicomJson, tag: string) => (dataSet[tag]?.Value ?? []) as DicomJson[];

describe('PS3.18 10.5.3.1 status codes', () => {
  it('200 when everything was stored; Content-Type exactly application/dicom+json', async () => {
    const response = await archive.store([slice({ sop: '1.2.3.4.1' }), slice({ sop: '1.2.3.4.2' })]);
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('application/dicom+json');
    const dataSet = (await response.json()) as DicomJson;
    expect(dataSet['00081190']?.Value).toEqual([`${ORIGIN}/dicomweb/studies/1.2.3.4`]);
    expect(dataSet['00081198']).toBeUndefined();
    expect(items(dataSet, '00081199')).toEqual([1, 2].map((n) => referenced(`1.2.3.4.${n}`)));
  });

  it('202 when some were stored: the good one is kept, the bad one has its FailureReason', async () => {
    const response = await archive.store([slice(), ascii('no DICOM at all')]);
    expect(response.status).toBe(202);
    const dataSet = (await response.json()) as DicomJson;
    expect(items(dataSet, '00081199')).toEqual([referenced('1.2.3.4.1')]);
    expect(items(dataSet, '0008119A')).toEqual([{ '00081197': { vr: 'US', Value: [0xc001] } }]);
    expect(await archive.json('/dicomweb/studies')).toHaveLength(1);
  });

  it('409 when nothing was stored', async () => {
    const response = await archive.store([ascii('no DICOM at all')]);
    expect(response.status).toBe(409);
    expect(await archive.json('/dicomweb/studies')).toEqual([]);
  });

  it('400 without a boundary, without a part, and for a body that is not multipart', async () => {
    const body = slice();
    const headers = { 'Content-Type': 'multipart/related; type="application/dicom"' };
    expect((await archive.fetch('/dicomweb/studies', { method: 'POST', headers, body })).status).toBe(400);
    expect((await archive.store([])).status).toBe(400);
    const named = { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=b' };
    expect((await archive.fetch('/dicomweb/studies', { method: 'POST', headers: named, body })).status).toBe(400);
  });

  it('415 for other content types', async () => {
    for (const type of ['application/json', 'multipart/related; type="image/jpeg"; boundary=b', 'text/plain']) {
      const init = { method: 'POST', headers: { 'Content-Type': type }, body: 'x' };
      expect((await archive.fetch('/dicomweb/studies', init)).status, type).toBe(415);
    }
  });

  it('of a body that breaks off, the complete parts are kept', async () => {
    const { headers, body } = multipart([slice({ sop: '1.2.3.4.1' }), slice({ sop: '1.2.3.4.2' })]);
    const response = await archive.fetch('/dicomweb/studies', {
      method: 'POST',
      headers,
      body: body.subarray(0, body.length - 300),
    });
    expect(response.status).toBe(202);
    const dataSet = (await response.json()) as DicomJson;
    expect(items(dataSet, '00081199')).toEqual([referenced('1.2.3.4.1')]);
    expect(items(dataSet, '00081198')).toEqual([
      {
        '00081150': { vr: 'UI', Value: [CT_IMAGE_STORAGE] },
        '00081155': { vr: 'UI', Value: ['1.2.3.4.2'] },
        '00081197': { vr: 'US', Value: [0xc002] },
      },
    ]);
    expect(await archive.json('/dicomweb/instances')).toHaveLength(1);
  });
});

describe('PS3.18 10.5.1.1 POST /studies/{study}', () => {
  it('refuses instances of other studies, one by one', async () => {
    const response = await archive.store([slice(), slice({ study: '9.9', sop: '9.9.1' })], '/dicomweb/studies/1.2.3.4');
    expect(response.status).toBe(202);
    const dataSet = (await response.json()) as DicomJson;
    expect(items(dataSet, '00081198')[0]).toMatchObject({
      '00081155': { vr: 'UI', Value: ['9.9.1'] },
      '00081197': { vr: 'US', Value: [0xa900] },
    });
    expect(await archive.json('/dicomweb/studies?StudyInstanceUID=9.9')).toEqual([]);
  });
});

describe('sending again', () => {
  it('the same bytes succeed and are stored once', async () => {
    const file = slice();
    expect((await archive.store([file])).status).toBe(200);
    const objects = (await archive.bindings.bucket.list()).objects.length;
    const again = await archive.store([file]);
    expect(again.status).toBe(200);
    expect(items((await again.json()) as DicomJson, '00081199')).toEqual([referenced('1.2.3.4.1')]);
    expect((await archive.bindings.bucket.list()).objects).toHaveLength(objects);
    expect((await archive.json('/dicomweb/studies'))[0]?.['00201208']?.Value).toEqual([1]);
  });

  it('the same bytes twice in one request are one instance', async () => {
    expect((await archive.store([slice(), slice()])).status).toBe(200);
    expect((await archive.json('/dicomweb/studies'))[0]?.['00201208']?.Value).toEqual([1]);
    expect(await archive.json('/dicomweb/studies/1.2.3.4/metadata')).toHaveLength(1);
  });

  it('other content under known UIDs is refused as duplicate, and nothing of it is kept', async () => {
    const first = slice({ seed: 1 });
    await archive.store([first]);
    const response = await archive.store([slice({ seed: 2 }), slice({ sop: '1.2.3.4.2' })]);
    expect(response.status).toBe(202);
    const dataSet = (await response.json()) as DicomJson;
    expect(items(dataSet, '00081198')).toMatchObject([
      { '00081155': { Value: ['1.2.3.4.1'] }, '00081197': { vr: 'US', Value: [0x0111] } },
    ]);
    const instance = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';
    expect(await archive.bytes(instance, 'application/dicom')).toEqual(first);
    const metadata = await archive.json('/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/metadata');
    expect(metadata.map((one) => one['00080018']?.Value)).toEqual([['1.2.3.4.1'], ['1.2.3.4.2']]);
  });
});

describe('the traces and the cost of a store', () => {
  it('one D1 round trip for 300 instances, one R2 write each and one for their metadata', async () => {
    const files = Array.from({ length: 300 }, (_, n) => slice({ sop: `1.2.3.4.${n + 1}`, instanceNumber: n + 1 }));
    expect((await archive.store(files)).status).toBe(200);
    expect(archive.operations.d1).toBe(FIRST_STORE);
    expect(archive.operations.r2Writes).toHaveLength(301);
    expect(new Set(archive.operations.r2Writes).size).toBe(301);
    expect((await archive.json('/dicomweb/studies'))[0]?.['00201208']?.Value).toEqual([300]);
  });

  it('a refused request leaves nothing in the bucket', async () => {
    await archive.store([slice(), slice({ sop: '1.2.3.4.2' })], '/dicomweb/studies/9.9');
    expect((await archive.bindings.bucket.list()).objects).toEqual([]);
  });
});

describe('RFC 2387 bodies', () => {
  it('unquoted parameters, a preamble, parts without headers', async () => {
    const file = slice();
    const body = joined([ascii('a preamble\r\n--b b\r\n\r\n'), file, ascii('\r\n--b b--\r\nan epilogue')]);
    const headers = { 'Content-Type': 'Multipart/Related;type=application/dicom;boundary="b b"' };
    expect((await archive.fetch('/dicomweb/studies', { method: 'POST', headers, body })).status).toBe(200);
  });
});

function referenced(sop: string): DicomJson {
  return {
    '00081150': { vr: 'UI', Value: [CT_IMAGE_STORAGE] },
    '00081155': { vr: 'UI', Value: [sop] },
    '00081190': { vr: 'UR', Value: [`${ORIGIN}/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/${sop}`] },
  };
}
