import { describe, expect, it } from 'vitest';
import { decodeJPEGExtended } from '../../../../../src/imaging/codecs/jpeg/jpeg-extended';
import { digestOf } from '../../../../support/files/encapsulated';
import { formatOf } from '../../../../support/files/frames';
import { EXTENDED_STREAMS } from '../../../../support/files/jpeg-streams';
import { writeFlatBlocks } from '../../../../support/files/jpeg-writer';

const IMAGE = { rows: 21, columns: 26, samples: 3, precision: 12, restartInterval: 0, together: true };

describe('JPEG extended', () => {
  it.each(EXTENDED_STREAMS)('decodes to the same samples as dcmtk: $name', async ({ codeStream, format, digest }) => {
    const frame = await decodeJPEGExtended(codeStream, format);
    const colour = format.samplesPerPixel === 3;
    expect(frame.format).toEqual({ ...format, ...(colour && { photometricInterpretation: 'RGB' }) });
    expect(await digestOf(frame.bytes)).toBe(digest);
  });

  it.each([true, false])('starts again after restart markers, interleaved components: %s', async (together) => {
    // Twelve blocks for each component. A block with one coefficient has an eighth of that value, around the middle.
    const values = Array.from({ length: 36 }, (_, at) => 8 * ((at * 97) % 4000) - 16000);
    const format = formatOf({ rows: 21, columns: 26, bitsStored: 12, samplesPerPixel: 3 });
    for (const restartInterval of [0, 1, 4, 5]) {
      const codeStream = writeFlatBlocks({ ...IMAGE, restartInterval, together }, values);
      const frame = await decodeJPEGExtended(codeStream, format);
      const cells = new Uint16Array(frame.bytes.buffer);
      const expected = cells.map((_, at) => {
        const pixel = Math.floor(at / 3);
        const block = Math.floor(pixel / 26 / 8) * 4 + Math.floor((pixel % 26) / 8);
        return values[3 * block + (at % 3)]! / 8 + 2048;
      });
      expect(cells).toEqual(expected);
    }
  });

  it('gives signed samples of 12 bits their sign', async () => {
    const format = formatOf({ rows: 8, columns: 8, bitsStored: 12, signed: true });
    const image = { ...IMAGE, rows: 8, columns: 8, samples: 1 };
    const frame = await decodeJPEGExtended(writeFlatBlocks(image, [8 * 100]), format);
    expect(new Set(new Int16Array(frame.bytes.buffer))).toEqual(new Set([100 - 2048]));
  });

  it('refuses scans that do not continue a previous scan', async () => {
    const { codeStream, format } = EXTENDED_STREAMS.find(({ name }) => name === 'progressive grey')!;
    const scans = [...codeStream.keys()].filter((at) => codeStream[at] === 0xff && codeStream[at + 1] === 0xda);
    const again = Uint8Array.of(...codeStream.subarray(0, scans[1]), ...codeStream.subarray(scans[0]));
    await expect(decodeJPEGExtended(again, format)).rejects.toMatchObject({ reason: 'malformed' });
  });

  it('refuses too many scans', async () => {
    const { codeStream, format } = EXTENDED_STREAMS.find(({ name }) => name === 'progressive grey')!;
    const start = codeStream.findIndex((byte, at) => byte === 0xff && codeStream[at + 1] === 0xda);
    const table = [0xff, 0xc4, 0, 20, 0x10, 1, ...new Array<number>(15).fill(0), 0];
    const component = codeStream[start + 5]!;
    const bands = Array.from({ length: 63 }, (_, at) => at + 1);
    const scansOf = (passes: number): number[] =>
      [0xff, 0xda, 0, 8, 1, component, 0, 0, 0, 0].concat(
        [1, 0x10]
          .slice(0, passes)
          .flatMap((shift) => bands.flatMap((band) => [0xff, 0xda, 0, 8, 1, component, 0, band, band, shift])),
      );
    const streamOf = (scans: number[]): Uint8Array =>
      Uint8Array.of(...codeStream.subarray(0, start), ...table, ...scans, 0xff, 0xd9);
    expect((await decodeJPEGExtended(streamOf(scansOf(1)), format)).bytes.length).toBe(18 * 21 * 2);
    await expect(decodeJPEGExtended(streamOf(scansOf(2)), format)).rejects.toMatchObject({ reason: 'unsupported' });
  });
});
