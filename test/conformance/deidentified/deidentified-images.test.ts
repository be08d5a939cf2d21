import { describe, expect, it } from 'vitest';
import { DeidentifiedArchives } from '../../../src/archive/deidentify/deidentified-archive';
import { withheldInstances } from '../../../src/archive/deidentify/withheld-instances';
import { framePieces } from '../../../src/archive/retrieve/frames';
import { instancesOf } from '../../../src/archive/retrieve/retrieve';
import { Deidentification } from '../../../src/dicom/deidentify/deidentification';
import type { DeidentifyOptions } from '../../../src/dicom/deidentify/deidentify-options';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { openArchive } from '../../../src/storage/open-archive';
import { withSharedArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, partsOf } from '../../support/clients/archive-client';
import { giveKey, sharedClient } from '../../support/clients/shared-client';
import { ascii } from '../../support/files/part10';
import { slice } from '../../support/files/samples';

const KEY = new TextEncoder().encode('the key of a share');
const STUDY = '1.2.3.4';
const SERIES = { ct: '1.2.3.4.0', us: '1.2.3.4.5', rle: '1.2.3.4.6' };
const FRAMES = Array.from({ length: 3 }, (_, at) => rle(at));

let archive: ArchiveClient;
withSharedArchive(async () => {
  archive = archiveClient();
  const us = slice({ series: SERIES.us, sop: '1.2.3.4.5.1', elements: [[0x00080060, 'CS', 'US']] });
  const compressed = slice({
    series: SERIES.rle,
    sop: '1.2.3.4.6.1',
    transferSyntaxUID: '1.2.840.10008.1.2.5',
    fragments: FRAMES,
    elements: [[0x00280008, 'IS', '3']],
  });
  // Long enough for a losslessly compressed copy.
  const others = slice({ study: '1.2.3.9', series: '1.2.3.9.1', sop: '1.2.3.9.1.1', rows: 128, columns: 128 });
  expect((await archive.store([slice(), us, compressed, others])).status).toBe(200);
});

/** A frame of 16 by 16 words in RLE (PS3.5 G): two segments of literal runs. */
function rle(at: number): Uint8Array {
  const segment = Uint8Array.from({ length: 258 }, (_, byte) => (byte % 129 === 0 ? 127 : (byte * 7 + at) & 0xff));
  const frame = new Uint8Array(64 + 2 * segment.length);
  const view = new DataView(frame.buffer);
  for (const [place, value] of [2, 64, 64 + segment.length].entries()) view.setUint32(4 * place, value, true);
  frame.set(segment, 64);
  frame.set(segment, 64 + segment.length);
  return frame;
}

async function shared(options: DeidentifyOptions = {}, of: { seriesInstanceUID?: string } = {}) {
  const by = new Deidentification(options, KEY);
  const client = sharedClient(archive, { by, of: { studyInstanceUID: STUDY, ...of } });
  const study = `/dicomweb/studies/${await by.uid(STUDY)}`;
  const instance = async (series: string, sop: string) =>
    `${study}/series/${await by.uid(series)}/instances/${await by.uid(sop)}`;
  const get = (path: string, accept = '*/*') => client.fetch(path, { headers: { Accept: accept } });
  return { by, study, instance, get };
}

const FILES = 'multipart/related; type="application/dicom"; transfer-syntax=*';

describe('frames that have no losslessly compressed copy yet', () => {
  it('are served as stored: the share asks for no copy', async () => {
    const by = new Deidentification({}, KEY);
    const client = sharedClient(archive, { by, of: { studyInstanceUID: '1.2.3.9' } });
    const [study, series, sop] = await Promise.all(['1.2.3.9', '1.2.3.9.1', '1.2.3.9.1.1'].map((uid) => by.uid(uid)));
    const path = `/dicomweb/studies/${study}/series/${series}/instances/${sop}/frames/1`;
    const types = ['1.2.840.10008.1.2.4.80', '1.2.840.10008.1.2.1'].map((uid) => `transfer-syntax=${uid}`).join('; ');
    const headers = { Accept: `multipart/related; type="application/octet-stream"; ${types}` };
    const response = await client.fetch(path, { headers });
    expect(response.status).toBe(200);
  });
});

describe('images whose modality burns in annotations', () => {
  it('are refused with the reason, and left out among others; their metadata is served', async () => {
    const { get, study, instance } = await shared();
    const us = await instance(SERIES.us, '1.2.3.4.5.1');
    for (const path of [
      '',
      '/frames/1',
      '/rendered',
      '/thumbnail',
      '/bulkdata/7FE00010',
      '/bulkdata',
      '/frames/1/rendered',
    ]) {
      const response = await get(us + path);
      expect(response.status, path).toBe(406);
      expect(((await response.json()) as { detail: string }).detail).toContain('modality often writes annotations');
    }
    expect((await get(`${us}/metadata`)).status).toBe(200);
    expect(await partsOf(await get(study, FILES))).toHaveLength(2);
    const zip = new TextDecoder('latin1').decode(await (await get(study, 'application/zip')).arrayBuffer());
    expect(zip.match(/PK\x01\x02/g)).toHaveLength(2);
    expect((await get(`${study}/instances`)).status).toBe(200);
    const uri = 'requestType=WADO&studyUID=1.2.3.4&seriesUID=1.2.3.4.5&objectUID=1.2.3.4.5.1';
    const anonymized = await archive.fetch(`/wado?${uri}&contentType=application/dicom&anonymize=yes`);
    expect(anonymized.status).toBe(406);
  });

  it('are counted for the sharer, who may say otherwise', async () => {
    const counts = await withheldInstances(
      openArchive(archive.prefix, archive.bindings),
      { studyInstanceUID: STUDY },
      100,
    );
    expect([...(counts ?? [])].map(([, count]) => count)).toEqual([1]);
    const { get, study, instance } = await shared({ allowIdentifyingPixels: true });
    expect(await partsOf(await get(study, FILES))).toHaveLength(3);
    expect((await get(`${await instance(SERIES.us, '1.2.3.4.5.1')}/frames/1`)).status).toBe(200);
  });
});

describe('compressed frames', () => {
  it('are the same bytes, in files of the same transfer syntax and alone', async () => {
    const { get, instance } = await shared();
    const path = await instance(SERIES.rle, '1.2.3.4.6.1');
    const frames = await partsOf(await get(`${path}/frames/1,2,3`, 'multipart/related; type="image/dicom-rle"'));
    expect(frames.map(({ body }) => [...body])).toEqual(FRAMES.map((frame) => [...frame]));
    const response = await get(path, 'application/dicom; transfer-syntax=*');
    expect(response.headers.get('Content-Type')).toContain('1.2.840.10008.1.2.5');
    const file = new Uint8Array(await response.arrayBuffer());
    // Written again, it can be stored in another archive, with the same frames.
    const other = archiveClient();
    expect((await other.store([file])).status).toBe(200);
    const stored = await partsOf(
      await other.fetch(`${path}/frames/1,2,3`, { headers: { Accept: 'multipart/related; type="image/dicom-rle"' } }),
    );
    expect(stored.map(({ body }) => [...body])).toEqual(FRAMES.map((frame) => [...frame]));
  });
});

describe('comments in compressed frames', () => {
  const SECRET = 'MUELLER^HANS';
  const comment = [0xff, 0xfe, 0, 2 + SECRET.length, ...ascii(SECRET)];
  const coded = [0xff, 0xda, 0, 4, 1, 1, 7, 0xff, 0, 8];
  const jpeg = Uint8Array.from([0xff, 0xd8, ...comment, ...coded, ...comment, 0xff, 0xd9, ...ascii(SECRET)]);
  const text = async (response: Response) => Buffer.from(await response.arrayBuffer()).toString('latin1');

  it('do not leave the archive, in whole frames, parts of them, files and values', async () => {
    const study = '1.2.3.7';
    const of = (sop: string, fragments: Uint8Array[]) =>
      slice({
        ...{ study, series: '1.2.3.7.1', sop, transferSyntaxUID: '1.2.840.10008.1.2.4.50', fragments },
        elements: [[0x00280008, 'IS', '1']],
      });
    const files = [of('1.2.3.7.1.1', [jpeg]), of('1.2.3.7.1.2', [jpeg.subarray(0, 10), jpeg.subarray(10)])];
    const stored = await archive.store(files);
    expect([stored.status, await stored.text()]).toEqual([200, expect.anything()]);
    const by = new Deidentification({}, KEY);
    const client = sharedClient(archive, { by, of: { studyInstanceUID: study } });
    const uid = async (original: string) => await by.uid(original);
    let found = 0;
    for (const sop of ['1.2.3.7.1.1', '1.2.3.7.1.2']) {
      const path = `/dicomweb/studies/${study}/series/1.2.3.7.1/instances/${sop}`;
      const seen = `/dicomweb/studies/${await uid(study)}/series/${await uid('1.2.3.7.1')}/instances/${await uid(sop)}`;
      for (const [rest, headers] of [
        ['/frames/1', { Accept: 'image/jpeg' }],
        ['/frames/1', { Accept: 'image/jpeg', Range: 'bytes=3-30' }],
        ['/frames/1', { Accept: 'multipart/related; type="image/jpeg"' }],
        ['/bulkdata/7FE00010', { Accept: 'multipart/related; type="image/jpeg"' }],
        ['/pixeldata', { Accept: 'multipart/related; type="image/jpeg"' }],
        ['', { Accept: 'application/dicom; transfer-syntax=*' }],
        ['', { Accept: 'application/zip' }],
      ] as [string, Record<string, string>][]) {
        const own = await text(await archive.fetch(path + rest, { headers }));
        const shared = await client.fetch(seen + rest, { headers });
        if (rest !== '') expect(shared.status, rest).toBeLessThan(300);
        if (own.includes('HANS')) found += 1;
        expect(await text(shared), `${rest} ${JSON.stringify(headers)}`).not.toMatch(/MUE|HANS/);
      }
      const frame = await client.fetch(`${seen}/frames/1`, { headers: { Accept: 'image/jpeg' } });
      expect(await text(frame)).toContain(Buffer.from(coded).toString('latin1'));
    }
    // The original tells it each time, so that the test can fail.
    expect(found).toBeGreaterThanOrEqual(12);
  });
});

describe('bytes behind the last uncompressed frame', () => {
  it('do not leave the archive, in files and values', async () => {
    const frames = new Uint8Array(512).fill(7);
    const pixels = Uint8Array.from([...frames, ...ascii('MUELLER^HANS')]);
    const [study, series, sop] = ['1.2.3.8', '1.2.3.8.1', '1.2.3.8.1.1'];
    await archive.store([slice({ study, series, sop, elements: [[0x7fe00010, 'OW', pixels]] })]);
    const by = new Deidentification({}, KEY);
    const client = sharedClient(archive, { by, of: { studyInstanceUID: study } });
    const own = `/dicomweb/studies/${study}/series/${series}/instances/${sop}`;
    const seen = `/dicomweb/studies/${await by.uid(study)}/series/${await by.uid(series)}/instances/${await by.uid(sop)}`;
    for (const [rest, Accept] of [
      ['/bulkdata/7FE00010', 'application/octet-stream'],
      ['/pixeldata', 'multipart/related; type="application/octet-stream"'],
      ['', 'application/dicom; transfer-syntax=*'],
      ['', 'application/zip'],
    ] as const) {
      const bytes = async (from: Pick<ArchiveClient, 'fetch'>, path: string) =>
        Buffer.from(await (await from.fetch(path + rest, { headers: { Accept } })).arrayBuffer()).toString('latin1');
      expect(await bytes(archive, own), rest).toContain('MUELLER');
      const shared = await bytes(client, seen);
      expect(shared, rest).toContain('\x07'.repeat(512));
      expect(shared, rest).not.toContain('MUELLER');
    }
  });
});

describe('an instance with more frames than a request can read one by one', () => {
  it('is written again with all its fragments', async () => {
    const count = 9001;
    const many = slice({
      series: '1.2.3.4.8',
      sop: '1.2.3.4.8.1',
      transferSyntaxUID: '1.2.840.10008.1.2.5',
      fragments: Array.from({ length: count }, (_, at) => Uint8Array.of(at & 0xff, at >> 8, 1, 1)),
      elements: [[0x00280008, 'IS', String(count)]],
    });
    expect((await archive.store([many])).status).toBe(200);
    const { get, instance } = await shared();
    const path = await instance('1.2.3.4.8', '1.2.3.4.8.1');
    const response = await get(path, 'application/dicom; transfer-syntax=*');
    expect(response.status).toBe(200);
    const other = archiveClient();
    expect((await other.store([new Uint8Array(await response.arrayBuffer())])).status).toBe(200);
    const frame = await other.bytes(`${path}/frames/${count}`, 'image/dicom-rle');
    expect([...frame]).toEqual([(count - 1) & 0xff, (count - 1) >> 8, 1, 1]);
  });
});

describe('the objects of a de-identified archive', () => {
  it('give pixel data and nothing else, also after the rows were dropped from memory', async () => {
    const whole = openArchive(archive.prefix, archive.bindings);
    const by = new Deidentification({}, KEY);
    await giveKey(by, archive);
    const view = { options: {}, of: { studyInstanceUID: STUDY } };
    const open = async () => (await new DeidentifiedArchives().of(whole, view)).archive;
    const first = await open();
    const rows = await instancesOf(first, { studyInstanceUID: await by.uid(STUDY) }, 100);
    const row = rows!.find(({ layout }) => layout.pixels?.kind === 'native')!;
    const [piece] = await framePieces(first, row, [1]);
    const { key, offset, span } = piece!;
    for (const seen of [first, await open()]) {
      const stream = await seen.objects.read(key, { offset, length: span });
      await expect(new Response(stream).arrayBuffer()).resolves.toHaveProperty('byteLength', span);
      for (const range of [undefined, { offset: 0, length: 200 }, { offset: offset - 1, length: span }]) {
        await expect(seen.objects.read(key, range)).rejects.toThrow('does not serve these bytes');
      }
      expect(await seen.objects.read(key.replace('.dcm', '.thumbnail'))).toBeNull();
      expect(() => seen.objects.put(key, new Uint8Array(1))).toThrow('does not do this');
      expect(() => seen.index.segments({ studyInstanceUID: row.studyInstanceUID })).toThrow('does not do this');
    }
  });
});

describe('a share of one series', () => {
  it('has that series only, also with retained UIDs', async () => {
    for (const options of [{}, { retainUIDs: true }]) {
      const { get, study, instance } = await shared(options, { seriesInstanceUID: SERIES.ct });
      const found = (await (await get(`${study}/series`)).json()) as DicomJson[];
      expect(found).toHaveLength(1);
      expect((await get(await instance(SERIES.ct, '1.2.3.4.1'))).status).toBe(200);
      expect((await get(await instance(SERIES.rle, '1.2.3.4.6.1'))).status).toBe(404);
      expect((await get(`${await instance(SERIES.rle, '1.2.3.4.6.1')}/metadata`)).status).toBe(404);
      expect(await partsOf(await get(study, FILES))).toHaveLength(1);
      expect((await get('/dicomweb/studies/1.2.3.9/metadata')).status).toBe(404);
      expect(await (await get('/dicomweb/instances?includefield=all')).json()).toHaveLength(1);
    }
  });
});
