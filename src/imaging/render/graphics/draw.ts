import type { Picture } from '../orient';
import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphOf } from './bitmap-font';

const WHITE = 255;
const BLACK = 0;

/** At scale 1: pixels between the left edges of two characters, and between the upper edges of two lines. */
export const ADVANCE = GLYPH_WIDTH + 1;
export const LINE_HEIGHT = GLYPH_HEIGHT + 3;

function plot({ width, height, samples, bytes }: Picture, x: number, y: number, value: number): void {
  if (x < 0 || y < 0 || x >= width || y >= height) return;
  const at = (y * width + x) * samples;
  bytes.fill(value, at, at + samples);
}

/** Draws a white line, one pixel wide, between two points. Coordinates are pixels from the upper left corner. */
export function drawLine(picture: Picture, from: readonly [number, number], to: readonly [number, number]): void {
  const span = clip(picture, from, to);
  if (span === undefined) return;
  const [begin, end] = span;
  const dx = to[0] - from[0];
  const dy = to[1] - from[1];
  const steps = Math.max(1, Math.ceil(Math.max(Math.abs(dx), Math.abs(dy)) * (end - begin)));
  for (let step = 0; step <= steps; step++) {
    const part = begin + ((end - begin) * step) / steps;
    plot(picture, Math.floor(from[0] + dx * part), Math.floor(from[1] + dy * part), WHITE);
  }
}

/** Clips a line to the picture. Without this, a point very far away would make the loop endless. */
function clip(
  { width, height }: Picture,
  from: readonly [number, number],
  to: readonly [number, number],
): [number, number] | undefined {
  let begin = 0;
  let end = 1;
  for (const [start, delta, size] of [
    [from[0], to[0] - from[0], width],
    [from[1], to[1] - from[1], height],
  ] as const) {
    if (!Number.isFinite(start) || !Number.isFinite(delta)) return undefined;
    if (delta === 0) {
      if (start < 0 || start > size) return undefined;
      continue;
    }
    const bounds = [-start / delta, (size - start) / delta].sort((one, other) => one - other);
    begin = Math.max(begin, bounds[0]!);
    end = Math.min(end, bounds[1]!);
  }
  return end >= begin ? [begin, end] : undefined;
}

/** Draws white text with a black outline, legible on any background. The upper left corner is at x, y. */
export function drawText(picture: Picture, text: string, x: number, y: number, scale = 1): void {
  const left = Math.floor(x);
  const top = Math.floor(y);
  for (const [value, rim] of [
    [BLACK, 1],
    [WHITE, 0],
  ] as const) {
    for (let at = 0; at < text.length; at++) {
      const glyph = glyphOf(text[at]!);
      for (let row = 0; row < GLYPH_HEIGHT; row++) {
        for (let column = 0; column < GLYPH_WIDTH; column++) {
          if (glyph[row]![column] !== '#') continue;
          block(picture, left + (at * ADVANCE + column) * scale, top + row * scale, scale, rim, value);
        }
      }
    }
  }
}

function block(picture: Picture, x: number, y: number, size: number, rim: number, value: number): void {
  for (let down = -rim; down < size + rim; down++) {
    for (let right = -rim; right < size + rim; right++) plot(picture, x + right, y + down, value);
  }
}
