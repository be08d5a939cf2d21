import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstItemOf } from '../support/files/encapsulated';
import { joined } from '../support/files/part10';
import { decodePng } from '../support/files/png-decoder';
import { pixels, slice } from '../support/files/samples';
import { buildLimitedWorker, type Server, startServer } from '../support/server/server';
import { FetchXMLHttpRequest } from '../support/viewer/xml-http-request';

/** The client library by which OHIF uses DICOMweb, as published on npm. */
const { api } = createRequire(import.meta.url)('dicomweb-client');

const IDS = { studyInstanceUID: '1.2.3.4', seriesInstanceUID: '1.2.3.4.0' };
const FILES = [1, 2, 3].map((n) => slice({ sop: `1.2.3.4.${n}`, instanceNumber: n, seed: n }));
const bytes = (buffer: ArrayBuffer) => new Uint8Array(buffer);
const bySize = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b);
const datasets = (files: readonly Uint8Array[]) => files.map((file) => file.slice().buffer);

/** A study of its own for the searches: two series, and this many instances in the first. */
const MANY = { studyInstanceUID: '1.2.5', seriesInstanceUID: '1.2.5.1' };
const COUNT = 150;
const MANY_FILES = [
  ...Array.from({ length: COUNT }, (_, n) => manyFile('1.2.5.1', `1.2.5.1.${n + 1}`, n + 1, 'MR')),
  manyFile('1.2.5.2', '1.2.5.2.1', 1, 'SR'),
];

function manyFile(series: string, sop: string, instanceNumber: number, modality: string): Uint8Array {
  return slice({
    study: '1.2.5',
    series,
    sop,
    instanceNumber,
    rows: 2,
    columns: 2,
    elements: [
      [0x00080020, 'DA', '20230605'],
      [0x00080060, 'CS', modality],
      [0x00100010, 'PN', 'Smith^John'],
      [0x00100020, 'LO', 'P-5'],
      [0x00200011, 'IS', series.slice(-1)],
    ],
  });
}

/** The first bytes of a code stream, and its media type. */
const COMPRESSIONS = [
  ['1.2.840.10008.1.2.4.80', [0xff, 0xd8, 0xff, 0xf7], 'image/jls'],
  ['1.2.840.10008.1.2.4.90', [0xff, 0x4f, 0xff, 0x51], 'image/jp2'],
] as const;

type DataSet = Record<string, { vr: string; Value?: unknown[]; BulkDataURI?: string }>;
const valuesOf = (found: DataSet[], tag: string) => found.map((row) => row[tag]?.Value?.[0]);

let server: Server;
// biome-ignore lint/suspicious/noExplicitAny: the client ships no types
let client: any;
beforeAll(async () => {
  (globalThis as { XMLHttpRequest?: unknown }).XMLHttpRequest = FetchXMLHttpRequest;
  server = await startServer({ bundle: await buildLimitedWorker() });
  client = new api.DICOMwebClient({ url: `${server.origin}/dicomweb` });
});
afterAll(async () => await server?.stop());

describe('stores', () => {
  test('to /studies', async () => {
    const answer = await client.storeInstances({ datasets: datasets(FILES) });
    expect(JSON.parse(answer)['00081199'].Value).toHaveLength(3);
  });

  test('many files in one request, to /studies/{study}', async () => {
    const { studyInstanceUID } = MANY;
    const answer = await client.storeInstances({ datasets: datasets(MANY_FILES), studyInstanceUID });
    expect(JSON.parse(answer)['00081199'].Value).toHaveLength(COUNT + 1);
  });

  test('an instance of another study among them is refused, the others are stored', async () => {
    const answer = await client.storeInstances({
      datasets: datasets([FILES[0]!, slice({ study: '9.9', sop: '9.9.1' })]),
      studyInstanceUID: IDS.studyInstanceUID,
    });
    const dataSet = JSON.parse(answer);
    expect(dataSet['00081199'].Value).toHaveLength(1);
    expect(dataSet['00081198'].Value).toHaveLength(1);
  });

  test('an instance that cannot be stored is an error with a status and a reason', async () => {
    const error = await client.storeInstances({ datasets: [new TextEncoder().encode('nothing').buffer] }).then(
      () => undefined,
      (failure: { status: number; response: string }) => failure,
    );
    expect(error.status).toBe(409);
    expect(JSON.parse(error.response)['0008119A'].Value).toHaveLength(1);
  });
});

describe('searches', () => {
  test('studies, by a wildcard in a name, dates, an ID, modalities', async () => {
    const uids = async (queryParams: object) =>
      valuesOf(await client.searchForStudies({ queryParams }), '0020000D').sort();
    expect(await uids({ PatientName: '*Neptune*', StudyDate: '20240101-20241231', limit: 5 })).toEqual(['1.2.3.4']);
    expect(await uids({ '00100020': 'P-5' })).toEqual(['1.2.5']);
    expect(await uids({ ModalitiesInStudy: 'SR,MR' })).toEqual(['1.2.5']);
    expect(await uids({ StudyDate: '-20231231' })).toEqual(['1.2.5']);
    expect(await uids({ StudyInstanceUID: '1.2.3.4\\1.2.5' })).toEqual(['1.2.3.4', '1.2.5']);
    expect(await uids({ PatientName: 'smith' })).toEqual([]);
    expect(await client.searchForStudies()).toHaveLength(2);
  });

  test('studies by a name that is spelled otherwise, when asked to', async () => {
    for (const PatientName of ['John Smith', 'Smyth^Jon', 'SMITH^JON']) {
      const found = await client.searchForStudies({ queryParams: { PatientName, fuzzymatching: true } });
      expect([PatientName, valuesOf(found, '0020000D')]).toEqual([PatientName, ['1.2.5']]);
    }
  });

  test('series of a study and of all, with counts and further fields', async () => {
    const { studyInstanceUID } = MANY;
    const found: DataSet[] = await client.searchForSeries({
      studyInstanceUID,
      queryParams: { includefield: '00200011,0008103E' },
    });
    expect(found.map((row) => [row['0020000E']?.Value?.[0], row['00201209']?.Value?.[0]]).sort()).toEqual([
      ['1.2.5.1', COUNT],
      ['1.2.5.2', 1],
    ]);
    expect(found.every((row) => row['0008103E']?.Value?.[0] === 'Axial')).toBe(true);
    expect(valuesOf(await client.searchForSeries({ queryParams: { Modality: 'SR' } }), '0020000E')).toEqual([
      '1.2.5.2',
    ]);
  });

  test('instances of a series, page by page: each once', async () => {
    const found: unknown[] = [];
    for (let offset = 0; ; offset += 40) {
      const page: DataSet[] = await client.searchForInstances({ ...MANY, queryParams: { limit: 40, offset } });
      found.push(...valuesOf(page, '00080018'));
      if (page.length < 40) break;
    }
    expect(found).toHaveLength(COUNT);
    expect(new Set(found).size).toBe(COUNT);
  });

  test('instances of a study, and of all', async () => {
    expect(await client.searchForInstances({ ...IDS, queryParams: { InstanceNumber: 2 } })).toHaveLength(1);
    const { studyInstanceUID } = MANY;
    expect(await client.searchForInstances({ studyInstanceUID, queryParams: { limit: 1000 } })).toHaveLength(COUNT + 1);
    const [instance] = await client.searchForInstances({
      queryParams: { SOPInstanceUID: '1.2.5.1.7', includefield: 'all' },
    });
    expect(instance['00280010'].Value).toEqual([2]);
  });

  test('without a match: an empty list', async () => {
    expect(await client.searchForStudies({ queryParams: { PatientID: 'nobody' } })).toEqual([]);
    expect(await client.searchForSeries({ studyInstanceUID: '9.9.9' })).toEqual([]);
  });
});

describe('retrieves', () => {
  test('metadata at the three levels', async () => {
    expect(await client.retrieveStudyMetadata(IDS)).toHaveLength(3);
    expect(await client.retrieveSeriesMetadata(IDS)).toHaveLength(3);
    const metadata = await client.retrieveInstanceMetadata({ ...IDS, sopInstanceUID: '1.2.3.4.2' });
    expect([metadata].flat()[0]['00200013'].Value).toEqual([2]);
    expect(await client.retrieveStudyMetadata(MANY)).toHaveLength(COUNT + 1);
  });

  test('study, series and instance, byte for byte', async () => {
    for (const found of [await client.retrieveStudy(IDS), await client.retrieveSeries(IDS)]) {
      expect(found.map(bytes).sort(bySize)).toEqual([...FILES].sort(bySize));
    }
    const instance = await client.retrieveInstance({ ...IDS, sopInstanceUID: '1.2.3.4.2' });
    expect(bytes(instance)).toEqual(FILES[1]);
    const all = await client.retrieveStudy(MANY);
    expect(all.map(bytes).sort(bySize)).toEqual([...MANY_FILES].sort(bySize));
  });

  test('an instance, telling how far it is', async () => {
    const seen: number[] = [];
    const progressCallback = ({ loaded }: { loaded: number }) => seen.push(loaded);
    const found = await client.retrieveSeries({ ...IDS, request: { progressCallback } });
    expect(found).toHaveLength(3);
    expect(seen.at(-1)).toBeGreaterThan(FILES[0]!.length * 3);
  });

  test('frames and bulk data', async () => {
    const options = { ...IDS, sopInstanceUID: '1.2.3.4.3' };
    const frame = joined(pixels(256, 3).map((word) => Uint8Array.of(word & 0xff, word >> 8)));
    const [found] = await client.retrieveInstanceFrames({ ...options, frameNumbers: [1] });
    expect(bytes(found)).toEqual(frame);
    const [octets] = await client.retrieveInstanceFrames({
      ...options,
      frameNumbers: [1],
      mediaTypes: [{ mediaType: 'application/octet-stream', transferSyntaxUID: '1.2.840.10008.1.2.1' }],
    });
    expect(bytes(octets)).toEqual(frame);
    const [metadata] = [await client.retrieveInstanceMetadata(options)].flat();
    const { BulkDataURI } = metadata['7FE00010'];
    const [value] = await client.retrieveBulkData({ BulkDataURI });
    expect(bytes(value)).toEqual(frame);
    const single = new api.DICOMwebClient({ url: `${server.origin}/dicomweb`, singlepart: 'bulkdata' });
    const [alone] = await single.retrieveBulkData({ BulkDataURI });
    expect(bytes(alone)).toEqual(frame);
  });

  test('an instance and a series in another transfer syntax', async () => {
    const series = `${server.origin}/dicomweb/studies/${IDS.studyInstanceUID}/series/${IDS.seriesInstanceUID}`;
    // Uses the method that retrieveInstance and retrieveSeries call, because in this version those two refuse every
    // type.
    const retrieve = async (url: string, transferSyntaxUID: string): Promise<Uint8Array[]> => {
      const mediaTypes = [{ mediaType: 'application/dicom', transferSyntaxUID }];
      return (await client._httpGetMultipartApplicationDicom(url, mediaTypes)).map(bytes);
    };
    for (const [uid, start] of COMPRESSIONS) {
      const files = [...(await retrieve(`${series}/instances/1.2.3.4.2`, uid)), ...(await retrieve(series, uid))];
      expect(files).toHaveLength(4);
      for (const file of files) {
        expect(new TextDecoder('latin1').decode(file)).toContain(uid);
        expect([...firstItemOf(file).subarray(0, 4)]).toEqual(start);
      }
    }
    expect(await retrieve(`${series}/instances/1.2.3.4.2`, '*')).toEqual([FILES[1]]);
  });

  test('frames in a compression by its media type', async () => {
    const options = { ...IDS, sopInstanceUID: '1.2.3.4.1', frameNumbers: [1] };
    for (const [transferSyntaxUID, start, mediaType] of COMPRESSIONS) {
      const [frame] = await client.retrieveInstanceFrames({
        ...options,
        mediaTypes: [{ mediaType, transferSyntaxUID }],
      });
      expect([...bytes(frame).subarray(0, 4)]).toEqual(start);
    }
  });

  test('rendered instances and frames, and thumbnails', async () => {
    const options = { ...IDS, sopInstanceUID: '1.2.3.4.1' };
    const frame = { ...options, frameNumbers: [1] };
    const starts = { 'image/jpeg': [0xff, 0xd8], 'image/png': [0x89, 0x50], 'image/gif': [0x47, 0x49] };
    for (const [mediaType, start] of Object.entries(starts)) {
      const wanted = { mediaTypes: [{ mediaType }] };
      const [instance] = await client.retrieveInstanceRendered({ ...options, ...wanted });
      const [rendered] = await client.retrieveInstanceFramesRendered({ ...frame, ...wanted });
      for (const found of [instance, rendered]) expect([...bytes(found).subarray(0, 2)]).toEqual(start);
    }
    // Without a type the client sends the default of XMLHttpRequest, which is any type.
    const [unnamed] = await client.retrieveInstanceRendered(options);
    expect([...bytes(unnamed).subarray(0, 2)]).toEqual(starts['image/jpeg']);
    const queryParams = { viewport: '8,8', window: '30000,20000,linear' };
    const mediaTypes = [{ mediaType: 'image/png' }];
    const [small] = await client.retrieveInstanceRendered({ ...options, mediaTypes, queryParams });
    expect(decodePng(bytes(small))).toMatchObject({ width: 8, height: 8 });
    for (const [found] of [
      await client.retrieveInstanceThumbnail({ ...options, mediaTypes }),
      await client.retrieveInstanceFramesThumbnail({ ...frame, mediaTypes }),
    ]) {
      expect(decodePng(bytes(found)).samples).toBe(1);
    }
    const [usual] = await client.retrieveInstanceThumbnail({ ...options, queryParams: { viewport: '256,256' } });
    expect([...bytes(usual).subarray(0, 2)]).toEqual(starts['image/jpeg']);
  });

  test('by the URL of WADO-URI that it builds', async () => {
    const wado = new api.DICOMwebClient({ url: `${server.origin}/dicomweb`, wadoURIPrefix: '' });
    wado.wadoURL = `${server.origin}/wado`;
    const url = wado.buildInstanceWadoURIUrl({ ...IDS, sopInstanceUID: '1.2.3.4.1' });
    expect(bytes(await (await fetch(url)).arrayBuffer())).toEqual(FILES[0]);
  });

  test('a missing resource as an error with its status', async () => {
    const status = (failing: Promise<unknown>) =>
      failing.then(
        () => 200,
        (error: { status: number }) => error.status,
      );
    const absent = { studyInstanceUID: '9.9', seriesInstanceUID: '9.9.1', sopInstanceUID: '9.9.1.1' };
    expect(await status(client.retrieveStudyMetadata(absent))).toBe(404);
    expect(await status(client.retrieveInstance(absent))).toBe(404);
    expect(await status(client.retrieveInstanceFrames({ ...absent, frameNumbers: [1] }))).toBe(404);
    expect(
      await status(client.retrieveInstanceFrames({ ...IDS, sopInstanceUID: '1.2.3.4.1', frameNumbers: [9] })),
    ).toBe(404);
  });
});
