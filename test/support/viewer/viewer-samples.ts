import type { Stored } from '../archive/store-converted';
import { instance } from '../files/instances';
import type { Element } from '../files/part10';
import { CT_IMAGE_STORAGE, type SliceOptions, slice } from '../files/samples';
import { uidOf } from '../files/synthetic';

/** Studies for tests of the viewer: a few points of the screen are enough to recognise their images. */

export interface Sample extends Stored {
  readonly file: Buffer;
}

/** Rows and columns of a phantom. */
export const SIDE = 96;

const placeOf = (name: string, sop: string): Stored => ({
  study: uidOf(`${name} study`),
  series: uidOf(`${name} series`),
  sop: uidOf(`${name} ${sop}`),
});

/** The attributes by which the study list and the study browser name a study. */
export const titled = (name: string, series: string, number = 1): Element[] => [
  [0x00080020, 'DA', '20240131'],
  [0x00080030, 'TM', '101530'],
  [0x00080050, 'SH', ''],
  [0x0008103e, 'LO', series],
  [0x00081030, 'LO', name],
  [0x00100010, 'PN', `${name}^Phantom`],
  [0x00100020, 'LO', name],
  [0x00200011, 'IS', String(number)],
];

/**
 * Slices of CT, of 12 bits and pixels of 1 mm: rings that move from slice to slice, over a ramp.
 * @param changes elements to add or replace, and tags to leave out
 */
export function phantom(
  name: string,
  slices: number,
  { elements = [], without = [] }: Pick<SliceOptions, 'elements' | 'without'> = {},
): Sample[] {
  return Array.from({ length: slices }, (_, at) => {
    const place = placeOf(name, `slice ${at}`);
    const file = slice({
      ...place,
      rows: SIDE,
      columns: SIDE,
      instanceNumber: at + 1,
      without,
      elements: [
        ...titled(name, 'Axial'),
        [0x00200032, 'DS', `0\\0\\${at * 2}`],
        [0x00200037, 'DS', '1\\0\\0\\0\\1\\0'],
        [0x00200052, 'UI', uidOf(`${name} frame of reference`)],
        [0x00280030, 'DS', '1\\1'],
        [0x00280101, 'US', [12]],
        [0x00280102, 'US', [11]],
        [0x00281050, 'DS', '2048'],
        [0x00281051, 'DS', '4096'],
        [0x7fe00010, 'OW', rings(at)],
        ...elements,
      ],
    });
    return { ...place, file: Buffer.from(file) };
  });
}

export const PHANTOM_SOP_CLASS = CT_IMAGE_STORAGE;

function rings(at: number): number[] {
  return Array.from({ length: SIDE * SIDE }, (_, index) => {
    const [x, y] = [index % SIDE, Math.floor(index / SIDE)];
    const wave = Math.sin(Math.hypot(x - SIDE / 2, y - SIDE / 2) / 4 + at);
    return Math.round(1024 + 1000 * wave + (2000 * x) / SIDE);
  });
}

/** Each takes a third of the clip's width. */
export const THIRDS = [
  [200, 30, 30],
  [30, 200, 30],
  [30, 30, 200],
] as const;

export const CLIP_FRAMES = 10;
const ULTRASOUND_MULTI_FRAME = '1.2.840.10008.5.1.4.1.1.3.1';

/** A clip of ultrasound in RGB: the thirds, and over them a white bar that moves down. PS3.3 A.7. */
export function clip(name: string): Sample {
  const [rows, columns] = [96, 128];
  const pixels = new Uint8Array(rows * columns * CLIP_FRAMES * 3);
  for (let index = 0; index < rows * columns * CLIP_FRAMES; index += 1) {
    const x = index % columns;
    const y = Math.floor(index / columns) % rows;
    const frame = Math.floor(index / columns / rows);
    const bar = Math.abs(y - (frame + 1) * 8) < 4;
    pixels.set(bar ? [255, 255, 255] : THIRDS[Math.floor((x * 3) / columns)]!, index * 3);
  }
  const place = placeOf(name, 'clip');
  const file = instance({
    ...place,
    sopClassUID: ULTRASOUND_MULTI_FRAME,
    modality: 'US',
    elements: [
      ...titled(name, 'Clip'),
      [0x00181063, 'DS', '40'],
      [0x00200013, 'IS', '1'],
      [0x00280002, 'US', [3]],
      [0x00280004, 'CS', 'RGB'],
      [0x00280006, 'US', [0]],
      [0x00280008, 'IS', String(CLIP_FRAMES)],
      // (0018,1063) Frame Time
      [0x00280009, 'AT', Uint8Array.of(0x18, 0, 0x63, 0x10)],
      [0x00280010, 'US', [rows]],
      [0x00280011, 'US', [columns]],
      [0x00280100, 'US', [8]],
      [0x00280101, 'US', [8]],
      [0x00280102, 'US', [7]],
      [0x00280103, 'US', [0]],
      [0x7fe00010, 'OB', pixels],
    ],
  });
  return { ...place, file: Buffer.from(file) };
}

/** Images of the thirds in forms of colour that OHIF does not know without patches; each has the colours as the archive renders them. */
export function colourForms(name: string): Sample[] {
  const [rows, columns] = [96, 128];
  const third = (x: number) => THIRDS[Math.floor((x * 3) / columns)]!;
  const form = (kind: string, elements: readonly Element[]): Sample => {
    const place = placeOf(`${name} ${kind}`, kind);
    const file = instance({
      ...place,
      sopClassUID: SECONDARY_CAPTURE,
      modality: 'OT',
      elements: [
        ...titled(`${name} ${kind}`, kind),
        [0x00200013, 'IS', '1'],
        [0x00280010, 'US', [rows]],
        [0x00280011, 'US', [columns]],
        [0x00280100, 'US', [8]],
        [0x00280101, 'US', [8]],
        [0x00280102, 'US', [7]],
        [0x00280103, 'US', [0]],
        ...elements,
      ],
    });
    return { ...place, file: Buffer.from(file) };
  };
  // Two pixels share Cb and Cr: PS3.3 C.7.6.3.1.2.
  const pairs = Array.from({ length: (rows * columns) / 2 }, (_, at) => {
    const [left, right] = [third((at * 2) % columns), third((at * 2 + 1) % columns)].map(ybr);
    return [left![0]!, right![0]!, left![1]!, left![2]!];
  });
  const indices = Uint8Array.from({ length: rows * columns }, (_, at) => Math.floor(((at % columns) * 3) / columns));
  // One discrete segment of three entries: PS3.3 C.7.9.2.
  const segments = [0, 1, 2].map((channel) => [0, 3, ...THIRDS.map((colour) => colour[channel]! * 257)]);
  return [
    form('YBR_FULL_422', [
      [0x00280002, 'US', [3]],
      [0x00280004, 'CS', 'YBR_FULL_422'],
      [0x00280006, 'US', [0]],
      [0x7fe00010, 'OB', Uint8Array.from(pairs.flat())],
    ]),
    form('Segmented palette', [
      [0x00280002, 'US', [1]],
      [0x00280004, 'CS', 'PALETTE COLOR'],
      ...[1, 2, 3].map((at): Element => [0x00281100 + at, 'US', [3, 0, 16]]),
      ...[1, 2, 3].map((at): Element => [0x00281220 + at, 'OW', segments[at - 1]!]),
      [0x7fe00010, 'OB', indices],
    ]),
  ];
}

const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';

/** PS3.3 C.7.6.3.1.2. */
function ybr([red, green, blue]: readonly [number, number, number]): number[] {
  return [
    0.299 * red + 0.587 * green + 0.114 * blue,
    128 - 0.1687 * red - 0.3313 * green + 0.5 * blue,
    128 + 0.5 * red - 0.4187 * green - 0.0813 * blue,
  ].map(Math.round);
}
