import { describe, expect, it } from 'vitest';
import { withSharedArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { digestOf } from '../../support/files/encapsulated';
import { report } from '../../support/files/instances';
import { ascii } from '../../support/files/part10';
import { pixels, slice } from '../../support/files/samples';

const STUDY = '/dicomweb/studies/1.2.3.4';
const SERIES = `${STUDY}/series/1.2.3.4.0`;
const JPEG_LS = '1.2.840.10008.1.2.4.80';
const ENCAPSULATED_UNCOMPRESSED = '1.2.840.10008.1.2.1.98';

const THREE_FRAMES = slice({
  elements: [
    [0x00280008, 'IS', '3'],
    [0x00200062, 'CS', 'L'],
    [0x7fe00010, 'OW', pixels(3 * 256, 7)],
    [0x00091010, 'OB', new Uint8Array(3000).fill(5)],
    [0x00090010, 'LO', 'ACME'],
  ],
});
const OCTET_FRAGMENTS = slice({
  sop: '1.2.3.4.2',
  transferSyntaxUID: ENCAPSULATED_UNCOMPRESSED,
  fragments: [new Uint8Array(512).fill(3), new Uint8Array(512).fill(4)],
  elements: [[0x00280008, 'IS', '2']],
});
const FILES = [
  THREE_FRAMES,
  OCTET_FRAGMENTS,
  slice({ sop: '1.2.3.4.3', seed: 3 }),
  slice({ sop: '1.2.3.4.4', transferSyntaxUID: '1.2.840.10008.1.2.4.50', fragments: [ascii('not quite a JPEG')] }),
  report('Nothing to report.'),
];

const INSTANCES = [1, 2, 3, 4].map((n) => `${SERIES}/instances/1.2.3.4.${n}`);
const REPORT = `${STUDY}/series/1.2.3.4.7/instances/1.2.3.4.7.1`;
const WADO = '/wado?requestType=WADO&studyUID=1.2.3.4&seriesUID=1.2.3.4.0&objectUID=1.2.3.4.1';

const PATHS = [
  ...[STUDY, SERIES, INSTANCES[0], REPORT].flatMap((path) => [
    path as string,
    ...['metadata', 'bulkdata', 'pixeldata', 'rendered', 'thumbnail'].map((resource) => `${path}/${resource}`),
  ]),
  ...INSTANCES.flatMap((path) =>
    ['frames/1', 'frames/1,2', 'frames/2,1', 'bulkdata/7FE00010', 'frames/1/rendered', 'frames/1,2/rendered'].map(
      (resource) => `${path}/${resource}`,
    ),
  ),
  ...[
    'quality=10',
    'quality=90',
    'viewport=8,8',
    'viewport=8,8,0,0,8,8',
    'viewport=8,8,0,0,,',
    'window=1,9,linear',
  ].map((query) => `${INSTANCES[0]}/rendered?${query}`),
  `${INSTANCES[0]}/bulkdata/00091010`,
  `${INSTANCES[0]}/frames/1/rendered?quality=10`,
  ...['', '&contentType=image/png', '&contentType=application/dicom', '&frameNumber=2', '&imageQuality=10'].map(
    (query) => WADO + query,
  ),
  ...[`&contentType=application/dicom&transferSyntax=${JPEG_LS}`, '&contentType=application/dicom&anonymize=yes'].map(
    (query) => WADO + query,
  ),
  '/dicomweb/studies',
  `${STUDY}/series`,
  `${SERIES}/instances`,
];

const ACCEPTS = [
  '*/*',
  'application/octet-stream',
  'multipart/related; type="application/octet-stream"',
  'multipart/related; type="application/octet-stream"; transfer-syntax=*',
  `multipart/related; type="application/octet-stream"; transfer-syntax=${ENCAPSULATED_UNCOMPRESSED}`,
  `multipart/related; type="image/jls"; transfer-syntax=${JPEG_LS}`,
  'image/jls',
  'application/dicom; transfer-syntax=*',
  `application/dicom; transfer-syntax=${JPEG_LS}`,
  'multipart/related; type="application/dicom"',
  `multipart/related; type="application/dicom"; transfer-syntax=${JPEG_LS}`,
  'application/dicom+json',
  'application/json',
  'multipart/related; type="application/dicom+xml"',
  'application/dicom+xml',
  'application/zip',
  'image/jpeg',
  'image/png',
  'image/gif',
  'multipart/related; type="image/png"',
  'text/plain',
  'multipart/related; type="text/html"',
];

/** The same deployment under two public names, and another isolate for the first name. */
let hosts: readonly ArchiveClient[];
withSharedArchive(async () => {
  const first = archiveClient({ PUBLIC_ORIGIN: 'https://one.test' });
  await first.store(FILES);
  const other = (PUBLIC_ORIGIN: string) => archiveClient({ PUBLIC_ORIGIN }, () => first.bindings, first.prefix);
  hosts = [first, other('https://another.test'), other('https://one.test')];
});

describe('RFC 9110 8.8.3 entity tags', () => {
  it('the same tag is the same bytes of the same type, of all resources, media types and hosts', async () => {
    const known = new Map<string, { bytes: string; of: string }>();
    const answered = new Map<string, string>();
    let answers = 0;
    for (const path of PATHS) {
      for (const [turn, Accept] of ACCEPTS.entries()) {
        for (const [at, host] of hosts.slice(0, turn % 4 === 0 ? 3 : 2).entries()) {
          const response = await host.fetch(path, { headers: { Accept } });
          const of = `${path} ${Accept} (${at})`;
          expect(response.status, of).toBeLessThan(500);
          const etag = response.headers.get('ETag');
          if (response.status !== 200) continue;
          expect(etag, of).toMatch(/^"[\x21\x23-\x7e]+"$/);
          answers += 1;
          // WADO-URI names the type of a file without its transfer syntax.
          const type = /^[^;]*/.exec(response.headers.get('Content-Type') ?? '')?.[0];
          const bytes = `${type} ${await digestOf(new Uint8Array(await response.arrayBuffer()))}`;
          const before = known.get(etag!);
          if (before === undefined) known.set(etag!, { bytes, of });
          else expect(bytes, `${of} has the tag of ${before.of}`).toBe(before.bytes);
          // A new isolate makes the same bytes with the same tag.
          const request = `${path} ${Accept} ${at % 2}`;
          expect(answered.get(request) ?? etag, of).toBe(etag);
          answered.set(request, etag!);
        }
      }
    }
    expect(answers).toBeGreaterThan(600);
    expect(known.size).toBeGreaterThan(150);
  });

  it('a proxy that compressed the answer has made its tag weak: the client still has a current copy', async () => {
    const path = `${INSTANCES[0]}/metadata`;
    const [host] = hosts;
    const etag = (await host!.fetch(path)).headers.get('ETag');
    expect((await host!.fetch(path, { headers: { 'If-None-Match': `W/${etag}` } })).status).toBe(304);
  });
});
