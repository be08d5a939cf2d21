import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CodecError } from '../../../src/imaging/codec';
import { DECODED_LIMIT, IDLE_BYTES, ROOM, SHARED_ROOM } from '../../../src/imaging/codecs/codec-memory';
import { encodePNG } from '../../../src/imaging/encoders/png';
import type { Frame } from '../../../src/imaging/frame';
import { decodingBytes, encodingBytes, picturingBytes } from '../../../src/imaging/working-memory';
import { formatOf, frameOf } from '../../support/files/frames';

const JPEG = '1.2.840.10008.1.2.4.';
const MIB = 1024 * 1024;

/** The most memory that WebAssembly held at any time. */
let most = 0;
const { grow } = WebAssembly.Memory.prototype;

beforeAll(() => {
  WebAssembly.Memory.prototype.grow = function (pages) {
    const before = grow.call(this, pages);
    most = Math.max(most, this.buffer.byteLength);
    return before;
  };
});
afterAll(() => {
  WebAssembly.Memory.prototype.grow = grow;
});

/** The WebAssembly memory that work takes when codecs have not been used before. */
async function measured<Result>(work: (fresh: Fresh) => Promise<Result>): Promise<{ result: Result; wasm: number }> {
  vi.resetModules();
  const fresh = await freshly();
  most = INITIAL;
  const result = await work(fresh);
  return { result, wasm: most };
}

type Fresh = Awaited<ReturnType<typeof freshly>>;

async function freshly() {
  const codecs = await import('../../../src/imaging/codecs');
  const { encodeJP2 } = await import('../../../src/imaging/encoders/jp2');
  const { encodeJPEG } = await import('../../../src/imaging/encoders/jpeg');
  return { ...codecs, encodeJP2, encodeJPEG };
}

/** The initial memory of a codec: scripts/codecs.mjs. */
const INITIAL = 6 * MIB;

/** A frame with smooth parts and noise, 12 bits of 16. */
function scan(rows: number, columns: number): Frame {
  const frame = frameOf(formatOf({ rows, columns, bitsStored: 12 }), 'noise');
  const cells = new Uint16Array(frame.bytes.buffer);
  for (let at = 0; at < cells.length; at++) cells[at] = 1000 + ((at % columns) >> 2) + (cells[at]! & 31);
  return frame;
}

describe('the memory that work on an image takes', () => {
  it.each(['80', '90', '201', '202'])('is at most the estimate: %s', async (end) => {
    const uid = JPEG + end;
    const frame = scan(1400, 1400);
    const encoding = await measured(({ encoderOf }) => encoderOf(uid)!(frame));
    const { codeStream, format } = encoding.result;
    expect(frame.bytes.length + encoding.wasm + codeStream.length).toBeLessThanOrEqual(encodingBytes(uid, format));
    const decoding = await measured(({ decoderOf }) => decoderOf(uid)!(codeStream, format));
    const taken = codeStream.length + decoding.wasm + decoding.result.bytes.length;
    expect(taken).toBeLessThanOrEqual(decodingBytes(uid, format, codeStream.length));
  });

  it.each([1, 3] as const)('is at most the estimate for pictures with %i samples', async (samples) => {
    const bytes = frameOf(formatOf({ rows: 1024, columns: 1024, bitsAllocated: 8, samplesPerPixel: samples })).bytes;
    const raster = { width: 1024, height: 1024, samples, bytes };
    for (const [type, name] of Object.entries({ 'image/jpeg': 'encodeJPEG', 'image/jp2': 'encodeJP2' } as const)) {
      const { result, wasm } = await measured((fresh) => fresh[name](raster));
      expect(bytes.length + wasm + result.length).toBeLessThanOrEqual(picturingBytes(type, bytes.length));
    }
    const png = await encodePNG(raster);
    expect(bytes.length + png.length).toBeLessThanOrEqual(picturingBytes('image/png', bytes.length));
  });

  it('is enough to decode an image of 4096 by 4096 pixels and 16 bits', () => {
    const format = formatOf({ rows: 4096, columns: 4096 });
    for (const end of ['57', '70', '80', '90', '201']) {
      expect(decodingBytes(JPEG + end, format, 14 * MIB)).toBeLessThanOrEqual(ROOM);
    }
    expect(32 * MIB).toBeLessThanOrEqual(DECODED_LIMIT);
  });

  it('is refused when less was given, with the amount that would be enough', async () => {
    const frame = scan(300, 300);
    const { encoderOf, decoderOf } = await freshly();
    for (const end of ['80', '90', '201']) {
      const { codeStream, format } = await encoderOf(JPEG + end)!(frame);
      const refusal = await decoderOf(JPEG + end)!(codeStream, format, 1000).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ name: 'CodecError', reason: 'too-large' });
      const { needed } = refusal as CodecError;
      expect((await decoderOf(JPEG + end)!(codeStream, format, needed)).bytes).toEqual(frame.bytes);
      await expect(decoderOf(JPEG + end)!(codeStream, format, needed! - 1)).rejects.toMatchObject({
        reason: 'too-large',
      });
    }
  });

  it('leaves memory of the 128 MB for the rest of the isolate, whatever codecs keep', () => {
    expect(SHARED_ROOM + IDLE_BYTES).toBeLessThanOrEqual(ROOM);
    expect(ROOM).toBeLessThanOrEqual(128e6 - 6e6);
  });
});
