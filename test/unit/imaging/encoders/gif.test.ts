import { describe, expect, it } from 'vitest';
import { gifEnd, gifFrame, gifHeader } from '../../../../src/imaging/encoders/gif';
import { Pauses } from '../../../../src/imaging/pauses';
import type { Raster } from '../../../../src/imaging/raster';
import { decodeGif } from '../../../support/files/gif-decoder';

function raster(width: number, height: number, samples: 1 | 3, of: (at: number) => number): Raster {
  return { width, height, samples, bytes: Uint8Array.from({ length: width * height * samples }, (_, at) => of(at)) };
}

async function gif(loop: boolean, ...frames: [Raster, number][]): Promise<Uint8Array> {
  const { width, height } = frames[0]![0];
  const made = await Promise.all(frames.map(([frame, delay]) => gifFrame(frame, delay)));
  const parts = [gifHeader(width, height, loop), ...made, gifEnd()];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function grey({ bytes }: Raster): number[] {
  return [...bytes].flatMap((sample) => [sample, sample, sample]);
}

describe('GIF (GIF89a)', () => {
  it('keeps every sample of grey frames', async () => {
    for (const [width, height] of [
      [1, 1],
      [2, 1],
      [31, 17],
      [254, 1],
      [255, 1],
      [256, 3],
    ] as const) {
      const picture = raster(width, height, 1, (at) => (at * at * 7 + (at >> 2)) & 0xff);
      const decoded = decodeGif(await gif(false, [picture, 0]));
      expect(decoded).toMatchObject({ width, height, loops: false });
      expect([...decoded.frames[0]!.colours]).toEqual(grey(picture));
    }
  });

  it('keeps frames whose strings fill the table many times, and frames of one colour', async () => {
    let seed = 1;
    const noise = raster(300, 200, 1, () => {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      return seed >> 16;
    });
    const flat = raster(300, 200, 1, () => 3);
    const steps = raster(300, 200, 1, (at) => Math.floor(at / 500));
    const { frames } = decodeGif(await gif(false, [noise, 1], [flat, 1], [steps, 1]));
    expect(frames.map((frame) => [...frame.colours])).toEqual([noise, flat, steps].map(grey));
  });

  it('ends its data correctly at every length', async () => {
    // Codes and sub-blocks end at every position in a byte and in a block of 255 bytes.
    for (let width = 1; width < 800; width++) {
      const picture = raster(width, 1, 1, (at) => (at * 61) & 0xff);
      expect([...decodeGif(await gif(false, [picture, 0])).frames[0]!.colours]).toEqual(grey(picture));
    }
  });

  it('contains the display time of each frame, and whether the animation repeats', async () => {
    const picture = raster(3, 2, 1, (at) => at);
    const decoded = decodeGif(await gif(true, [picture, 10], [picture, 3.6], [picture, 1e9]));
    expect(decoded.loops).toBe(true);
    expect(decoded.frames.map(({ delay }) => delay)).toEqual([10, 4, 65535]);
  });

  it('keeps colours when a frame has no more than 256', async () => {
    const picture = raster(256, 2, 3, (at) => (Math.floor(at / 3) % 256) * ((at % 3) + 1));
    expect(decodeGif(await gif(false, [picture, 0])).frames[0]!.colours).toEqual(picture.bytes);
  });

  it('chooses similar colours when a frame has more', async () => {
    const picture = raster(128, 128, 3, (at) => {
      const pixel = Math.floor(at / 3);
      return [(pixel % 128) * 2, Math.floor(pixel / 128) * 2, 40][at % 3]!;
    });
    const { colours } = decodeGif(await gif(false, [picture, 0])).frames[0]!;
    const differences = [...colours].map((sample, at) => Math.abs(sample - picture.bytes[at]!));
    expect(Math.max(...differences)).toBeLessThanOrEqual(24);
    expect(differences.reduce((sum, one) => sum + one, 0) / differences.length).toBeLessThan(5);
  });

  it('pauses between pieces of a large frame, grey or colour', async () => {
    const pixels = 1 << 20;
    for (const samples of [1, 3] as const) {
      const pauses = new Pauses(1 << 17);
      const picture = raster(1024, pixels / 1024, samples, (at) => (at * at) >> 5);
      await gifFrame(picture, 0, pauses);
      expect(pauses.taken, `${samples}`).toBeGreaterThanOrEqual(pixels / (1 << 17) - 1);
    }
  });
});
