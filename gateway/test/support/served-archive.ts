import { createServer, type Server as HTTPServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { comments, slice } from '../../../test/support/files/samples.ts';
import { type TestServer, withServer } from '../../../test/support/server/with-server.ts';
import { Archive } from '../../src/archive/archive.mjs';

/* An archive with the instances of two patients, behind a proxy that tests let disturb its answers. */

export const IMPLICIT = '1.2.840.10008.1.2';
export const EXPLICIT = '1.2.840.10008.1.2.1';
export const RLE = '1.2.840.10008.1.2.5';

interface Made {
  readonly study: string;
  readonly series: string;
  readonly sop: string;
  readonly patient: string;
  readonly name: string;
  readonly date: string;
  readonly number: number;
  readonly transferSyntaxUID?: string;
}

/** Two patients; the first has two studies, one of them with two series. */
export const MADE: readonly Made[] = [
  made('1.2.1', '1.2.1.1', 1, 'P1', 'Äpfel^Jürgen', '20240105'),
  made('1.2.1', '1.2.1.1', 2, 'P1', 'Äpfel^Jürgen', '20240105'),
  { ...made('1.2.1', '1.2.1.2', 3, 'P1', 'Äpfel^Jürgen', '20240105'), transferSyntaxUID: IMPLICIT },
  made('1.2.2', '1.2.2.1', 1, 'P1', 'Äpfel^Jürgen', '20240301'),
  { ...made('1.2.3', '1.2.3.1', 1, 'P2', 'Smith^Anna', '20230601'), transferSyntaxUID: RLE },
];

function made(study: string, series: string, number: number, patient: string, name: string, date: string): Made {
  return { study, series, sop: `${series}.${number}`, patient, name, date, number };
}

/** 16 by 16 pixels of 0, as RLE: PS3.5 G. */
function rleOfZeros(): Uint8Array {
  const segment = [0x81, 0, 0x81, 0];
  const head = new Uint32Array(16);
  head.set([2, 64, 68]);
  return Uint8Array.of(...new Uint8Array(head.buffer), ...segment, ...segment);
}

const FILES = MADE.map(({ study, series, sop, patient, name, date, number, transferSyntaxUID }) =>
  Buffer.from(
    slice({
      ...{ study, series, sop, instanceNumber: number, seed: number },
      ...(transferSyntaxUID === undefined ? {} : { transferSyntaxUID }),
      ...(transferSyntaxUID === RLE ? { fragments: [rleOfZeros()] } : {}),
      elements: [
        [0x00100020, 'LO', patient],
        [0x00100010, 'PN', name],
        [0x00080020, 'DA', date],
        [0x0020000d, 'UI', study],
        [0x00081140, 'SQ', [[[0x00081155, 'UI', '1.2.3']], []]],
        ...(number === 2 ? [comments(60_000)] : []),
      ],
    }),
  ),
);
/** The Part 10 file of an instance that the archive has. */
export const fileOf = (sop: string) => FILES[MADE.findIndex((one) => one.sop === sop)]!;
/** The data set of a file. */
export const dataSetOf = (file: Buffer) => file.subarray(144 + file.readUInt32LE(140));

/** The proxy in front of the archive. */
interface Line {
  /** What happens to a request in place of its answer, if anything. @returns whether the request is dealt with */
  disturb: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** The requests of the test. */
  requests: { url: string; accept: string; range: string | undefined }[];
  /** Gives a request the archive's answer. @param cut bytes after which the connection breaks off */
  forward(request: IncomingMessage, response: ServerResponse, cut?: number): Promise<void>;
  /** The archive as the gateway reaches it. */
  readonly archive: Archive;
}

let server: TestServer;
let reader: Archive;

/** The line between the gateway and the archive of the file's tests. */
export const line: Line = {
  disturb: undefined,
  requests: [],
  forward: async (request, response, cut = Number.POSITIVE_INFINITY) => {
    const { accept = '', range, 'if-range': ifRange } = request.headers;
    const headers = { Accept: accept, ...(range && { Range: range }), ...(ifRange && { 'If-Range': String(ifRange) }) };
    try {
      const answer = await fetch(server.origin + request.url, { headers });
      const body = Buffer.from(await answer.arrayBuffer());
      const { 'content-encoding': _, 'transfer-encoding': __, ...kept } = Object.fromEntries(answer.headers);
      response.writeHead(answer.status, { ...kept, 'content-length': String(body.length) });
      response.write(body.subarray(0, cut), () => {
        if (cut < body.length) response.destroy();
        else response.end();
      });
    } catch {
      // The archive has ended, with the last test of the file: the gateway's connection breaks off too.
      response.destroy();
    }
  },
  get archive() {
    return reader;
  },
};

/** Stores the instances before the tests of the file. */
export function withServedArchive(): void {
  server = withServer();
  let proxy: HTTPServer;
  beforeAll(async () => {
    for (const file of FILES) {
      const headers = { 'Content-Type': 'application/dicom' };
      const stored = await fetch(`${server.origin}/dicomweb/studies`, {
        method: 'POST',
        headers,
        body: new Uint8Array(file),
      });
      // 202: stored, with a warning of the short values.
      expect(stored.status).toBeLessThan(300);
    }
    proxy = createServer((request, response) => {
      const { accept = '', range } = request.headers;
      line.requests.push({ url: request.url ?? '', accept, range });
      if (line.disturb?.(request, response)) return;
      line.forward(request, response);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    reader = new Archive({ base: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/dicomweb` });
  });
  afterAll(() => {
    reader?.close();
    proxy?.closeAllConnections();
    proxy?.close();
  });
  afterEach(() => {
    line.disturb = undefined;
    line.requests = [];
  });
}
