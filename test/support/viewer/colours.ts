import type { Locator } from 'playwright-core';
import type { Stored } from '../archive/store-converted';
import { decodePng } from '../files/png-decoder';

/** The colour in the middle of each frame, as the archive itself converts it for a screen. */
export async function coloursOf(origin: string, { study, series, sop }: Stored, frames: number): Promise<number[][]> {
  const colours: number[][] = [];
  for (let frame = 1; frame <= frames; frame += 1) {
    const path = `/dicomweb/studies/${study}/series/${series}/instances/${sop}/frames/${frame}`;
    const answer = await fetch(`${origin}${path}/rendered?iccprofile=srgb`, { headers: { Accept: 'image/png' } });
    const { width, height, bytes } = decodePng(new Uint8Array(await answer.arrayBuffer()));
    const middle = ((height >> 1) * width + (width >> 1)) * 3;
    colours.push([...bytes.subarray(middle, middle + 3)]);
  }
  return colours;
}

/** How far the colours that a place on the page shows are from those that it should show: the largest difference of all, of 255. */
export async function farthestColour(place: Locator, colours: readonly number[][]): Promise<number> {
  const { bytes } = decodePng(await place.screenshot());
  const found = new Set<number>();
  for (let at = 0; at < bytes.length; at += 3) found.add((bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!);
  const shown = [...found].map((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]);
  const apart = (one: readonly number[], other: readonly number[]) =>
    Math.max(...one.map((value, at) => Math.abs(value - other[at]!)));
  return Math.max(...colours.map((colour) => Math.min(...shown.map((one) => apart(one, colour)))));
}
