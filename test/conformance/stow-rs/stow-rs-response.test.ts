import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { readDicomXml } from '../../../src/dicom/xml/xml-reader';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, multipart, ORIGIN, partsOf } from '../../support/clients/archive-client';
import { ascii } from '../../support/files/part10';
import { CT_IMAGE_STORAGE, slice } from '../../support/files/samples';
import { type Failure, failing, type Operation } from '../../support/platform/failing';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const store = (files: readonly Uint8Array[], headers: Record<string, string> = {}, query = '') => {
  const request = multipart(files);
  return archive.fetch(`/dicomweb/studies${query}`, {
    method: 'POST',
    headers: { ...request.headers, ...headers },
    body: request.body,
  });
};

describe('PS3.18 10.5.4, 8.7.5 the form of the answer', () => {
  it.each([
    ['no Accept', undefined],
    ['any', '*/*'],
    ['DICOM JSON', 'application/dicom+json'],
    ["OHIF's list", 'application/dicom+json, multipart/related; type="application/octet-stream"; transfer-syntax="*"'],
    ["a browser's list", 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
    ['JSON rather than XML', 'application/dicom+xml;q=0.5, application/dicom+json'],
  ])('JSON: %s', async (_name, accept) => {
    const response = await store([slice()], accept === undefined ? {} : { Accept: accept });
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('application/dicom+json');
    expect(await response.json()).toHaveProperty('00081199');
  });

  it('application/json when that is asked for', async () => {
    const response = await store([slice()], { Accept: 'application/json' });
    expect(response.headers.get('Content-Type')).toBe('application/json');
  });

  it('XML, by header or by parameter, has the same content as JSON', async () => {
    const json = (await (await store([slice(), ascii('no DICOM')])).json()) as DicomJson;
    for (const [headers, query] of [
      [{ Accept: 'application/dicom+xml' }, ''],
      [{ Accept: 'application/dicom+json' }, '?accept=application/dicom%2Bxml'],
      [{}, '?accept=application/dicom+xml'],
    ] as const) {
      const response = await store([slice(), ascii('no DICOM')], headers, query);
      expect(response.status).toBe(202);
      expect(response.headers.get('Content-Type')).toBe('application/dicom+xml');
      expect(readDicomXml(await response.text())).toEqual(json);
    }
  });

  it('XML in a multipart body', async () => {
    const response = await store([slice()], { Accept: 'multipart/related; type="application/dicom+xml"' });
    expect(response.headers.get('Content-Type')).toMatch(
      /^multipart\/related; type="application\/dicom\+xml"; boundary=/,
    );
    const [part, ...others] = await partsOf(response);
    expect(others).toEqual([]);
    expect(part?.headers['Content-Type']).toBe('application/dicom+xml');
    expect(readDicomXml(new TextDecoder().decode(part?.body))).toHaveProperty('00081199');
  });

  it.each(['image/jpeg', 'application/dicom', 'application/dicom+json;q=0', 'none'])(
    '406 for %s, and nothing is stored',
    async (accept) => {
      const response = await store([slice()], { Accept: accept });
      expect(response.status).toBe(406);
      expect(response.headers.get('Content-Type')).toBe('application/problem+json');
      expect((await archive.bindings.bucket.list()).objects).toEqual([]);
      expect(await archive.json('/dicomweb/studies')).toEqual([]);
    },
  );
});

describe('PS3.18 table I.1-1 the Store Instances Response Module', () => {
  it('RetrieveURL names the study if there is one, otherwise it is empty; that of each instance resolves', async () => {
    const files = [slice(), slice({ study: '9.9', series: '9.9.0', sop: '9.9.1' })];
    const one = (await (await store([files[0]!])).json()) as DicomJson;
    expect(one['00081190']).toEqual({ vr: 'UR', Value: [`${ORIGIN}/dicomweb/studies/1.2.3.4`] });
    const response = await store(files);
    const two = (await response.json()) as DicomJson;
    expect(two['00081190']).toEqual({ vr: 'UR' });
    expect(response.headers.get('Location')).toBeNull();
    for (const [at, item] of ((two['00081199']?.Value ?? []) as DicomJson[]).entries()) {
      const url = item['00081190']?.Value?.[0] as string;
      expect(await archive.bytes(url.slice(ORIGIN.length), 'application/dicom')).toEqual(files[at]);
    }
  });

  it('Location names the study that was stored to (table 10.5.3-2)', async () => {
    expect((await store([slice()])).headers.get('Location')).toBe(`${ORIGIN}/dicomweb/studies/1.2.3.4`);
  });

  it('Failed Attributes Sequence names the attribute that caused the failure, without its value', async () => {
    const response = await store([slice({ elements: [[0x0020000d, 'UI', 'not/a uid']] })]);
    expect(response.status).toBe(409);
    const text = await response.text();
    expect(text).not.toContain('not/a');
    const [item] = (JSON.parse(text) as DicomJson)['00081198']!.Value as DicomJson[];
    expect(item?.['00741048']).toEqual({ vr: 'SQ', Value: [{ '00720026': { vr: 'AT', Value: ['0020000D'] } }] });
  });

  it('a missing UID is A900H with the attribute', async () => {
    const response = await store([slice({ elements: [[0x0020000e, 'UI', '']] })]);
    expect(((await response.json()) as DicomJson)['00081198']?.Value).toEqual([
      {
        '00081150': { vr: 'UI', Value: [CT_IMAGE_STORAGE] },
        '00081155': { vr: 'UI', Value: ['1.2.3.4.1'] },
        '00081197': { vr: 'US', Value: [0xa900] },
        '00741048': { vr: 'SQ', Value: [{ '00720026': { vr: 'AT', Value: ['0020000E'] } }] },
      },
    ]);
  });

  it('a transfer syntax that encodes no data set is C122H', async () => {
    const response = await store([slice({ transferSyntaxUID: '1.2.840.10008.1.2.6.1' })]);
    const dataSet = (await response.json()) as DicomJson;
    const items = [...(dataSet['00081198']?.Value ?? []), ...(dataSet['0008119A']?.Value ?? [])] as DicomJson[];
    expect(items.map((item) => item['00081197']?.Value)).toEqual([[0xc122]]);
  });
});

describe('PS3.18 I.2.1 warnings', () => {
  it('unusual values are stored as sent: 202, WarningReason B007H, the attribute, and a Warning header', async () => {
    const file = slice({
      elements: [
        [0x00200013, 'IS', 'eleven'],
        [0x00080020, 'DA', '2024'],
      ],
    });
    const response = await store([file, slice({ sop: '1.2.3.4.2' })]);
    expect(response.status).toBe(202);
    expect(response.headers.get('Warning')).toMatch(
      /^299 http:\/\/archive\.test\/dicomweb: B007 Data Set does not match SOP Class: 1 /,
    );
    const [odd, good] = ((await response.json()) as DicomJson)['00081199']!.Value as DicomJson[];
    expect(odd?.['00081196']).toEqual({ vr: 'US', Value: [0xb007] });
    const blamed = (odd!['00741048']!.Value as DicomJson[]).map((item) => item['00720026']?.Value?.[0]);
    expect(blamed).toEqual(expect.arrayContaining(['00080020', '00200013']));
    expect(good?.['00081196']).toBeUndefined();
    const instance = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';
    expect(await archive.bytes(instance, 'application/dicom')).toEqual(file);
  });
});

/** The first object that is written belongs to the first instance. */
function firstPutFails(): (operation: Operation) => Failure | undefined {
  let puts = 0;
  return (operation) => {
    if (operation !== 'put') return undefined;
    puts += 1;
    return puts === 1 ? { message: 'no room', when: 'before' } : undefined;
  };
}

describe('PS3.18 table 8.5-1 a service that fails', () => {
  it('503 with a dataset when no instance could be written', async () => {
    archive = archiveClient({}, (real) => failing(real, firstPutFails()));
    const response = await store([slice()]);
    expect(response.status).toBe(503);
    expect(response.headers.get('Retry-After')).toBe('10');
    expect(((await response.json()) as DicomJson)['00081198']?.Value).toMatchObject([
      { '00081197': { Value: [0x0110] } },
    ]);
  });

  it('202 when some could not be written', async () => {
    archive = archiveClient({}, (real) => failing(real, firstPutFails()));
    const response = await store([slice(), slice({ sop: '1.2.3.4.2' })]);
    expect(response.status).toBe(202);
    expect(await archive.json('/dicomweb/instances')).toHaveLength(1);
  });

  it('503 with Retry-After when the index does not answer', async () => {
    let down = true;
    archive = archiveClient({}, (real) =>
      failing(real, (operation) =>
        operation === 'batch' && down ? { message: 'no index', when: 'before' } : undefined,
      ),
    );
    expect((await store([slice()])).status).toBe(503);
    down = false;
    expect((await store([slice()])).status).toBe(200);
  });
});
