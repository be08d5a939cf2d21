import { instance } from '../files/instances';
import type { Element, Item } from '../files/part10';
import { uidOf } from '../files/synthetic';
import { phantom, type Sample, SIDE, titled } from './viewer-samples';

/** Images for tests of windows: squares of one value each, so that their middles show how this value is drawn. */

/** Squares in a row, and rows of squares. */
const SQUARES = 8;
const SQUARE = SIDE / SQUARES;

/** The middles of the squares, as columns and rows of pixels. */
export const MIDDLES = Array.from({ length: SQUARES * SQUARES }, (_, at) => [
  (at % SQUARES) * SQUARE + SQUARE / 2,
  Math.floor(at / SQUARES) * SQUARE + SQUARE / 2,
]) as [number, number][];

/** The value in the middle of all. The squares have the 32 values before it, it, and the 31 values after it. */
export const MIDDLE_VALUE = 2000;

/** The pixels of an image of squares. @param value by the number of a square, from 0 to 63 */
export const squaresOf = (value: (square: number) => number): number[] =>
  Array.from({ length: SIDE * SIDE }, (_, at) => {
    const [column, row] = [at % SIDE, Math.floor(at / SIDE)];
    return value(Math.floor(row / SQUARE) * SQUARES + Math.floor(column / SQUARE));
  });

const squares = squaresOf((square) => MIDDLE_VALUE - 32 + square);

/** The values of a VOI window: PS3.3 C.11.2.1.2. */
export interface Window {
  readonly center: number;
  readonly width: number;
  readonly function?: string;
}

const elementsOf = ({ center, width, function: name }: Window): Element[] => [
  [0x00281050, 'DS', String(center)],
  [0x00281051, 'DS', String(width)],
  ...(name === undefined ? [] : [[0x00281056, 'CS', name] as const]),
];

const RESCALED: Element[] = [
  [0x00281052, 'DS', '0'],
  [0x00281053, 'DS', '1'],
];

/** A series of CT: a slice for each window. @param more elements of each */
export function windowedSlices(name: string, windows: readonly Window[], more: readonly Element[] = []): Sample[] {
  return windows.map((window, at) => {
    const elements: Element[] = [...RESCALED, ...elementsOf(window), [0x7fe00010, 'OW', squares], ...more];
    return phantom(name, windows.length, { elements })[at]!;
  });
}

const ENHANCED_CT = '1.2.840.10008.5.1.4.1.1.2.1';

/** An enhanced image of CT: a frame for each window, in its Frame VOI LUT Sequence. PS3.3 C.7.6.16.2.10. */
export function windowedFrames(name: string, windows: readonly Window[]): Sample {
  const place = { study: uidOf(`${name} study`), series: uidOf(`${name} series`), sop: uidOf(`${name} frames`) };
  const shared: Item = [
    [0x00209116, 'SQ', [[[0x00200037, 'DS', '1\\0\\0\\0\\1\\0']]]],
    [
      0x00289110,
      'SQ',
      [
        [
          [0x00180050, 'DS', '2'],
          [0x00280030, 'DS', '1\\1'],
        ],
      ],
    ],
    [0x00289145, 'SQ', [[...RESCALED, [0x00281054, 'LO', 'HU']]]],
  ];
  const frames = windows.map(
    (window, at): Item => [
      [
        0x00209111,
        'SQ',
        [
          [
            [0x00209056, 'SH', '1'],
            [0x00209057, 'UL', [at + 1]],
            [0x00209157, 'UL', [at + 1]],
          ],
        ],
      ],
      [0x00209113, 'SQ', [[[0x00200032, 'DS', `0\\0\\${at * 2}`]]]],
      [0x00289132, 'SQ', [elementsOf(window)]],
    ],
  );
  const file = instance({
    ...place,
    sopClassUID: ENHANCED_CT,
    modality: 'CT',
    elements: [
      ...titled(name, 'Enhanced'),
      [0x00200013, 'IS', '1'],
      [0x00200052, 'UI', uidOf(`${name} frame of reference`)],
      [0x00280002, 'US', [1]],
      [0x00280004, 'CS', 'MONOCHROME2'],
      [0x00280008, 'IS', String(windows.length)],
      [0x00280010, 'US', [SIDE]],
      [0x00280011, 'US', [SIDE]],
      [0x00280100, 'US', [16]],
      [0x00280101, 'US', [12]],
      [0x00280102, 'US', [11]],
      [0x00280103, 'US', [0]],
      [0x52009229, 'SQ', [shared]],
      [0x52009230, 'SQ', frames],
      [0x7fe00010, 'OW', windows.flatMap(() => squares)],
    ],
  });
  return { ...place, file: Buffer.from(file) };
}

/** A VOI LUT that makes all values from the middle one on white, and an overlay in bit 15 of the pixels: PS3.3 C.11.2.1.1, C.9.2. */
export const LEFT_OUT: readonly Element[] = [
  [
    0x00283010,
    'SQ',
    [
      [
        [0x00283002, 'US', [2, MIDDLE_VALUE - 1, 8]],
        [0x00283006, 'OW', [0, 255]],
      ],
    ],
  ],
  [0x60000010, 'US', [SIDE]],
  [0x60000011, 'US', [SIDE]],
  [0x60000040, 'CS', 'G'],
  [0x60000050, 'SS', Uint8Array.of(1, 0, 1, 0)],
  [0x60000100, 'US', [16]],
  [0x60000102, 'US', [15]],
];
