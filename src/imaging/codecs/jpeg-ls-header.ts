import type { Coding } from './coding';

/** Samples after which the counts of a context are halved: RESET (ITU-T T.87 C.2.4.1.1.1). */
export const RESET = 64;

/** SOI (T.87 C.1.1). */
const START = [0xff, 0xd8];

/**
 * The headers of frame and scan (T.87 C.2.2, C.2.3). Samples of more than 12 bits have their default parameters stated
 * (C.2.4.1.1), as CharLS does: some decoders have other defaults for them.
 */
export function jpegLSHeader({ precision, format: { rows, columns, samplesPerPixel } }: Coding): Uint8Array {
  const components = Array.from({ length: samplesPerPixel }, (_, index) => index + 1);
  const sampling = components.flatMap((component) => [component, 0x11, 0]);
  const frame = [precision, ...word(rows), ...word(columns), samplesPerPixel, ...sampling];
  const parameters = [1, ...[2 ** precision - 1, ...thresholdsOf(precision), RESET].flatMap(word)];
  const tables = components.flatMap((component) => [component, 0]);
  const scan = [samplesPerPixel, ...tables, 0, samplesPerPixel === 1 ? 0 : 2, 0];
  return Uint8Array.from([
    ...START,
    ...segment(0xf7, frame),
    ...(precision > 12 ? segment(0xf8, parameters) : []),
    ...segment(0xda, scan),
  ]);
}

function segment(marker: number, content: readonly number[]): number[] {
  return [0xff, marker, ...word(content.length + 2), ...content];
}

function word(value: number): number[] {
  return [value >> 8, value & 0xff];
}

/** T1, T2 and T3, the default thresholds of 8 bits and more: T.87 C.2.4.1.1.1. */
export function thresholdsOf(precision: number): [number, number, number] {
  const factor = (Math.min(2 ** precision - 1, 4095) + 128) >> 8;
  return [factor + 2, 4 * factor + 3, 17 * factor + 4];
}
