import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app';
import { Ledger } from '../../../src/archive/memory/ledger';
import { LEDGER_LIMITS } from '../../../src/archive/memory/ledger-limits';
import { encoderOf } from '../../../src/imaging/codecs';
import { IDLE_BYTES } from '../../../src/imaging/codecs/codec-memory';
import { heldBytes } from '../../../src/imaging/codecs/wasm-codec';
import type { Frame } from '../../../src/imaging/frame';
import { openArchive } from '../../../src/storage/open-archive';
import { withArchive } from '../../support/archive/with-archive';
import { multipart, ORIGIN, partsOf } from '../../support/clients/archive-client';
import { formatOf } from '../../support/files/frames';
import { slice } from '../../support/files/samples';
import { testBindings } from '../../support/platform/bindings';
import { asInvocation } from '../../support/platform/production-limits';

const MIB = 1024 * 1024;
const JPEG = '1.2.840.10008.1.2.4.';
const SERIES = '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/instances';
const OCTETS = 'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.1';

withArchive();

let archives = 0;

/** An archive with a ledger that the test reads. All its requests are those of one isolate. */
function archiveWith(ledger: Ledger) {
  archives += 1;
  const name = `image-memory-${archives}`;
  const app = createApp(() => openArchive(name, testBindings()), { ledger });
  const send = async (path: string, init: RequestInit, use: (response: Response) => Promise<unknown>) => {
    const context = createExecutionContext();
    return await asInvocation(async () => {
      const response = await app.fetch(new Request(ORIGIN + path, init), { ...env, ALLOW_ANONYMOUS: 'true' }, context);
      const used = await use(response);
      await waitOnExecutionContext(context);
      return { status: response.status, used };
    });
  };
  return {
    store: (file: Uint8Array) => send('/dicomweb/studies', { method: 'POST', ...multipart([file]) }, (r) => r.text()),
    get: <Result>(path: string, Accept: string, use: (response: Response) => Promise<Result>) =>
      send(path, { headers: { Accept } }, use) as Promise<{ status: number; used: Result }>,
  };
}

/** @param noise bits of each pixel that cannot be compressed: codecs take longer with more */
function picture(rows: number, columns: number, noise = 4): Frame {
  const cells = new Uint16Array(rows * columns);
  const shift = 32 - noise;
  for (let at = 0; at < cells.length; at++) cells[at] = 500 + ((at % columns) >> 3) + ((at * 2654435761) >>> shift);
  return { format: formatOf({ rows, columns, bitsStored: 12 }), bytes: new Uint8Array(cells.buffer) };
}

/** @param name makes the instance's UID @param encoded the frame's code stream, if it has been made before */
async function stored(
  archive: ReturnType<typeof archiveWith>,
  frame: Frame,
  end: string,
  name: number,
  encoded?: Uint8Array,
) {
  const { rows, columns } = frame.format;
  const codeStream = encoded ?? (await encoderOf(JPEG + end)!(frame)).codeStream;
  const file = slice({
    sop: `1.2.3.4.${name}`,
    rows,
    columns,
    transferSyntaxUID: JPEG + end,
    fragments: [even(codeStream)],
    elements: [
      [0x00280101, 'US', [12]],
      [0x00280102, 'US', [11]],
    ],
  });
  expect(await archive.store(file)).toMatchObject({ status: 200 });
}

function even(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(bytes.length + (bytes.length % 2));
  padded.set(bytes);
  return padded;
}

/** Waits for every request also where one has failed, so that none outlives its test. */
async function all<T>(requests: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(requests);
  return await Promise.all(requests);
}

const firstPart = async (response: Response) => (await partsOf(response))[0]?.body;
const octets = async (response: Response) => new Uint8Array(await response.arrayBuffer());

describe('memory for work on images', () => {
  it('is bounded, however many requests ask for it, and is given back', async () => {
    const limits = { ...LEDGER_LIMITS, shared: 22 * MIB, alone: 34 * MIB };
    const ledger = new Ledger(limits);
    const archive = archiveWith(ledger);
    const frame = picture(1200, 1200);
    for (const [at, end] of ['80', '90', '201'].entries()) await stored(archive, frame, end, at + 1);
    const answers = await all(
      Array.from({ length: 20 }, async (_, at) => {
        const path = `${SERIES}/1.2.3.4.${(at % 3) + 1}/frames/1`;
        if (at % 2 === 0) {
          const { status, used } = await archive.get(path, OCTETS, firstPart);
          expect(used).toEqual(frame.bytes);
          return status;
        }
        const { status, used } = await archive.get(`${path}/rendered?window=${at},900,linear`, 'image/jpeg', octets);
        expect([...used.subarray(0, 2)]).toEqual([0xff, 0xd8]);
        return status;
      }),
    );
    expect(new Set(answers)).toEqual(new Set([200]));
    expect(ledger.peak).toBeGreaterThan(limits.shared / 2);
    expect(ledger.peak).toBeLessThanOrEqual(limits.alone);
    expect(ledger.holding('image') + ledger.holding('coded')).toBe(0);
    expect(heldBytes()).toBeLessThanOrEqual(IDLE_BYTES);
  });

  it('is given back when clients disconnect', async () => {
    const ledger = new Ledger();
    const archive = archiveWith(ledger);
    await stored(archive, picture(800, 800), '80', 1);
    await all(
      Array.from({ length: 12 }, async (_, at) => {
        await archive.get(`${SERIES}/1.2.3.4.1/frames/1`, OCTETS, async ({ body }) => {
          const reader = body!.getReader();
          if (at % 2 === 0) await reader.read();
          await reader.cancel();
        });
      }),
    );
    expect(ledger.peak).toBeGreaterThan(0);
    expect(ledger.holding('image') + ledger.holding('coded')).toBe(0);
  });

  it('is enough for 4096 by 4096 pixels of 16 bits', async () => {
    const ledger = new Ledger();
    const archive = archiveWith(ledger);
    const frame = picture(4096, 4096, 1);
    const native = slice({
      sop: '1.2.3.4.9',
      rows: 4096,
      columns: 4096,
      elements: [[0x7fe00010, 'OW', frame.bytes]],
      pixels: false,
    });
    expect((await archive.store(native)).status).toBe(200);
    const codeStreams = new Map<string, Uint8Array>();
    for (const end of ['80', '90', '201', '202']) {
      const accept = `multipart/related; type="application/octet-stream"; transfer-syntax=${JPEG}${end}`;
      const { status, used } = await archive.get(`${SERIES}/1.2.3.4.9/frames/1`, accept, firstPart);
      expect(status).toBe(200);
      expect(used?.length).toBeGreaterThan(MIB);
      codeStreams.set(end, used!);
    }
    for (const [at, end] of ['80', '90', '201'].entries()) {
      await stored(archive, frame, end, at + 1, codeStreams.get(end));
      const path = `${SERIES}/1.2.3.4.${at + 1}/frames/1`;
      const { used } = await archive.get(path, OCTETS, firstPart);
      expect(used).toEqual(frame.bytes);
      expect((await archive.get(`${path}/rendered`, 'image/jpeg', octets)).status).toBe(200);
    }
    expect(ledger.peak).toBeLessThanOrEqual(LEDGER_LIMITS.alone);
    expect(ledger.holding('image') + ledger.holding('coded')).toBe(0);
  });

  it('is counted by the code stream, not by the attributes of the instance', async () => {
    const ledger = new Ledger();
    const archive = archiveWith(ledger);
    const frame = picture(1600, 1600);
    await stored(archive, frame, '80', 1);
    const { codeStream } = await encoderOf(`${JPEG}80`)!(frame);
    const liar = slice({
      sop: '1.2.3.4.2',
      rows: 8,
      columns: 8,
      transferSyntaxUID: `${JPEG}80`,
      fragments: [even(codeStream)],
    });
    await archive.store(liar);
    await archive.get(`${SERIES}/1.2.3.4.1/frames/1`, OCTETS, firstPart);
    const honest = ledger.peak;
    ledger.peak = 0;
    const { status } = await archive.get(`${SERIES}/1.2.3.4.2/frames/1`, OCTETS, firstPart);
    // The frame is decoded, but it is not what the metadata describes.
    expect(status).toBe(406);
    expect(ledger.peak).toBeGreaterThan(0.8 * honest);
  });
});
