import { describe, expect, it } from 'vitest';
import { HEAD_BYTES, readHead } from '../../../src/imaging/code-stream-head';
import { decoderOf, encoderOf } from '../../../src/imaging/codecs';
import { broken } from '../../support/files/broken-code-streams';
import { formatOf, frameOf } from '../../support/files/frames';

const UIDS = ['5', '4.80', '4.90', '4.201', '4.50'].map((end) => `1.2.840.10008.1.2.${end}`);
const FORMAT = formatOf({ rows: 40, columns: 48 });
const BYTES = formatOf({ rows: 40, columns: 48, bitsAllocated: 8 });

function headOf(codeStream: Uint8Array): Uint8Array {
  return codeStream.subarray(0, HEAD_BYTES);
}

describe('the header of a frame', () => {
  it.each(UIDS)('%s: gives the size of the image', async (uid) => {
    const format = uid.endsWith('.50') ? BYTES : FORMAT;
    const { codeStream } = await encoderOf(uid)!(frameOf(format));
    const size = readHead(uid, headOf(codeStream), codeStream.length, format);
    if (uid.endsWith('.5')) expect(size).toBeUndefined();
    else expect(size).toMatchObject({ rows: 40, columns: 48 });
  });

  it.each(UIDS)('%s: is never refused when the frame can be decoded', async (uid) => {
    const format = uid.endsWith('.50') ? BYTES : FORMAT;
    const { codeStream } = await encoderOf(uid)!(frameOf(format, 'ramp'));
    const counts = { decoded: 0, refused: 0 };
    for (let seed = 0; seed < 300; seed += 1) {
      const bytes = broken(codeStream, seed);
      const decoded = await decoderOf(uid)!(bytes, format).then(
        () => true,
        () => false,
      );
      let refused = false;
      try {
        readHead(uid, headOf(bytes), bytes.length, format);
      } catch (error) {
        expect(error).toMatchObject({ name: 'CodecError' });
        refused = true;
      }
      expect([seed, decoded && refused]).toEqual([seed, false]);
      counts.decoded += Number(decoded);
      counts.refused += Number(refused);
    }
    expect(counts.decoded).toBeGreaterThan(10);
    expect(counts.refused).toBeGreaterThan(10);
  });
});
