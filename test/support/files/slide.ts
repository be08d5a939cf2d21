import { writeProfile } from '../../../src/imaging/render/colour/icc-profile';
import { ADOBE_RGB } from '../../../src/imaging/render/colour/icc-spaces';
import type { Stored } from '../archive/store-converted';
import { instance } from './instances';
import type { Element, Item } from './part10';
import { uidOf } from './synthetic';

/** A slide in several resolutions, with an overview, in one series: PS3.3 A.32.8, C.8.12. */

const WHOLE_SLIDE_MICROSCOPY = '1.2.840.10008.5.1.4.1.1.77.1.6';

/** Rows and columns of a tile. */
export const TILE = 64;

/** An instance of a whole slide image: one level of its resolution. */
export interface Level extends Stored {
  /** Of the tiles. */
  readonly rows: number;
  readonly columns: number;
  readonly file: Buffer;
}

/**
 * The profile of every optical path. It is not sRGB, so that it cannot be confused with the profile that the archive
 * would use instead.
 */
export const SLIDE_PROFILE = writeProfile(ADOBE_RGB);

/** @returns a pyramid, the finest level first */
export function pyramid(name: string): Level[] {
  return [
    [4, 8],
    [2, 4],
    [1, 2],
  ].map(([rows, columns], at) =>
    microscopy(name, `level ${at}`, { rows: rows!, columns: columns! }, [
      [0x00080008, 'CS', at === 0 ? 'ORIGINAL\\PRIMARY\\VOLUME\\NONE' : 'DERIVED\\PRIMARY\\VOLUME\\RESAMPLED'],
      [0x00200013, 'IS', String(at + 1)],
    ]),
  );
}

/** The whole slide as one frame. */
export function overview(name: string): Level {
  return microscopy(name, 'overview', { rows: 1, columns: 1 }, [
    [0x00080008, 'CS', 'DERIVED\\PRIMARY\\OVERVIEW\\NONE'],
    [0x00200013, 'IS', '9'],
  ]);
}

/** Distance between pixels in millimetres: a slide is about 2 mm wide, in each resolution. DS has 16 characters. */
export const spacingOf = (columns: number) => Math.round(2e9 / columns / TILE) / 1e9;

/** The colour of a tile, by its position: each tile has its own colour, clearly different from its neighbours. */
export const colourOf = (row: number, column: number): readonly [number, number, number] => [
  40 + row * 40,
  30 + column * 25,
  200 - row * 20 - column * 10,
];

/** The finest level of a slide as a concatenation: PS3.3 C.7.6.16.2.2.4. @param firsts the first tile of each part, from 0 */
export function concatenation(name: string, firsts: readonly number[]): Level[] {
  const [rows, columns] = [4, 8];
  return firsts.map((first, at) => {
    const end = firsts[at + 1] ?? rows * columns;
    return microscopy(name, `part ${at}`, { rows, columns, from: first, end }, [
      [0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\VOLUME\\NONE'],
      [0x00200013, 'IS', String(at + 1)],
      [0x00200242, 'UI', uidOf(`${name} source`)],
      [0x00209161, 'UI', uidOf(`${name} concatenation`)],
      [0x00209162, 'US', [at + 1]],
      [0x00209163, 'US', [firsts.length]],
      [0x00209228, 'UL', [first]],
    ]);
  });
}

/** A slide's label, which is beside its levels. */
export function label(name: string): Level {
  return microscopy(name, 'label', { rows: 1, columns: 1 }, [
    [0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\LABEL\\NONE'],
    [0x00200013, 'IS', '8'],
  ]);
}

/** A slide of two tiles in grey values. */
export function grey(name: string, values: readonly [number, number]): Level {
  const pixels = values.flatMap((value) => Array<number>(TILE * TILE).fill(value));
  return microscopy(name, 'grey', { rows: 1, columns: 2 }, [
    [0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\VOLUME\\NONE'],
    [0x00280002, 'US', [1]],
    [0x00280004, 'CS', 'MONOCHROME2'],
    [0x7fe00010, 'OB', Uint8Array.from(pixels)],
  ]);
}

/** Two images of the same size that are no parts of one, such as focal planes in instances of their own. */
export function sameSize(name: string): Level[] {
  return ['one', 'other'].map((sop) =>
    microscopy(name, sop, { rows: 1, columns: 2 }, [[0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\VOLUME\\NONE']]),
  );
}

/** Tiles across and down, and those of them that the instance has: from one, to before another. */
interface Size {
  readonly rows: number;
  readonly columns: number;
  readonly from?: number;
  readonly end?: number;
}

function microscopy(name: string, sop: string, size: Size, more: Element[]): Level {
  const { rows, columns, from = 0, end = rows * columns } = size;
  const place = { study: uidOf(`${name} study`), series: uidOf(`${name} series`), sop: uidOf(`${name} ${sop}`) };
  const pixels = new Uint8Array((end - from) * TILE * TILE * 3);
  for (let at = 0; at < (end - from) * TILE * TILE; at += 1) {
    const tile = from + Math.floor(at / TILE / TILE);
    pixels.set(colourOf(Math.floor(tile / columns), tile % columns), at * 3);
  }
  const opticalPath: Item = [
    [
      0x00220016,
      'SQ',
      [
        [
          [0x00080100, 'SH', '111744'],
          [0x00080102, 'SH', 'DCM'],
          [0x00080104, 'LO', 'Brightfield illumination'],
        ],
      ],
    ],
    [0x00282000, 'OB', SLIDE_PROFILE],
    [0x00480106, 'SH', '1'],
    [0x00480107, 'ST', 'Brightfield'],
  ];
  const pixelMeasures: Item = [
    [0x00180050, 'DS', '0.001'],
    [0x00280030, 'DS', `${spacingOf(columns)}\\${spacingOf(columns)}`],
  ];
  const file = instance({
    ...place,
    sopClassUID: WHOLE_SLIDE_MICROSCOPY,
    modality: 'SM',
    elements: [
      [0x00080020, 'DA', '20240131'],
      [0x00100010, 'PN', `${name}^Slide`],
      [0x00100020, 'LO', name],
      [0x00200052, 'UI', uidOf(`${name} frame of reference`)],
      [0x00209311, 'CS', 'TILED_FULL'],
      [0x00280002, 'US', [3]],
      [0x00280004, 'CS', 'RGB'],
      [0x00280006, 'US', [0]],
      [0x00280008, 'IS', String(end - from)],
      [0x00280010, 'US', [TILE]],
      [0x00280011, 'US', [TILE]],
      [0x00280100, 'US', [8]],
      [0x00280101, 'US', [8]],
      [0x00280102, 'US', [7]],
      [0x00280103, 'US', [0]],
      [0x00400512, 'LO', name],
      [0x00480006, 'UL', [columns * TILE]],
      [0x00480007, 'UL', [rows * TILE]],
      [
        0x00480008,
        'SQ',
        [
          [
            [0x0040072a, 'DS', '20'],
            [0x0040073a, 'DS', '40'],
          ],
        ],
      ],
      [0x00480102, 'DS', '0\\-1\\0\\-1\\0\\0'],
      [0x00480105, 'SQ', [opticalPath]],
      [0x00480302, 'UL', [1]],
      [0x00480303, 'UL', [1]],
      [0x52009229, 'SQ', [[[0x00289110, 'SQ', [pixelMeasures]]]]],
      [0x7fe00010, 'OB', pixels],
      ...more,
    ],
  });
  return { ...place, rows, columns, file: Buffer.from(file) };
}
