import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { joined } from '../support/part10';
import { pixels, slice } from '../support/samples';
import { buildWorker, type Server, startServer } from '../support/server';
import { FetchXMLHttpRequest } from '../support/xml-http-request';

/** The client that OHIF speaks DICOMweb with, as npm ships it. */
const { api } = createRequire(import.meta.url)('dicomweb-client');

const IDS = { studyInstanceUID: '1.2.3.4', seriesInstanceUID: '1.2.3.4.0' };
const FILES = [1, 2, 3].map((n) => slice({ sop: `1.2.3.4.${n}`, instanceNumber: n, seed: n }));
const bytes = (buffer: ArrayBuffer) => new Uint8Array(buffer);
const bySize = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b);

let server: Server;
// biome-ignore lint/suspicious/noExplicitAny: the client ships no types
let client: any;
beforeAll(async () => {
  (globalThis as { XMLHttpRequest?: unknown }).XMLHttpRequest = FetchXMLHttpRequest;
  server = await startServer({ bundle: await buildWorker() });
  client = new api.DICOMwebClient({ url: `${server.origin}/dicomweb` });
});
afterAll(async () => await server?.stop());

test('stores', async () => {
  const answer = await client.storeInstances({ datasets: FILES.map((file) => file.slice().buffer) });
  expect(JSON.parse(answer)['00081199'].Value).toHaveLength(3);
});

test('searches studies, series and instances', async () => {
  const queryParams = { PatientName: '*Neptune*', StudyDate: '20240101-20241231', limit: 5 };
  const [study] = await client.searchForStudies({ queryParams });
  expect(study['00201208'].Value).toEqual([3]);
  const [series] = await client.searchForSeries({ studyInstanceUID: IDS.studyInstanceUID });
  expect(series['00201209'].Value).toEqual([3]);
  expect(await client.searchForInstances({ ...IDS, queryParams: { InstanceNumber: 2 } })).toHaveLength(1);
});

test('retrieves metadata at the three levels', async () => {
  expect(await client.retrieveStudyMetadata(IDS)).toHaveLength(3);
  expect(await client.retrieveSeriesMetadata(IDS)).toHaveLength(3);
  const metadata = await client.retrieveInstanceMetadata({ ...IDS, sopInstanceUID: '1.2.3.4.2' });
  expect([metadata].flat()[0]['00200013'].Value).toEqual([2]);
});

test('retrieves study, series and instance, byte for byte', async () => {
  for (const found of [await client.retrieveStudy(IDS), await client.retrieveSeries(IDS)]) {
    expect(found.map(bytes).sort(bySize)).toEqual([...FILES].sort(bySize));
  }
  const instance = await client.retrieveInstance({ ...IDS, sopInstanceUID: '1.2.3.4.2' });
  expect(bytes(instance)).toEqual(FILES[1]);
});

test('retrieves frames and bulk data', async () => {
  const options = { ...IDS, sopInstanceUID: '1.2.3.4.3' };
  const frame = joined(pixels(256, 3).map((word) => Uint8Array.of(word & 0xff, word >> 8)));
  const [found] = await client.retrieveInstanceFrames({ ...options, frameNumbers: [1] });
  expect(bytes(found)).toEqual(frame);
  const [metadata] = [await client.retrieveInstanceMetadata(options)].flat();
  const [value] = await client.retrieveBulkData({ BulkDataURI: metadata['7FE00010'].BulkDataURI });
  expect(bytes(value)).toEqual(frame);
});
