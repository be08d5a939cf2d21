import { afterEach, describe, expect, it, vi } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, partsOf } from '../../support/clients/archive-client';
import { ENCODED, ENCODERS, type Encoded } from '../../support/files/encoders';
import { formatOf, frameOf } from '../../support/files/frames';
import { slice } from '../../support/files/samples';

/*
 * An image of four frames, one of which cannot be decoded. What its header shows is found before the status is sent (406, or
 * the stored form where the client accepts it). What shows only when the frame is decoded breaks the answer off, since a
 * complete answer without the frame would be wrong (RFC 9112 8), and the log names the instance and the frame.
 */

const FORMAT = formatOf({ rows: 64, columns: 64 });
const SMALLER = formatOf({ rows: 32, columns: 64 });
const RLE = '1.2.840.10008.1.2.5';

let client: ArchiveClient;
let lines: Record<string, unknown>[];
withArchive(() => {
  lines = [];
  client = archiveClient();
  vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(JSON.parse(line)));
});
afterEach(() => vi.restoreAllMocks());

async function store(uid: Encoded, third: (whole: Uint8Array) => Uint8Array | Promise<Uint8Array>) {
  const fragments: Uint8Array[] = [];
  for (const number of [1, 2, 3, 4]) {
    const { codeStream } = await ENCODERS[uid](frameOf(FORMAT, 'noise', number));
    const bytes = number === 3 ? await third(codeStream.slice()) : codeStream.slice();
    fragments.push(bytes.length % 2 === 0 ? bytes : Uint8Array.from([...bytes, 0]));
  }
  const elements = [[0x00280008, 'IS', '4']] as [number, string, string][];
  const file = slice({ rows: 64, columns: 64, transferSyntaxUID: uid, fragments, elements: elements as never });
  expect((await client.store([file])).status).toBe(200);
  lines.length = 0;
}

const INSTANCE = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances/1.2.3.4.1';
const OCTETS = 'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.1';
const CONVERTED: readonly [path: string, accept: string][] = [
  [`${INSTANCE}/frames/1,2,3,4`, OCTETS],
  [`${INSTANCE}/frames/4,3`, 'multipart/related; type="image/jpeg"; transfer-syntax=1.2.840.10008.1.2.4.50'],
  [INSTANCE, 'application/dicom; transfer-syntax=1.2.840.10008.1.2.1'],
];
const BULK_DATA = `${INSTANCE}/bulkdata/7FE00010`;
const RENDERED: readonly [path: string, accept: string][] = [
  [`${INSTANCE}/frames/1,2,3,4/rendered`, 'multipart/related; type="image/png"'],
  [`${INSTANCE}/rendered`, 'image/gif'],
];

async function outcome(path: string, accept: string): Promise<number | 'broke off'> {
  return await client.fetch(path, { headers: { Accept: accept } }).then(
    ({ status }) => status,
    () => 'broke off' as const,
  );
}

const HEADERS: Record<string, (whole: Uint8Array) => Uint8Array | Promise<Uint8Array>> = {
  'that holds no code stream': (whole) => whole.fill(0x2a),
  'that has no header': (whole) => whole.fill(0, 0, 80),
  'of zeros': (whole) => whole.fill(0),
};

describe.each(ENCODED)('%s: the third frame of four cannot be decoded', (uid) => {
  it.each(Object.entries(HEADERS))('%s: the answer is 406, before anything is sent', async (_, third) => {
    await store(uid, third);
    for (const [path, accept] of [...CONVERTED, ...RENDERED]) {
      expect([path, accept, await outcome(path, accept)]).toEqual([path, accept, 406]);
    }
    expect(lines).toEqual([]);
  });

  it('is stored all the same: what is stored is still sent, and stands in for what cannot be converted', async () => {
    await store(uid, HEADERS['of zeros']!);
    for (const [path, accept] of [
      [`${INSTANCE}/frames/1,2,3,4`, '*/*'],
      [INSTANCE, 'application/dicom; transfer-syntax=*'],
    ] as const) {
      expect(await outcome(path, accept)).toBe(200);
    }
    const value = await client.fetch(BULK_DATA, { headers: { Accept: OCTETS } });
    expect((await partsOf(value)).map(({ headers }) => headers['Content-Type'])).toEqual(
      Array.from({ length: 4 }, () => expect.stringMatching(`transfer-syntax=${uid}$`)),
    );
    const accept = 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.1';
    const study = await client.fetch('/dicomweb/studies/1.2.3.4', { headers: { Accept: accept } });
    expect((await partsOf(study)).map(({ headers }) => headers['Content-Type'])).toEqual([
      `application/dicom; transfer-syntax=${uid}`,
    ]);
  });
});

describe('a frame of another size', () => {
  it('cannot be among the frames of an instance that states one size: 406, also by itself; it is rendered, and sent as it is stored', async () => {
    await store(
      '1.2.840.10008.1.2.4.80',
      async () => (await ENCODERS['1.2.840.10008.1.2.4.80'](frameOf(SMALLER))).codeStream,
    );
    for (const [path, accept] of CONVERTED) {
      if (accept.includes('jpeg')) continue;
      expect([path, await outcome(path, accept)]).toEqual([path, 406]);
    }
    expect(await outcome(`${INSTANCE}/frames/3`, OCTETS)).toBe(406);
    expect(await outcome(`${INSTANCE}/frames/3`, 'image/jls')).toBe(200);
    expect(await outcome(`${INSTANCE}/frames/3/rendered`, 'image/png')).toBe(200);
    expect(await outcome(`${INSTANCE}/frames/1,3/rendered`, 'multipart/related; type="image/png"')).toBe(200);
  });
});

describe('a frame that ends too early', () => {
  it('breaks the answer off; the log says once which frame of which instance', async () => {
    await store(RLE, (whole) => whole.subarray(0, 4500));
    for (const [path, accept] of [...CONVERTED, ...RENDERED, [BULK_DATA, OCTETS] as const]) {
      if (accept.includes('jpeg')) continue;
      lines.length = 0;
      expect([path, await outcome(path, accept)]).toEqual([path, 'broke off']);
      expect(lines).toEqual([
        expect.objectContaining({
          event: 'frame-undecodable',
          error: 'CodecError',
          frame: 3,
          object: expect.stringMatching(/^instances\/1\.2\.3\.4\/1\.2\.3\.4\.0\/1\.2\.3\.4\.1\//),
        }),
      ]);
    }
    // The first frame of an answer is decoded before the status is sent.
    expect(await outcome(`${INSTANCE}/frames/3,1`, OCTETS)).toBe(406);
    expect(await outcome(`${INSTANCE}/frames/3,1/rendered`, 'multipart/related; type="image/png"')).toBe(406);
  });
});
