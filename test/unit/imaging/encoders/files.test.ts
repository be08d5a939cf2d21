import { describe, expect, it } from 'vitest';
import { decodeJPEGBaseline } from '../../../../src/imaging/codecs/jpeg/jpeg-baseline';
import { decodeJPEG2000 } from '../../../../src/imaging/codecs/jpeg2000/jpeg2000';
import { encodeJP2 } from '../../../../src/imaging/encoders/jp2';
import { encodeJPEG } from '../../../../src/imaging/encoders/jpeg';
import type { Raster } from '../../../../src/imaging/raster';
import { formatOf } from '../../../support/files/frames';

const GREY: Raster = {
  width: 30,
  height: 20,
  samples: 1,
  bytes: Uint8Array.from({ length: 600 }, (_, at) => at % 200),
};
const COLOUR: Raster = { width: 10, height: 20, samples: 3, bytes: GREY.bytes };

function formatOfRaster({ width, height, samples }: Raster) {
  return formatOf({ bitsAllocated: 8, rows: height, columns: width, samplesPerPixel: samples });
}

describe('JPEG files', () => {
  it.each([GREY, COLOUR])('begin with JFIF and hold the image', async (raster) => {
    const file = await encodeJPEG(raster, 95);
    expect([...file.subarray(0, 11)]).toEqual([0xff, 0xd8, 0xff, 0xe0, 0, 16, ...Buffer.from('JFIF\0')]);
    const { format } = await decodeJPEGBaseline(file, {
      ...formatOfRaster(raster),
      photometricInterpretation: 'YBR_FULL_422',
    });
    expect([format.rows, format.columns, format.samplesPerPixel]).toEqual([
      raster.height,
      raster.width,
      raster.samples,
    ]);
  });

  it('hold a colour profile of any length, in numbered chunks', async () => {
    const iccProfile = Uint8Array.from({ length: 150_000 }, (_, at) => at * 7);
    const file = Buffer.from(await encodeJPEG({ ...COLOUR, iccProfile }));
    const chunks: Buffer[] = [];
    let at = 20;
    for (; file.readUInt16BE(at) === 0xffe2; at += 2 + file.readUInt16BE(at + 2)) {
      const segment = file.subarray(at + 4, at + 2 + file.readUInt16BE(at + 2));
      expect(segment.subarray(0, 12).toString('latin1')).toBe('ICC_PROFILE\0');
      expect([...segment.subarray(12, 14)]).toEqual([chunks.length + 1, 3]);
      chunks.push(segment.subarray(14));
    }
    expect(Buffer.concat(chunks)).toEqual(Buffer.from(iccProfile));
    const plain = await encodeJPEG(COLOUR);
    expect(file.subarray(at)).toEqual(Buffer.from(plain.subarray(20)));
  });
});

describe('JP2 files', () => {
  it.each([
    [GREY, 17],
    [COLOUR, 16],
  ])('name the colour space and hold the image exactly', async (raster, colourSpace) => {
    const file = await encodeJP2(raster);
    expect(boxes(file).map(([type]) => type)).toEqual(['jP  ', 'ftyp', 'jp2h', 'jp2c']);
    const [ihdr, colr] = boxes(boxes(file)[2]![1]);
    expect([...ihdr![1]]).toEqual([0, 0, 0, raster.height, 0, 0, 0, raster.width, 0, raster.samples, 7, 7, 0, 0]);
    expect([...colr![1]]).toEqual([1, 0, 0, 0, 0, 0, colourSpace]);
    expect((await decodeJPEG2000(file, formatOfRaster(raster))).bytes).toEqual(raster.bytes);
  });

  it('hold a colour profile', async () => {
    const iccProfile = Uint8Array.from({ length: 3000 }, (_, at) => at);
    const [, colr] = boxes(boxes(await encodeJP2({ ...COLOUR, iccProfile }))[2]![1]);
    expect(Buffer.from(colr![1])).toEqual(Buffer.from([2, 0, 0, ...iccProfile]));
  });
});

function boxes(bytes: Uint8Array): [type: string, content: Uint8Array][] {
  const found: [string, Uint8Array][] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Buffer.from(bytes).readUInt32BE(at);
    found.push([Buffer.from(bytes.subarray(at + 4, at + 8)).toString('latin1'), bytes.subarray(at + 8, at + length)]);
    at += length;
  }
  return found;
}
