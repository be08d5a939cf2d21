import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { dicomXml } from '../../../src/dicom/xml/xml-writer';
import { emptyArchive, withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN } from '../../support/clients/archive-client';
import {
  BOUNDARY,
  bulkPart,
  jsonPart,
  related,
  sliceMetadata,
  type TestPart,
  xmlPart,
} from '../../support/clients/metadata-request';

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

const JSON_TYPE = 'application/dicom+json';
const PIXELS = Uint8Array.from({ length: 512 }, (_, at) => (at * 7) % 251);

const send = (parts: readonly TestPart[], type = JSON_TYPE, path = '/dicomweb/studies') =>
  archive.fetch(path, { method: 'POST', ...related(parts, type) });
const items = (dataSet: DicomJson, tag: string) => (dataSet[tag]?.Value ?? []) as DicomJson[];
const withPixels = (uri: string, vr = 'OW'): DicomJson => ({ '7FE00010': { vr, BulkDataURI: uri } });
/** The bucket contains only instances and their metadata. */
const leftovers = async () =>
  (await archive.bindings.bucket.list()).objects.map(({ key }) => key).filter((key) => key.includes('unfiled/'));

describe('PS3.18 10.5.3 invalid metadata only affects its own instance', () => {
  it.each<[string, DicomJson, number, string]>([
    ['bulk data that did not arrive', { '7FE00010': { vr: 'OW', BulkDataURI: 'nowhere' } }, 0xc003, '7FE00010'],
    ['a frame that did not arrive', { '7FE00010': { vr: 'OW', BulkDataURI: 'gap' } }, 0xc003, '7FE00010'],
    ['no study', { '0020000D': { vr: 'UI' } }, 0xa900, '0020000D'],
    ['no class', { '00080016': { vr: 'UI' } }, 0xa900, '00080016'],
    ['a value of no sense', { '00280010': { vr: 'US', Value: ['many'] } }, 0xc000, '00280010'],
    ['an invalid VR', { '00280010': { vr: 'XX', Value: [1] } }, 0xc000, '00280010'],
  ])('%s', async (_name, more, reason, tag) => {
    const good = [sliceMetadata({ sop: '1.2.3.4.2' }), sliceMetadata({ sop: '1.2.3.4.3' })];
    const bad = sliceMetadata({ more });
    for (const dataSets of [
      [bad, ...good],
      [good[0], bad, good[1]],
      [...good, bad],
    ]) {
      archive = archiveClient();
      const response = await send([
        jsonPart(dataSets),
        bulkPart('gap/frames/1', PIXELS),
        bulkPart('gap/frames/3', PIXELS),
      ]);
      expect(response.status).toBe(202);
      const dataSet = (await response.json()) as DicomJson;
      expect(items(dataSet, '00081198')).toMatchObject([
        {
          '00081155': { Value: ['1.2.3.4.1'] },
          '00081197': { Value: [reason] },
          '00741048': { Value: [{ '00720026': { vr: 'AT', Value: [tag] } }] },
        },
      ]);
      expect(items(dataSet, '00081199')).toHaveLength(2);
      expect(await leftovers()).toEqual([]);
      await emptyArchive();
    }
  });

  it('a member that an object names twice, in JSON and in XML: C000 for its own instance, with the attribute', async () => {
    const good = JSON.stringify(sliceMetadata({ sop: '1.2.3.4.2' }));
    const whole = JSON.stringify(sliceMetadata());
    const twice = [
      [whole.replace('{', '{"00100020":{"vr":"LO","Value":["FIRST"]},'), '00100020'],
      [whole.replace('"00100020":{', '"00100020":{"Value":["FIRST"],'), '00100020'],
    ] as const;
    for (const [bad, tag] of twice) {
      expect(Object.keys(JSON.parse(bad)).sort()).toEqual(Object.keys(JSON.parse(whole)).sort());
      const response = await send([{ headers: [`Content-Type: ${JSON_TYPE}`], body: `[${good},${bad}]` }]);
      expect(response.status).toBe(202);
      const dataSet = (await response.json()) as DicomJson;
      expect(items(dataSet, '00081198')).toMatchObject([
        {
          '00081155': { Value: ['1.2.3.4.1'] },
          '00081197': { Value: [0xc000] },
          '00741048': { Value: [{ '00720026': { vr: 'AT', Value: [tag] } }] },
        },
      ]);
      expect(items(dataSet, '00081199')).toMatchObject([{ '00081155': { Value: ['1.2.3.4.2'] } }]);
    }
    const attribute = '<DicomAttribute tag="00100020" vr="LO"><Value number="1">FIRST</Value></DicomAttribute>';
    const xml = dicomXml(sliceMetadata()).replace('<DicomAttribute', `${attribute}<DicomAttribute`);
    const part = { headers: ['Content-Type: application/dicom+xml'], body: xml };
    const response = await send([part], 'application/dicom+xml');
    expect(items(await response.json(), '0008119A')).toMatchObject([
      {
        '00081197': { Value: [0xc000] },
        '00741048': { Value: [{ '00720026': { vr: 'AT', Value: ['00100020'] } }] },
      },
    ]);
    expect(await archive.json('/dicomweb/instances?PatientID=FIRST')).toEqual([]);
  });

  it('an instance without SOP Instance UID, and one that is not a data set, are other failures', async () => {
    const unnamed = sliceMetadata();
    delete unnamed['00080018'];
    const response = await send([jsonPart([unnamed, 17, sliceMetadata({ sop: '1.2.3.4.2' })])]);
    expect(response.status).toBe(202);
    expect(items(await response.json(), '0008119A').map((item) => item['00081197']?.Value)).toEqual([
      [0xa900],
      [0xc000],
    ]);
  });

  it('instances of another study are refused one by one', async () => {
    const dataSets = [sliceMetadata(), sliceMetadata({ study: '9.9', sop: '9.9.1' })];
    const response = await send([jsonPart(dataSets)], JSON_TYPE, '/dicomweb/studies/1.2.3.4');
    expect(response.status).toBe(202);
    expect(items(await response.json(), '00081198')).toMatchObject([{ '00081155': { Value: ['9.9.1'] } }]);
  });

  it('400 with a dataset when the metadata is not JSON', async () => {
    const response = await send([{ headers: [`Content-Type: ${JSON_TYPE}`], body: '[{"0008' }]);
    expect(response.status).toBe(400);
    expect(items(await response.json(), '0008119A')).toEqual([{ '00081197': { vr: 'US', Value: [0xc000] } }]);
  });

  it('400 when there is no instance: an empty list, or only bulk data', async () => {
    for (const parts of [[jsonPart([])], [bulkPart('x', PIXELS)]]) {
      expect((await send(parts)).status).toBe(400);
    }
    expect((await archive.bindings.bucket.list()).objects).toEqual([]);
  });

  it('bulk data that nothing refers to is ignored with a Warning', async () => {
    const response = await send([jsonPart([sliceMetadata()]), bulkPart('x', PIXELS), { headers: [], body: PIXELS }]);
    expect(response.status).toBe(200);
    expect(response.headers.get('Warning')).toBe(
      `299 ${ORIGIN}/dicomweb: 2 bulk data part(s) ignored because no metadata refers to them`,
    );
    expect(await leftovers()).toEqual([]);
  });

  it('metadata longer than allowed is 413 with a dataset; instances within the limit are stored', async () => {
    archive = archiveClient({ MAX_METADATA_BYTES: '3000' });
    const long = sliceMetadata({ more: { '00104000': { vr: 'LT', Value: ['x'.repeat(3000)] } } });
    const response = await send([jsonPart([long])]);
    expect(response.status).toBe(413);
    expect(items(await response.json(), '0008119A')).toEqual([{ '00081197': { vr: 'US', Value: [0xa700] } }]);
    const both = await send([xmlPart(dicomXml(sliceMetadata())), xmlPart(dicomXml(long))], 'application/dicom+xml');
    expect(both.status).toBe(202);
    expect(await archive.json('/dicomweb/instances')).toHaveLength(1);
  });

  it('metadata of very many values is refused before it is built', async () => {
    const body = `[${'{},'.repeat(600_000)}{}]`;
    const response = await send([{ headers: [`Content-Type: ${JSON_TYPE}`], body }]);
    expect(response.status).toBe(413);
  });

  it('a body cut short keeps the instances whose bulk data arrived completely', async () => {
    const frame = new Uint8Array(100_000).fill(3);
    const metadata = [1, 2].map((n) => sliceMetadata({ sop: `1.2.3.4.${n}`, rows: 223, more: withPixels(`p${n}`) }));
    const { headers, body } = related([jsonPart(metadata), bulkPart('p1', frame), bulkPart('p2', frame)], JSON_TYPE);
    const delimiter = `\r\n--${BOUNDARY}`.length;
    const afterFirst = body.length - frame.length - 2 * delimiter - 100;
    for (const [cut, kept] of [
      [body.length - 2, 2],
      [body.length - 3, 1],
      [body.length - 50_000, 1],
      [afterFirst - 100, 0],
    ] as const) {
      archive = archiveClient();
      const response = await archive.fetch('/dicomweb/studies', {
        method: 'POST',
        headers,
        body: body.subarray(0, cut),
      });
      expect([cut, response.status]).toEqual([cut, [400, 202, 200][kept]]);
      const dataSet = (await response.json()) as DicomJson;
      expect(items(dataSet, '00081199')).toHaveLength(kept);
      expect(items(dataSet, '00081198').map((item) => item['00081197']?.Value)).toEqual(
        Array.from({ length: 2 - kept }, () => [0xc002]),
      );
      expect(await leftovers()).toEqual([]);
      await emptyArchive();
    }
  });
});
