import { concatenate } from '../concatenate';
import { Pauses, PIECE_SAMPLES } from '../pauses';
import type { Raster } from '../raster';
import { indexColours } from './colour-table';
import { compressIndices } from './lzw';

/** Flags: a table of 256 colours follows (GIF89a 18, 20). */
const TABLE_OF_256 = 0x87;
const CODE_SIZE = 8;
const MOST_DELAY = 0xffff;

/** A table of 256 greys from black to white, so that grey samples do not change. */
const GREYS = Uint8Array.from({ length: 256 * 3 }, (_, at) => Math.floor(at / 3));

/**
 * The beginning of a GIF (GIF89a). Frames and the trailer follow it.
 * @param width the width of each frame, at most 65535, like `height`
 * @param loop whether the animation repeats for ever
 */
export function gifHeader(width: number, height: number, loop: boolean): Uint8Array {
  const screen = [...text('GIF89a'), ...word(width), ...word(height), TABLE_OF_256 | 0x70, 0, 0];
  const application = [0x21, 0xff, 11, ...text('NETSCAPE2.0'), 3, 1, ...word(0), 0];
  return Uint8Array.from([...screen, ...GREYS, ...(loop ? application : [])]);
}

/**
 * One frame. Grey frames are exact; for colour frames, 256 colours are chosen for each frame. Pauses between pieces of
 * work.
 * @param delayHundredths display time of the frame, in hundredths of a second
 */
export async function gifFrame(
  raster: Raster,
  delayHundredths: number,
  pauses = new Pauses(PIECE_SAMPLES),
): Promise<Uint8Array> {
  const { width, height, samples, bytes } = raster;
  const { table, indices } = samples === 1 ? { table: undefined, indices: bytes } : await indexColours(bytes, pauses);
  const delay = Math.min(MOST_DELAY, Math.max(0, Math.round(delayHundredths)));
  const control = [0x21, 0xf9, 4, 0, ...word(delay), 0, 0];
  const descriptor = [0x2c, ...word(0), ...word(0), ...word(width), ...word(height), table ? TABLE_OF_256 : 0];
  const head = [...control, ...descriptor, ...(table ?? []), CODE_SIZE];
  const data = await compressIndices(indices, pauses);
  return concatenate([head, data]);
}

/** The trailer, which ends a GIF (GIF89a 27). */
export function gifEnd(): Uint8Array {
  return Uint8Array.of(0x3b);
}

function word(value: number): [number, number] {
  return [value & 0xff, (value >> 8) & 0xff];
}

function text(characters: string): number[] {
  return Array.from(characters, (character) => character.charCodeAt(0));
}
