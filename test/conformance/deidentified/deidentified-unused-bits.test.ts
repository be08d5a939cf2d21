import { describe, expect, it } from 'vitest';
import { withheldInstances } from '../../../src/archive/deidentify/withheld-instances';
import { Deidentification } from '../../../src/dicom/deidentify/deidentification';
import type { DeidentifyOptions } from '../../../src/dicom/deidentify/deidentify-options';
import { decoderOf, encoderOf } from '../../../src/imaging/codecs';
import { ROOM } from '../../../src/imaging/codecs/codec-memory';
import type { ImageFormat } from '../../../src/imaging/frame';
import { openArchive } from '../../../src/storage/open-archive';
import { withSharedArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import { sharedClient } from '../../support/clients/shared-client';
import { type Element, EXPLICIT_BIG } from '../../support/files/part10';
import { slice } from '../../support/files/samples';

const KEY = new TextEncoder().encode('the key of a share');
const STUDY = '1.2.3.4';
const SERIES = '1.2.3.4.0';
const JPEG_LS = '1.2.840.10008.1.2.4.80';
const RLE = '1.2.840.10008.1.2.5';
const PIXELS = 16 * 16;

/** A kind of instance: how its samples lie in their words, and what is read of a word when the rest is cleared. */
interface Kind {
  readonly name: string;
  readonly sop: string;
  readonly stored: number;
  readonly high: number;
  readonly signed?: boolean;
  readonly transferSyntaxUID?: string;
  readonly cleared: (word: number) => number;
}

const KINDS: readonly Kind[] = [
  { name: 'above the samples', sop: '1.2.3.4.1', stored: 12, high: 11, cleared: (word) => word & 0xfff },
  { name: 'below the samples', sop: '1.2.3.4.2', stored: 12, high: 15, cleared: (word) => word & 0xfff0 },
  {
    ...{ name: 'above signed samples', sop: '1.2.3.4.3', stored: 12, high: 11, signed: true },
    cleared: (word) => (word & 0x800 ? word | 0xf000 : word & 0xfff),
  },
  {
    ...{ name: 'big-endian', sop: '1.2.3.4.4', stored: 12, high: 11, transferSyntaxUID: EXPLICIT_BIG },
    cleared: (word) => word & 0xfff,
  },
];

/** Words whose unused bits all hold something, in an order that no bit of the sample has. */
const WORDS = Uint16Array.from({ length: PIXELS }, (_, at) => (at * 40_503) & 0xffff);

/** An overlay in bit 15 or, below the samples, in bit 0 (PS3.5 8.1.2). */
function overlay(high: number): Element[] {
  return [
    [0x60000010, 'US', [16]],
    [0x60000011, 'US', [16]],
    [0x60000040, 'CS', 'G'],
    [0x60000050, 'SS', [1, 1]],
    [0x60000100, 'US', [16]],
    [0x60000102, 'US', [high === 15 ? 0 : 15]],
  ];
}

function fileOf({ sop, stored, high, signed, transferSyntaxUID }: Kind, fragments?: Uint8Array[]): Uint8Array {
  return slice({
    sop,
    ...(transferSyntaxUID && { transferSyntaxUID }),
    ...(fragments && { fragments }),
    elements: [
      [0x00280101, 'US', [stored]],
      [0x00280102, 'US', [high]],
      [0x00280103, 'US', [signed ? 1 : 0]],
      ...overlay(high),
      ...(fragments ? [] : [[0x7fe00010, 'OW', [...WORDS]] as Element]),
    ],
  });
}

const formatOf = ({ stored, high, signed = false }: Kind): ImageFormat => ({
  rows: 16,
  columns: 16,
  samplesPerPixel: 1,
  bitsAllocated: 16,
  bitsStored: stored,
  highBit: high,
  signed,
  photometricInterpretation: 'MONOCHROME2',
  planarConfiguration: 0,
  sampleType: 'integer',
});

let archive: ArchiveClient;
withSharedArchive(async () => {
  archive = archiveClient();
  expect((await archive.store(KINDS.map((kind) => fileOf(kind)))).status).toBe(200);
});

const path = (sop: string) => `/dicomweb/studies/${STUDY}/series/${SERIES}/instances/${sop}`;

async function shared(sop: string, options: DeidentifyOptions = {}) {
  const by = new Deidentification(options, KEY);
  const client = sharedClient(archive, { by, of: { studyInstanceUID: STUDY } });
  const [study, series, instance] = await Promise.all([STUDY, SERIES, sop].map((uid) => by.uid(uid)));
  const own = `/dicomweb/studies/${study}/series/${series}/instances/${instance}`;
  const get = (rest: string, Accept: string, headers: Record<string, string> = {}) =>
    client.fetch(own + rest, { headers: { Accept, ...headers } });
  return { get };
}

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

/** The ways in which uncompressed pixels leave the archive. */
const WAYS = [
  ['/frames/1', 'application/octet-stream'],
  ['/frames/1', 'multipart/related; type="application/octet-stream"'],
  ['/bulkdata/7FE00010', 'application/octet-stream'],
  ['/pixeldata', 'multipart/related; type="application/octet-stream"'],
  ['', 'application/dicom; transfer-syntax=*'],
  ['', 'application/zip'],
] as const;

describe.each(KINDS)('unused bits $name', (kind) => {
  const cleared = Buffer.from(WORDS.map(kind.cleared).buffer);
  const original = Buffer.from(WORDS.buffer);

  it.each(WAYS)('are cleared in %s as %s', async (rest, accept) => {
    const { get } = await shared(kind.sop);
    const response = await get(rest, accept);
    expect(response.status).toBe(200);
    const length = response.headers.get('Content-Length');
    const body = await bytesOf(response);
    if (length !== null) expect(Number(length)).toBe(body.length);
    expect(body.includes(cleared)).toBe(true);
    const own = await archive.fetch(path(kind.sop) + rest, { headers: { Accept: accept } });
    expect(response.headers.get('ETag')).not.toBe(own.headers.get('ETag'));
    // The original has them, so that the test can fail. The file of a big-endian instance is big-endian.
    if (kind.transferSyntaxUID === undefined || rest !== '') expect((await bytesOf(own)).includes(original)).toBe(true);
  });

  it('are cleared in a part of a frame, in WADO-URI and after a conversion', async () => {
    const { get } = await shared(kind.sop);
    const part = await get('/frames/1', 'application/octet-stream', { Range: 'bytes=101-200' });
    expect([part.status, await bytesOf(part)]).toEqual([206, cleared.subarray(101, 201)]);
    const uri = `requestType=WADO&studyUID=${STUDY}&seriesUID=${SERIES}&objectUID=${kind.sop}`;
    const anonymized = await archive.fetch(`/wado?${uri}&contentType=application/dicom&anonymize=yes`);
    expect((await bytesOf(anonymized)).includes(cleared)).toBe(true);
    for (const uid of [JPEG_LS, RLE]) {
      const frame = await get('/frames/1', `application/octet-stream; transfer-syntax=${uid}`);
      expect([uid, frame.status]).toEqual([uid, 200]);
      const { bytes } = await decoderOf(uid)!(new Uint8Array(await frame.arrayBuffer()), formatOf(kind), ROOM);
      expect(Buffer.from(bytes)).toEqual(cleared);
    }
  });
});

describe('compressed frames with an overlay in unused bits', () => {
  it('are cleared in RLE and refused in JPEG-LS, also when burnt-in annotations are allowed', async () => {
    const [kind] = KINDS as readonly [Kind];
    const statuses: string[] = [];
    for (const [uid, sop] of [
      [RLE, '1.2.3.4.7'],
      [JPEG_LS, '1.2.3.4.8'],
    ] as const) {
      const frame = { format: formatOf(kind), bytes: new Uint8Array(WORDS.slice().buffer) };
      const { codeStream } = await encoderOf(uid)!(frame, { room: ROOM });
      const file = fileOf({ ...kind, sop, transferSyntaxUID: uid }, [codeStream]);
      // 202: the archive warns of samples with more bits than Bits Stored.
      expect((await archive.store([file])).status).toBeLessThan(300);
      const { get } = await shared(sop, { allowIdentifyingPixels: true });
      for (const [rest, accept] of [
        ['/frames/1', 'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1'],
        ['/frames/1', `application/octet-stream; transfer-syntax=${uid}`],
        ['', 'application/dicom; transfer-syntax=*'],
        ['/rendered', 'image/png'],
      ] as const) {
        const response = await get(rest, accept);
        statuses.push(`${uid} ${response.status}`);
        const body = await bytesOf(response);
        if (uid === JPEG_LS) expect(body.toString()).toContain('may hold an overlay that cannot be removed');
        else if (accept.endsWith('1.2.1')) expect(body).toEqual(Buffer.from(WORDS.map(kind.cleared).buffer));
        else expect(body.includes(codeStream)).toBe(false);
      }
    }
    expect(statuses).toEqual([...Array(4).fill(`${RLE} 200`), ...Array(4).fill(`${JPEG_LS} 406`)]);
    const whole = openArchive(archive.prefix, archive.bindings);
    const counts = await withheldInstances(whole, { studyInstanceUID: STUDY }, 100);
    expect([...(counts ?? [])]).toEqual([[expect.stringContaining('overlay'), 1]]);
  });

  it('are refused when the bit belongs to the samples', async () => {
    const whole = { ...KINDS[0]!, sop: '1.2.3.4.9', stored: 16, high: 15 };
    expect((await archive.store([fileOf(whole)])).status).toBe(200);
    const { get } = await shared(whole.sop);
    expect((await get('/frames/1', 'application/octet-stream')).status).toBe(406);
  });
});
