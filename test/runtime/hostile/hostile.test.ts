import { describe, expect, it } from 'vitest';
import { openArchive } from '../../../src/storage/open-archive';
import { keysOf, sweepAway } from '../../support/archive/sweeps';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient } from '../../support/clients/archive-client';
import {
  BOUNDARY,
  followedBy,
  longHeader,
  MULTIPART,
  multipartOf,
  repeated,
  type Stream,
  streamed,
} from '../../support/files/hostile';
import { ascii } from '../../support/files/part10';
import { slice } from '../../support/files/samples';

const MB = 1024 * 1024;
/**
 * Bytes that the archive reads and drops at most, before its response and while it sends it, of a body that the response
 * does not need: 24 MB and 512 MB, and what is in its buffers.
 */
const PASSED = 540 * MB;

let client: ArchiveClient;
withArchive(() => {
  client = archiveClient();
});

async function send(stream: Stream, to = client): Promise<{ status: number; dataSet: DataSet }> {
  const answer = await to.fetch('/dicomweb/studies', { method: 'POST', headers: MULTIPART, body: stream.body });
  return { status: answer.status, dataSet: (await answer.json()) as DataSet };
}

type DataSet = Record<string, { Value?: Record<string, { Value?: unknown[] }>[] }>;

const stored = ({ dataSet }: { dataSet: DataSet }) =>
  (dataSet['00081199']?.Value ?? []).map((item) => item['00081155']?.Value?.[0]);
const failures = ({ dataSet }: { dataSet: DataSet }) =>
  [...(dataSet['00081198']?.Value ?? []), ...(dataSet['0008119A']?.Value ?? [])].map(
    (item) => item['00081197']?.Value?.[0],
  );
const visible = async () => (await client.json('/dicomweb/instances')).map((one) => one['00080018']?.Value?.[0]).sort();
const keys = () => keysOf(client);

function* chain(...all: Iterable<Uint8Array>[]): Generator<Uint8Array> {
  for (const pieces of all) yield* pieces;
}

describe('bodies without an end', () => {
  for (const [title, piece] of [
    ['a part header of one line', ascii('y'.repeat(64 * 1024))],
    ['a part header of countless lines', ascii('a: b\r\n'.repeat(10_000))],
  ] as const) {
    it(`${title}: read up to the limit of a request, and never held`, async () => {
      const bounded = archiveClient({ MAX_REQUEST_BYTES: String(8 * MB) });
      const start = ascii(`--${BOUNDARY}\r\nX-Endless: `);
      const stream = streamed(chain([start], repeated(piece)));
      const answer = await send(stream, bounded);
      expect(answer.status).toBe(413);
      expect(stored(answer)).toEqual([]);
      expect(stream.taken()).toBeLessThan(8 * MB + PASSED);
      expect(bounded.operations).toMatchObject({ d1: 0, r2Writes: [] });
    });

    it(`${title}, which ends after megabytes, affects only its own part`, async () => {
      const start = ascii(`--${BOUNDARY}\r\nX-Long: `);
      const stream = streamed(chain([start], repeated(piece, 80), [ascii('\r\n\r\n\r\n')], multipartOf([[slice()]])));
      const answer = await send(stream);
      expect([answer.status, stored(answer), failures(answer)]).toEqual([202, ['1.2.3.4.1'], [0xc000]]);
    });
  }

  for (const [title, piece] of [
    ['a preamble', ascii('x'.repeat(64 * 1024))],
    ['a preamble of line ends', ascii('\r\n'.repeat(32 * 1024))],
    ['a preamble of incomplete boundaries', ascii(`\r\n--${BOUNDARY.slice(0, -1)}`.repeat(2000))],
  ] as const) {
    it(`${title}: read up to the limit of a request`, async () => {
      const bounded = archiveClient({ MAX_REQUEST_BYTES: String(8 * MB) });
      const stream = streamed(repeated(piece));
      expect((await send(stream, bounded)).status).toBe(413);
      expect(stream.taken()).toBeLessThan(8 * MB + PASSED);
      expect(bounded.operations).toMatchObject({ d1: 0, r2Writes: [] });
    });
  }

  it('an instance: instances that arrived complete before it are kept', async () => {
    const bounded = archiveClient({ MAX_REQUEST_BYTES: String(30 * MB), MAX_INSTANCE_BYTES: String(12 * MB) });
    const endless = followedBy('1.2.3.4.2', [
      longHeader(0x7fe00010, 'OW', 0xfffffffe),
      ...repeated(new Uint8Array(MB), 60),
    ]);
    const stream = streamed(multipartOf([[slice()], endless]));
    const answer = await send(stream, bounded);
    expect(answer.status).toBe(413);
    expect([stored(answer), failures(answer)]).toEqual([['1.2.3.4.1'], [0xa700, 0xa700]]);
    expect(stream.taken()).toBeLessThan(30 * MB + PASSED);
    expect(await bounded.json('/dicomweb/instances')).toHaveLength(1);
    const { objects } = await bounded.bindings.bucket.list({ prefix: `${bounded.prefix}/` });
    expect(objects).toHaveLength(1);
  });

  it('an epilogue: the response does not wait for its end', async () => {
    const stream = streamed(chain(multipartOf([[slice()]]), repeated(new Uint8Array(64 * 1024))));
    expect((await send(stream)).status).toBe(200);
    expect(stream.taken()).toBeLessThan(PASSED);
  });
});

describe('bodies that arrive slowly, or not completely', () => {
  it('byte by byte', async () => {
    const bytes = [...multipartOf([[slice({ rows: 2, columns: 2 })]])].flatMap((piece) => [...piece]);
    const answer = await send(streamed(bytes.map((byte) => Uint8Array.of(byte))));
    expect([answer.status, stored(answer)]).toEqual([200, ['1.2.3.4.1']]);
    expect(client.operations).toMatchObject({ d1: 1, r2Writes: { length: 1 } });
  });

  for (const end of ['whole', 'gone'] as const) {
    it(`a client that disconnects within the third instance of megabytes (${end === 'whole' ? 'ended' : 'lost'})`, async () => {
      const cut = followedBy('1.2.3.4.3', [longHeader(0x7fe00010, 'OW', 40 * MB), ...repeated(new Uint8Array(MB), 13)]);
      const files = [[slice()], [slice({ sop: '1.2.3.4.2' })], cut];
      const pieces = [...multipartOf(files, false)].slice(0, -1);
      await send(streamed(pieces, end));
      expect(await visible()).toEqual(['1.2.3.4.1', '1.2.3.4.2']);
      const before = await keys();
      expect(before.filter((key) => key.endsWith('.dcm'))).toHaveLength(2);
      await sweepAway(openArchive(client.prefix, client.bindings));
      expect(await keys()).toEqual(before);
    });
  }

  it('a client that disconnects before an instance is complete', async () => {
    const pieces = [...multipartOf([[slice({ rows: 100, columns: 100 })]])].slice(0, 2);
    const [head, file] = pieces as [Uint8Array, Uint8Array];
    await send(streamed([head, file.subarray(0, 5000)], 'gone'));
    expect(await visible()).toEqual([]);
    expect(await keys()).toEqual([]);
  });
});

describe('more parts than a request may have', () => {
  it('20,000 empty parts: parts beyond the limit are not read, and nothing is written', async () => {
    const stream = streamed(multipartOf(Array.from({ length: 20_000 }, () => [ascii('x')])));
    const answer = await send(stream);
    expect(answer.status).toBe(413);
    expect(failures(answer)).toHaveLength(5001);
    expect(client.operations).toMatchObject({ d1: 0, r2Writes: [] });
  });

  it('2,000 instances when 100 are allowed: 100 are kept', async () => {
    const bounded = archiveClient({ MAX_PARTS: '100' });
    const files = (function* () {
      for (let n = 1; n <= 2000; n += 1) yield [slice({ sop: `1.2.3.4.${n}`, rows: 2, columns: 2 })];
    })();
    const stream = streamed(multipartOf(files));
    const answer = await send(stream, bounded);
    expect([answer.status, stored(answer).length]).toEqual([413, 100]);
    expect(stream.taken()).toBeLessThan(PASSED);
    expect(bounded.operations.r2Writes).toHaveLength(100);
    expect((await bounded.json('/dicomweb/studies'))[0]?.['00201208']?.Value).toEqual([100]);
  });
});

/** In pieces of 256 KiB, which cut the look-alikes in two, and more than a part of an upload. */
describe('boundary look-alikes', () => {
  const delimiter = `\r\n--${BOUNDARY}`;
  for (const [title, text] of [
    ['delimiters that lack their last character', delimiter.slice(0, -1)],
    ['delimiters with more text', `${delimiter}x`],
    ['delimiters with white space and more text', `${delimiter} \t y`],
    ['delimiters without CR', `\n--${BOUNDARY}\n`],
    ['carriage returns', '\r'],
  ] as const) {
    it(`6 MB of ${title} are data`, async () => {
      const piece = ascii(text.repeat(Math.floor((256 * 1024) / text.length)));
      const times = Math.ceil((6 * MB) / piece.length);
      const length = piece.length * times;
      const pad = length % 2;
      const file = () =>
        followedBy('1.2.3.4.1', [
          longHeader(0x7fe00010, 'OW', length + pad),
          ...repeated(piece, times),
          new Uint8Array(pad),
        ]);
      const answer = await send(streamed(multipartOf([file()])));
      expect(stored(answer)).toEqual(['1.2.3.4.1']);
      const [instance] = await client.json('/dicomweb/instances');
      const path = String(instance?.['00081190']?.Value?.[0]).replace(/^.*?(?=\/dicomweb)/, '');
      const back = await client.bytes(path, 'application/dicom; transfer-syntax=*');
      let at = 0;
      for (const expected of file()) {
        const found = back.subarray(at, at + expected.length);
        at += expected.length;
        if (!same(found, expected)) throw new Error(`other bytes before ${at}`);
      }
      expect(back.length).toBe(at);
    });
  }
});

function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}
