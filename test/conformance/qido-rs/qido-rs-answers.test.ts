import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { readDicomXml } from '../../../src/dicom/xml/xml-reader';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN, partsOf } from '../../support/clients/archive-client';
import type { Element } from '../../support/files/part10';
import { slice } from '../../support/files/samples';
import { reset as forget } from '../../support/platform/counting';

const XML = 'multipart/related; type="application/dicom+xml"';
const INSTANCES = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

async function storeSlices(count: number, elements: Element[] = []): Promise<void> {
  const numbers = Array.from({ length: count }, (_, at) => at + 1);
  await archive.store(
    numbers.map((number) => slice({ sop: `1.2.3.4.${number}`, instanceNumber: number, rows: 2, columns: 2, elements })),
  );
}

/** XML has no numbers, but JSON has; as text they are equal. */
function asText(dataSets: readonly DicomJson[]): unknown {
  return JSON.parse(JSON.stringify(dataSets), (_, value) => (typeof value === 'number' ? String(value) : value));
}

describe('PS3.18 10.6.4: media types', () => {
  it('XML has one part for each result, with the same content as JSON', async () => {
    await storeSlices(3);
    for (const path of ['/dicomweb/studies', '/dicomweb/series', INSTANCES, `${INSTANCES}?includefield=all`]) {
      const response = await archive.fetch(path, { headers: { Accept: XML } });
      expect(response.status).toBe(200);
      expect(response.headers.get('Content-Type')).toMatch(
        /^multipart\/related; type="application\/dicom\+xml"; boundary="?[0-9a-f-]+"?$/,
      );
      const parts = await partsOf(response);
      const json = await archive.json(path);
      expect(parts).toHaveLength(json.length);
      expect(parts.map(({ headers }) => headers['Content-Type'])).toEqual(json.map(() => 'application/dicom+xml'));
      const read = parts.map(({ body }) => readDicomXml(new TextDecoder().decode(body)));
      expect(asText(read)).toEqual(asText(json));
    }
  });

  it('an empty list is a body without parts', async () => {
    const response = await archive.fetch('/dicomweb/studies?PatientID=nobody', { headers: { Accept: XML } });
    expect(response.status).toBe(200);
    const boundary = /boundary="?([^";]+)"?/.exec(response.headers.get('Content-Type') ?? '')?.[1];
    expect(await response.text()).toBe(`--${boundary}--\r\n`);
  });

  it.each<[accept: string, status: number, type: string]>([
    ['application/dicom+json', 200, 'application/dicom+json'],
    ['application/json', 200, 'application/json'],
    ['*/*', 200, 'application/dicom+json'],
    ['', 200, 'application/dicom+json'],
    ['text/html, application/xhtml+xml, */*;q=0.8', 200, 'application/dicom+json'],
    ['multipart/related; type=application/dicom+xml', 200, 'multipart/related'],
    ['MULTIPART/RELATED; TYPE="application/dicom+XML"', 200, 'multipart/related'],
    [`${XML}, application/dicom+json`, 200, 'multipart/related'],
    [`${XML};q=0.5, application/dicom+json`, 200, 'application/dicom+json'],
    [
      'multipart/related; type="application/octet-stream"; transfer-syntax=*, application/dicom+json',
      200,
      'application/dicom+json',
    ],
    // A list is not a single item, so its XML comes in parts (10.4.4, 8.7.8.1), also for clients that do not ask for
    // parts.
    ['application/dicom+xml', 200, 'multipart/related'],
    ['multipart/related; type="application/dicom+json"', 406, 'application/problem+json'],
    ['image/jpeg', 406, 'application/problem+json'],
  ])('Accept: %s', async (Accept, status, type) => {
    const response = await archive.fetch('/dicomweb/studies', { headers: Accept === '' ? {} : { Accept } });
    expect(response.status).toBe(status);
    expect(response.headers.get('Content-Type')?.split(';')[0]).toBe(type);
  });

  it('the accept parameter replaces the header (8.3.3.1)', async () => {
    const response = await archive.fetch(`/dicomweb/studies?accept=${encodeURIComponent(XML)}`, {
      headers: { Accept: 'application/dicom+json' },
    });
    expect(response.headers.get('Content-Type')).toContain('multipart/related');
  });

  it('attributes come in the order of their tags (F.2.2)', async () => {
    await storeSlices(1, [
      [0x30060010, 'SQ', [[[0x30060024, 'UI', '1.2.3']]]],
      [0x20100010, 'ST', 'STANDARD\\1,1'],
    ]);
    const text = await (await archive.fetch(`${INSTANCES}?includefield=all`)).text();
    const tags = [...text.matchAll(/"([0-9A-F]{8})":/g)].map(([, tag]) => tag).filter((tag) => tag !== '30060024');
    expect(tags).toContain('30060010');
    expect(tags).toEqual([...tags].sort());
  });
});

describe('HEAD and totals', () => {
  it('HEAD is like GET, without a body', async () => {
    await storeSlices(3);
    for (const Accept of ['application/dicom+json', XML]) {
      const response = await archive.fetch(`${INSTANCES}?limit=2&includefield=all&count=true`, {
        method: 'HEAD',
        headers: { Accept },
      });
      expect(response.status).toBe(200);
      expect(response.headers.get('X-Total-Count')).toBe('3');
      expect(response.headers.get('Warning')).toContain('additional results');
      expect(await response.text()).toBe('');
    }
  });

  it('a total is counted only when the client asks for it', async () => {
    await storeSlices(5);
    forget(archive.operations);
    const plain = await archive.fetch(`${INSTANCES}?limit=9`);
    expect(plain.headers.get('X-Total-Count')).toBeNull();
    expect(archive.operations.d1).toBe(1);
    const total = async (query: string, headers: Record<string, string> = {}) =>
      (await archive.fetch(`${INSTANCES}?${query}`, { headers })).headers.get('X-Total-Count');
    expect(await total('limit=2&count=true')).toBe('5');
    expect(await total('limit=2&offset=4&count=true')).toBe('5');
    expect(await total('limit=0&count=true')).toBe('5');
    expect(await total('offset=77&COUNT=true')).toBe('5');
    expect(await total('InstanceNumber=3&count=true')).toBe('1');
    expect(await total('InstanceNumber=77&count=true')).toBe('0');
    expect(await total('count=false')).toBeNull();
    expect(await total('limit=2', { Prefer: 'count=exact' })).toBe('5');
    expect(await total('limit=2', { Prefer: 'respond-async, count="exact"' })).toBe('5');
    expect(await total('limit=2', { Prefer: 'count=planned' })).toBeNull();
  });

  it('limit=0 is an empty list, and says that there is more', async () => {
    await storeSlices(1);
    const response = await archive.fetch(`${INSTANCES}?limit=0`);
    expect(await response.json()).toEqual([]);
    expect(response.headers.get('Warning')).toContain('additional results');
  });

  it('pages of other origins may ask for a total and read it', async () => {
    const elsewhere = archiveClient({ CORS_ORIGINS: 'https://viewer.example' });
    const preflight = await elsewhere.fetch('/dicomweb/studies', {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://viewer.example',
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'prefer',
      },
    });
    expect(preflight.headers.get('Access-Control-Allow-Headers')).toMatch(/prefer/i);
    const answer = await elsewhere.fetch('/dicomweb/studies?count=true', {
      headers: { Origin: 'https://viewer.example' },
    });
    expect(answer.headers.get('X-Total-Count')).toBe('0');
    expect(answer.headers.get('Access-Control-Expose-Headers')).toContain('X-Total-Count');
    expect(answer.headers.get('Access-Control-Expose-Headers')).toContain('Warning');
  });
});

describe('PS3.18 10.6.3.3: attributes of the answer', () => {
  const PRIVATE: Element[] = [
    [0x00090010, 'LO', 'SOMEBODY ELSE'],
    [0x00090011, 'LO', 'ACME 1.0'],
    [0x00091001, 'SH', 'theirs'],
    [0x00091101, 'SH', 'ours'],
    [0x00081140, 'SQ', [[[0x00081155, 'UI', '1.2.840.1']]]],
  ];

  it('a private attribute with its Private Creator, in the block that the creator has (PS3.5 7.8.1)', async () => {
    await storeSlices(1, PRIVATE);
    const privates = async (query: string) => {
      const [found] = await archive.json(`${INSTANCES}?${query}`);
      return Object.fromEntries(Object.entries(found!).filter(([tag]) => tag.startsWith('0009')));
    };
    expect(await privates('includefield=00091001')).toEqual({
      '00090010': { vr: 'LO', Value: ['SOMEBODY ELSE'] },
      '00091001': { vr: 'SH', Value: ['theirs'] },
    });
    expect(await privates('includefield=00091001&00090010=ACME%201.0')).toEqual({
      '00090011': { vr: 'LO', Value: ['ACME 1.0'] },
      '00091101': { vr: 'SH', Value: ['ours'] },
    });
    expect(await privates('includefield=00091001&00090010=NOBODY')).toEqual({});
    expect(Object.keys(await privates('includefield=all'))).toHaveLength(4);
  });

  it('a private attribute belongs to the instance: studies and series are answered without', async () => {
    await storeSlices(1, PRIVATE);
    for (const path of ['/dicomweb/studies', '/dicomweb/studies/1.2.3.4/series']) {
      const [found] = await archive.json(`${path}?includefield=00091001,00090010`);
      expect(Object.keys(found!).filter((tag) => tag.startsWith('0009'))).toEqual([]);
    }
  });

  it('an attribute inside a sequence brings the sequence (8.3.4.3)', async () => {
    await storeSlices(1, PRIVATE);
    const [found] = await archive.json(`${INSTANCES}?includefield=ReferencedImageSequence.00081155`);
    expect(found?.['00081140']?.Value).toEqual([{ '00081155': { vr: 'UI', Value: ['1.2.840.1'] } }]);
  });

  it('matched attributes are answered too, also those above the level (PS3.4 C.2.2.3)', async () => {
    await storeSlices(1);
    const [found] = await archive.json(`${INSTANCES}?PatientID=MRN*&StudyDescription=*CHEST*`);
    expect(found).toMatchObject({ '00100020': { Value: ['MRN0000002'] }, '00081030': { Value: ['DFCI CHEST CT'] } });
  });

  it('RetrieveURL is absolute, and resolves', async () => {
    await storeSlices(1);
    for (const path of ['/dicomweb/studies', '/dicomweb/series', '/dicomweb/instances']) {
      const [found] = await archive.json(path);
      const url = String(found?.['00081190']?.Value?.[0]);
      expect(url.startsWith(`${ORIGIN}/dicomweb/studies/1.2.3.4`)).toBe(true);
      const retrieved = await archive.fetch(`${url.slice(ORIGIN.length)}/metadata`);
      expect(retrieved.status).toBe(200);
    }
  });

  it('metadata of many instances is read in portions, and none is left out', async () => {
    const long = 'x'.repeat(60_000);
    await storeSlices(80, [[0x00204000, 'UT', long]]);
    forget(archive.operations);
    const found = await archive.json(`${INSTANCES}?includefield=ImageComments&limit=70&offset=5`);
    expect(found.map((row) => row['00200013']?.Value?.[0])).toEqual(Array.from({ length: 70 }, (_, at) => at + 6));
    expect(found.every((row) => row['00204000']?.Value?.[0] === long)).toBe(true);
    expect(archive.operations.d1).toBeLessThanOrEqual(4);
  });
});
