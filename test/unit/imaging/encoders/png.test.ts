import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodePNG } from '../../../../src/imaging/encoders/png';
import { Pauses } from '../../../../src/imaging/pauses';
import type { Raster } from '../../../../src/imaging/raster';
import { writeProfile } from '../../../../src/imaging/render/colour/icc-profile';
import { SRGB } from '../../../../src/imaging/render/colour/icc-spaces';
import { decodePng } from '../../../support/files/png-decoder';

function raster(width: number, height: number, samples: 1 | 3, of: (at: number) => number): Raster {
  return { width, height, samples, bytes: Uint8Array.from({ length: width * height * samples }, (_, at) => of(at)) };
}

describe('PNG (ISO/IEC 15948)', () => {
  it('keeps every sample of grey and colour pictures of all sizes', async () => {
    for (const [width, height] of [
      [1, 1],
      [1, 9],
      [17, 3],
      [300, 211],
    ] as const) {
      for (const samples of [1, 3] as const) {
        const picture = raster(width, height, samples, (at) => (at * at * 31 + (at >> 3)) & 0xff);
        expect(decodePng(await encodePNG(picture))).toEqual({ width, height, samples, bytes: picture.bytes });
      }
    }
  });

  it('keeps pictures of many blocks', async () => {
    const picture = raster(1111, 700, 1, (at) => (at % 1111) * 3 + Math.floor(at / 7777));
    const encoded = await encodePNG(picture);
    expect(decodePng(encoded).bytes).toEqual(picture.bytes);
    expect(encoded.length).toBeLessThan(picture.bytes.length / 4);
  });

  it('embeds an ICC profile before the image data', async () => {
    const iccProfile = writeProfile(SRGB);
    const encoded = await encodePNG({ ...raster(2, 2, 3, () => 5), iccProfile });
    const { chunks } = decodePng(encoded, true);
    expect(chunks!.map(({ type }) => type)).toEqual(['IHDR', 'iCCP', 'IDAT', 'IEND']);
    const data = chunks![1]!.data;
    expect([...data.subarray(0, 5)]).toEqual([73, 67, 67, 0, 0]);
    expect(new Uint8Array(inflateSync(data.subarray(5)))).toEqual(iccProfile);
  });

  it('pauses between blocks of rows', async () => {
    const picture = raster(2048, 1024, 1, (at) => at * at);
    const pauses = new Pauses(1 << 17);
    await encodePNG(picture, pauses);
    expect(pauses.taken).toBeGreaterThanOrEqual((2048 * 1024) / (1 << 18) - 1);
  });
});
