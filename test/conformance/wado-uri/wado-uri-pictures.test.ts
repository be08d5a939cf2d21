import { describe, expect, it } from 'vitest';
import { emptyArchive, withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { document, instance, report, video } from '../../support/files/instances';
import { ascii, type Element } from '../../support/files/part10';
import { decodePng } from '../../support/files/png-decoder';
import { slice } from '../../support/files/samples';

const OBJECT = 'studyUID=1.2.3.4&seriesUID=1.2.3.4.0&objectUID=1.2.3.4.1';
const OTHER = 'studyUID=1.2.3.4&seriesUID=1.2.3.4.7&objectUID=1.2.3.4.7.1';
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

async function png(query: string) {
  const response = await get(`${query}&contentType=image/png`);
  expect(response.status, query).toBe(200);
  return decodePng(new Uint8Array(await response.arrayBuffer()));
}

describe('PS3.18 9.4 pictures of an instance, by URI', () => {
  it('JPEG by default, and the first available type of the list', async () => {
    for (const [contentType, expected] of [
      ['', 'image/jpeg'],
      ['image/jpeg', 'image/jpeg'],
      ['image/png', 'image/png'],
      ['image/webp,image/gif', 'image/gif'],
      ['image/jp2', 'image/jp2'],
      ['image/*', 'image/jpeg'],
      ['text/html,image/png', 'image/png'],
    ]) {
      const response = await get(`${OBJECT}&contentType=${contentType}`);
      expect(response.status, contentType).toBe(200);
      expect(response.headers.get('Content-Type')).toBe(expected);
    }
  });

  it('without a content type, the first available type of Accept, otherwise JPEG (8.7.5)', async () => {
    for (const [accept, expected] of [
      ['image/png', 'image/png'],
      ['application/dicom', 'application/dicom'],
      ['image/avif,image/webp,image/*;q=0.8,*/*;q=0.5', 'image/jpeg'],
      ['text/html,application/xml;q=0.9', 'image/jpeg'],
    ] as const) {
      const response = await get(OBJECT, { Accept: accept });
      expect(response.headers.get('Content-Type'), accept).toContain(expected);
      await response.body?.cancel();
    }
  });

  it('the default of a report, a document and a video', async () => {
    await archive.store([
      report('All is well.'),
      document('application/pdf', ascii('%PDF-1.4'), '104.1', { series: '1.2.3.4.8' }),
      video([ascii('ftyp')], { series: '1.2.3.4.9' }),
    ]);
    const typeOf = async (query: string) => (await get(query)).headers.get('Content-Type');
    expect(await typeOf(OTHER)).toBe('text/html; charset=utf-8');
    expect(await typeOf(`${OTHER}&contentType=text/plain&charset=UTF-8`)).toBe('text/plain; charset=utf-8');
    expect(await typeOf(OTHER.replace('1.2.3.4.7&', '1.2.3.4.8&'))).toBe('application/pdf');
    expect(await typeOf(OTHER.replace('1.2.3.4.7&', '1.2.3.4.9&'))).toBe('video/mp4');
  });

  it('window, region, rows and columns, quality, frame number', async () => {
    const whole = await png(OBJECT);
    expect([whole.width, whole.height]).toEqual([64, 48]);
    const { width, height } = await png(`${OBJECT}&rows=24&columns=64`);
    expect([width, height]).toEqual([32, 24]);
    const part = await png(`${OBJECT}&region=0.25,0.5,0.75,1.0`);
    expect([part.width, part.height]).toEqual([32, 24]);
    expect([...part.bytes.subarray(0, 32)]).toEqual([...whole.bytes.subarray(24 * 64 + 16, 24 * 64 + 48)]);
    const dark = await png(`${OBJECT}&windowCenter=70000&windowWidth=10`);
    expect(Math.max(...dark.bytes)).toBe(0);
    const length = async (quality: number) =>
      (await (await get(`${OBJECT}&imageQuality=${quality}`)).arrayBuffer()).byteLength;
    expect(await length(5)).toBeLessThan(await length(95));
    expect((await png(`${OBJECT}&frameNumber=1`)).bytes).toEqual(whole.bytes);
    expect((await png(`${OBJECT}&annotation=patient&windowCenter=70000&windowWidth=10`)).bytes).not.toEqual(dark.bytes);
  });

  it('a presentation state is applied (9.1.2.2.5)', async () => {
    const state = instance({
      series: '1.2.3.4.7',
      sopClassUID: '1.2.840.10008.5.1.4.1.1.11.1',
      modality: 'PR',
      elements: [
        [
          0x00081115,
          'SQ',
          [
            [
              [0x0020000e, 'UI', '1.2.3.4.0'],
              [
                0x00081140,
                'SQ',
                [
                  [
                    [0x00081150, 'UI', '1.2.840.10008.5.1.4.1.1.2'],
                    [0x00081155, 'UI', '1.2.3.4.1'],
                  ],
                ],
              ],
            ],
          ],
        ],
        [0x00283110, 'SQ', [[...WINDOW]]],
        [0x00700041, 'CS', 'Y'],
        [0x00700042, 'US', [0]],
        [0x20500020, 'CS', 'INVERSE'],
      ],
    });
    await archive.store([state]);
    const plain = await png(OBJECT);
    const presented = await png(`${OBJECT}&presentationSeriesUID=1.2.3.4.7&presentationUID=1.2.3.4.7.1`);
    expect([...presented.bytes.subarray(0, 64)].map((value) => 255 - value)).toEqual(
      [...plain.bytes.subarray(0, 64)].reverse(),
    );
    const query = `${OBJECT}&presentationSeriesUID=1.2.3.4.0&presentationUID=1.2.3.4.1`;
    expect((await get(query)).status).toBe(400);
    expect((await get(query.replace(/1$/, '9'))).status).toBe(404);
  });

  it('a presentation state has its own lookup tables, however long, and another picture when it is replaced', async () => {
    await emptyArchive();
    archive = archiveClient({ DUPLICATES: 'replace' });
    const state = (grey: number) =>
      instance({
        series: '1.2.3.4.7',
        sopClassUID: '1.2.840.10008.5.1.4.1.1.11.1',
        modality: 'PR',
        elements: [
          [
            0x00283110,
            'SQ',
            [
              [
                [
                  0x00283010,
                  'SQ',
                  [
                    [
                      [0x00283002, 'US', [4096, 0, 16]],
                      [0x00283006, 'OW', Array.from({ length: 4096 }, () => grey * 257)],
                    ],
                  ],
                ],
              ],
            ],
          ],
        ],
      });
    for (const grey of [100, 200]) {
      await archive.store([file, state(grey)]);
      const presented = await png(`${OBJECT}&presentationSeriesUID=1.2.3.4.7&presentationUID=1.2.3.4.7.1`);
      expect(new Set(presented.bytes)).toEqual(new Set([grey]));
    }
  });

  it.each([
    ['image/png,image/jpeg', 'image/png'],
    ['image/png;q=0.5,image/jpeg', 'image/jpeg'],
    ['image/png; q=0.2, image/webp, image/gif; q=0.3', 'image/gif'],
    ['image/jpeg;q=0,image/*', 'image/png'],
    ['application/dicom;q=0.1,image/png;q=0.9', 'image/png'],
    ['image/png;q=0', undefined],
    ['png', undefined],
  ])('8.3.3.1 the weights of contentType=%s', async (list, type) => {
    const response = await get(`${OBJECT}&contentType=${encodeURIComponent(list)}`);
    expect(response.status).toBe(type === undefined ? 406 : 200);
    if (type !== undefined) expect(response.headers.get('Content-Type')).toBe(type);
  });

  it('400 for bad combinations, 404 for a missing instance, 406 for an unavailable form', async () => {
    for (const [query, status] of [
      ['studyUID=1.2.3.4&contentType=application/dicom', 400],
      [`${OBJECT}&objectUID=1`, 400],
      [`${OBJECT}&contentType=application/dicom&rows=10`, 400],
      [`${OBJECT}&contentType=application/dicom&frameNumber=1`, 400],
      [`${OBJECT}&contentType=application/dicom&windowCenter=1&windowWidth=2`, 400],
      [`${OBJECT}&contentType=image/jpeg&anonymize=yes`, 400],
      [`${OBJECT}&anonymize=yes`, 400],
      [`${OBJECT}&contentType=application/dicom&anonymize=no`, 400],
      [`${OBJECT}&contentType=image/jpeg&transferSyntax=1.2.840.10008.1.2.1`, 400],
      [`${OBJECT}&windowCenter=1`, 400],
      [`${OBJECT}&windowWidth=1`, 400],
      [`${OBJECT}&windowCenter=a&windowWidth=1`, 400],
      [`${OBJECT}&windowCenter=1&windowWidth=0`, 400],
      [`${OBJECT}&region=0,0,1`, 400],
      [`${OBJECT}&region=0.5,0,0.5,1`, 400],
      [`${OBJECT}&region=0,0,1,1.1`, 400],
      [`${OBJECT}&rows=0`, 400],
      [`${OBJECT}&columns=-3`, 400],
      [`${OBJECT}&imageQuality=0`, 400],
      [`${OBJECT}&frameNumber=0`, 400],
      [`${OBJECT}&frameNumber=2`, 400],
      [`${OBJECT}&annotation=all`, 400],
      [`${OBJECT}&presentationUID=1.2.3`, 400],
      [`${OBJECT}&presentationUID=1.2.3&presentationSeriesUID=1.2&windowCenter=1&windowWidth=2`, 400],
      [`${OBJECT}&charset=latin1`, 400],
      [`${OBJECT}9&contentType=application/dicom`, 404],
      [`${OBJECT}&contentType=application/pdf`, 406],
      [`${OBJECT}&contentType=image/webp`, 406],
    ] as const) {
      expect((await get(query)).status, query).toBe(status);
    }
    expect((await archive.fetch(`/wado?${OBJECT}`)).status).toBe(400);
    expect((await get(`${OBJECT}&rows=&unknown=1`)).status).toBe(200);
  });
});
