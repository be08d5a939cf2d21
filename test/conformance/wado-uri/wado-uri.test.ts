import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { DEFLATED, type Element, IMPLICIT_LITTLE } from '../../support/files/part10';
import { pixels, slice } from '../../support/files/samples';

const OBJECT = 'studyUID=1.2.3.4&seriesUID=1.2.3.4.0&objectUID=1.2.3.4.1';
const WINDOW: Element[] = [
  [0x00281050, 'DS', '30000'],
  [0x00281051, 'DS', '20000'],
];

let archive: ArchiveClient;
let file: Uint8Array;
withArchive(async () => {
  archive = archiveClient();
  file = slice({ rows: 48, columns: 64, elements: WINDOW });
  await archive.store([file]);
});

const get = (query: string, headers: Record<string, string> = {}) =>
  archive.fetch(`/wado?requestType=WADO&${query}`, { headers });

describe('PS3.18 9.4 application/dicom by URI', () => {
  it('byte for byte, whatever the case of the names', async () => {
    for (const query of [
      `requestType=WADO&${OBJECT}&contentType=application/dicom`,
      `requestType=WADO&${OBJECT}&contentType=application%2Fdicom&transferSyntax=*`,
      `requestType=wado&${OBJECT.toLowerCase()}&contenttype=application/dicom&transferSyntax=1.2.840.10008.1.2.1`,
      `requestType=WADO&${OBJECT}&contentType=application/dicom&transferSyntax=*&frame=1`,
    ]) {
      const response = await archive.fetch(`/wado?${query}`);
      expect(response.status, query).toBe(200);
      expect(response.headers.get('Content-Type')).toBe('application/dicom');
      expect(new Uint8Array(await response.arrayBuffer())).toEqual(file);
    }
  });

  it('in the named transfer syntax, otherwise in Explicit VR Little Endian (9.1.2.2.2)', async () => {
    const syntaxIn = async (query: string) => {
      const bytes = new Uint8Array(await (await get(`${query}&contentType=application/dicom`)).arrayBuffer());
      return /1\.2\.840\.10008\.1\.2[\d.]*/.exec(new TextDecoder('latin1').decode(bytes.subarray(200, 500)))?.[0];
    };
    await archive.store([slice({ sop: '1.2.3.4.2', transferSyntaxUID: IMPLICIT_LITTLE })]);
    const second = OBJECT.replace('1.2.3.4.1', '1.2.3.4.2');
    expect(await syntaxIn(second)).toBe('1.2.840.10008.1.2.1');
    expect(await syntaxIn(`${second}&transferSyntax=*`)).toBe(IMPLICIT_LITTLE);
    expect(await syntaxIn(`${OBJECT}&transferSyntax=1.2.840.10008.1.2.4.80`)).toBe('1.2.840.10008.1.2.4.80');
    // A transfer syntax in which the instance is not available counts as absent.
    expect(await syntaxIn(`${OBJECT}&transferSyntax=${DEFLATED}`)).toBe('1.2.840.10008.1.2.1');
  });

  it('of an instance whose identifiers are invalid by PS3.5 9.1, too', async () => {
    await archive.store([slice({ series: 'series_1', sop: 'A-2' })]);
    const query = 'studyUID=1.2.3.4&seriesUID=series_1&objectUID=A-2';
    expect((await get(query)).status).toBe(200);
    expect((await get(`${query}%2F`)).status).toBe(400);
  });

  it('range requests get the range, if the tag that they name is current', async () => {
    const response = await get(`${OBJECT}&contentType=application/dicom`, { Range: 'bytes=128-131' });
    expect(response.status).toBe(206);
    expect(await response.text()).toBe('DICM');
    // Pieces of two files are not joined (RFC 9110 13.1.1).
    const etag = response.headers.get('ETag')!;
    for (const [tags, status] of [
      ['"other"', 412],
      [`W/${etag}`, 412],
      [`"other", ${etag}`, 206],
      ['*', 206],
    ] as const) {
      const next = await get(`${OBJECT}&contentType=application/dicom`, { Range: 'bytes=132-135', 'If-Match': tags });
      expect(next.status, tags).toBe(status);
      await next.body?.cancel();
    }
  });

  it('anonymize=yes removes what identifies the patient, and gives another identity (PS3.15 E)', async () => {
    const private_: Element[] = [
      [0x00091001, 'LO', 'Private secret'],
      [
        0x00081140,
        'SQ',
        [
          [
            [0x00081155, 'UI', '1.2.3.4.99'],
            [0x00100010, 'PN', 'Nested^Secret'],
          ],
        ],
      ],
    ];
    await archive.store([slice({ sop: '1.2.3.4.2', elements: private_, rows: 64, columns: 64 })]);
    const query = `${OBJECT.replace('1.2.3.4.1', '1.2.3.4.2')}&contentType=application/dicom&anonymize=yes`;
    const response = await get(query);
    expect(response.status).toBe(200);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const text = new TextDecoder('latin1').decode(bytes);
    for (const secret of [
      'Neptune',
      'MRN0000002',
      'A000041576',
      'Galle',
      'secret',
      'Secret',
      '1.2.3.4.2',
      '1.2.3.4.99',
    ]) {
      expect(text, secret).not.toContain(secret);
    }
    // The result is an instance that can be stored, with the same pixels; a second request returns the same one.
    expect((await archive.store([bytes])).status).toBe(200);
    const again = new Uint8Array(await (await get(query)).arrayBuffer());
    expect(again).toEqual(bytes);
    const pixelBytes = new Uint8Array(new Uint16Array(pixels(64 * 64, 1)).buffer);
    expect(bytes.subarray(bytes.length - pixelBytes.length)).toEqual(pixelBytes);
    const burnt = slice({ sop: '1.2.3.4.3', elements: [[0x00280301, 'CS', 'YES']] });
    await archive.store([burnt]);
    expect((await get(query.replace('1.2.3.4.2', '1.2.3.4.3'))).status).toBe(406);
  });
});
