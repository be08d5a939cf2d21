import { describe, expect, it } from 'vitest';
import { decoderOf, encoderOf } from '../../src/imaging/codecs';
import { encodeJP2 } from '../../src/imaging/encoders/jp2';
import { encodeJPEG } from '../../src/imaging/encoders/jpeg';
import { formatOf, frameOf } from '../support/files/frames';

const JPEG = '1.2.840.10008.1.2.4.';

describe('codecs in the runtime', () => {
  it.each(['80', '90', '201', '202'])('load where WebAssembly may not be compiled: %s', async (last) => {
    const frame = frameOf(formatOf({ bitsStored: 12, signed: true }));
    const { codeStream, format } = await encoderOf(JPEG + last)!(frame);
    expect(await decoderOf(JPEG + last)!(codeStream, format)).toEqual(frame);
  });

  it('load for JPEG baseline', async () => {
    const format = formatOf({ bitsAllocated: 8 });
    const encoded = await encoderOf(`${JPEG}50`)!({ format, bytes: new Uint8Array(23 * 37).fill(99) });
    const decoded = await decoderOf(`${JPEG}50`)!(encoded.codeStream, encoded.format);
    expect(decoded.bytes).toEqual(new Uint8Array(23 * 37).fill(99));
  });

  it('write files of rendered images', async () => {
    const raster = { width: 20, height: 10, samples: 3 as const, bytes: new Uint8Array(600).fill(7) };
    expect([...(await encodeJPEG(raster)).subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
    expect(String.fromCharCode(...(await encodeJP2(raster)).subarray(4, 6))).toBe('jP');
  });

  it('refuse a broken code stream and go on', async () => {
    const frame = frameOf(formatOf());
    for (const last of ['80', '90', '201']) {
      const { codeStream, format } = await encoderOf(JPEG + last)!(frame);
      await expect(decoderOf(JPEG + last)!(codeStream.subarray(0, 300), format)).rejects.toMatchObject({
        name: 'CodecError',
      });
      expect(await decoderOf(JPEG + last)!(codeStream, format)).toEqual(frame);
    }
  });
});
