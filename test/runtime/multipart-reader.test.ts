import { describe, expect, it } from 'vitest';
import { MultipartError, MultipartReader } from '../../src/http/multipart-reader';
import { ascii, joined } from '../support/files/part10';
import { seededRandom } from '../support/seeded-random';

const BOUNDARY = 'dicomweb-boundary-7MA4YWxkTrZu0gW';

/** The body of a request as the runtime gives it: a byte stream, whose BYOB reader fills the archive's buffer. */
function bodyOf(chunks: readonly Uint8Array[], known: boolean): ReadableStream<Uint8Array> {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { readable, writable } = known ? new FixedLengthStream(length) : new IdentityTransformStream();
  const writer = writable.getWriter();
  const writing = (async () => {
    for (const chunk of chunks) if (chunk.length > 0) await writer.write(chunk.slice());
    await writer.close();
  })();
  writing.catch(() => undefined);
  return new Request('http://archive.test/', { method: 'POST', body: readable }).body!;
}

function multipart(bodies: readonly Uint8Array[]): Uint8Array {
  const parts = bodies.flatMap((body, n) => [
    ascii(`\r\n--${BOUNDARY}\r\nContent-Type: application/dicom\r\nN: ${n}\r\n\r\n`),
    body,
  ]);
  return joined([...parts, ascii(`\r\n--${BOUNDARY}--\r\n`)]);
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<{ bodies: Uint8Array[]; largest: number }> {
  const reader = new MultipartReader(stream, BOUNDARY);
  const bodies: Uint8Array[] = [];
  let largest = 0;
  for (let part = await reader.next(); part !== null; part = await reader.next()) {
    expect([...part.headers]).toEqual([
      ['content-type', 'application/dicom'],
      ['n', String(bodies.length)],
    ]);
    const pieces: Uint8Array[] = [];
    for (let bytes = await part.read(); bytes !== null; bytes = await part.read()) {
      pieces.push(bytes.slice());
      largest = Math.max(largest, bytes.length);
    }
    bodies.push(joined(pieces));
  }
  return { bodies, largest };
}

function randomBytes(length: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => random.below(256));
}

describe('a request body in the runtime', () => {
  const bodies = [randomBytes(700_001, 1), new Uint8Array(0), ascii(`x\r\n--${BOUNDARY}x`), randomBytes(3, 2)];
  const whole = multipart(bodies);

  it('comes in pieces as large as they were sent, up to the size of the buffer', async () => {
    const { bodies: read, largest } = await readAll(bodyOf([whole], true));
    expect(read).toEqual(bodies);
    expect(largest).toBeGreaterThan(128 * 1024);
    expect(largest).toBeLessThanOrEqual(256 * 1024);
  });

  it('in chunks of any size', async () => {
    for (const size of [1000, 4096, 65_537]) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < whole.length; at += size) chunks.push(whole.subarray(at, at + size));
      expect((await readAll(bodyOf(chunks, size === 4096))).bodies).toEqual(bodies);
    }
  });

  it('cut at every byte around each delimiter', async () => {
    const few = [ascii('one'), ascii(`\r\n--${BOUNDARY}-`)];
    const small = multipart(few);
    for (let cut = 0; cut <= small.length; cut += 1) {
      const stream = bodyOf([small.subarray(0, cut), small.subarray(cut)], false);
      expect((await readAll(stream)).bodies).toEqual(few);
    }
  });

  it('that is cut short is an error, with its reason', async () => {
    for (const length of [whole.length - 5, 700_000, 10]) {
      const error = await readAll(bodyOf([whole.subarray(0, length)], false)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(MultipartError);
      expect((error as MultipartError).code).toBe(length === 10 ? 'no-boundary' : 'truncated');
    }
  });

  it('by a default reader when the stream is not a byte stream', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < whole.length; at += 300_000) controller.enqueue(whole.slice(at, at + 300_000));
        controller.close();
      },
    });
    expect((await readAll(stream)).bodies).toEqual(bodies);
  });
});
