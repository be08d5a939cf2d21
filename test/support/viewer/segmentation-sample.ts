import { instance } from '../files/instances';
import type { Element, Item } from '../files/part10';
import { uidOf } from '../files/synthetic';
import { PHANTOM_SOP_CLASS, type Sample, SIDE, titled } from './viewer-samples';

const SEGMENTATION = '1.2.840.10008.5.1.4.1.1.66.4';

/** A rectangle of pixels: the first column and row, and those after the last one. */
export type Rectangle = readonly [left: number, top: number, right: number, bottom: number];

/** A frame: what it marks for a segment on an image. */
export interface Marked {
  readonly segment: number;
  /** The index of the image. */
  readonly image: number;
  readonly rectangle: Rectangle;
}

const code = (tag: number, value: string, scheme: string, meaning: string): Element => [
  tag,
  'SQ',
  [
    [
      [0x00080100, 'SH', value],
      [0x00080102, 'SH', scheme],
      [0x00080104, 'LO', meaning],
    ],
  ],
];

const segment = (number: number): Item => [
  code(0x00620003, '123037004', 'SCT', 'Anatomical Structure'),
  [0x00620004, 'US', [number]],
  [0x00620005, 'LO', `Segment ${number}`],
  [0x00620008, 'CS', 'MANUAL'],
  code(0x0062000f, '10200004', 'SCT', 'Liver'),
  // Red and blue.
  [0x0062000d, 'US', number % 2 === 1 ? [40000, 52000, 50000] : [30000, 20000, 20000]],
];

/** The pixels of a frame as bits, the first one in the lowest bit of a byte: PS3.5 8.1.1. */
function bitsOf([left, top, right, bottom]: Rectangle, isMirrored: boolean, side: number): Uint8Array {
  const bits = new Uint8Array((side * side) / 8);
  for (let row = top; row < bottom; row += 1) {
    for (let column = left; column < right; column += 1) {
      const at = row * side + (isMirrored ? side - 1 - column : column);
      bits[at >> 3]! |= 1 << (at & 7);
    }
  }
  return bits;
}

/** How a segmentation is written. */
export interface Writing {
  /** Its rows run from right to left, unlike those of the images. */
  readonly isMirrored?: boolean;
  /** Its frames name no source images. */
  readonly hasNoSources?: boolean;
  /** What all frames have in common is in each of them. */
  readonly isPerFrame?: boolean;
  /** Its rows and columns, if they are not those of the images. */
  readonly side?: number;
  /** Its Image Orientation (Patient), if it is not that of the images. */
  readonly orientation?: string;
}

/** A binary segmentation of the slices of a phantom: PS3.3 A.51. */
export function segmentation(
  name: string,
  images: readonly Sample[],
  marked: readonly Marked[],
  { isMirrored = false, hasNoSources = false, isPerFrame = false, side = SIDE, orientation }: Writing = {},
): Sample {
  const [{ study, series }] = images as [Sample, ...Sample[]];
  const place = { study, series: uidOf(`${name} segmentation`), sop: uidOf(`${name} segmentation instance`) };
  const reference = ({ sop }: Sample): Item => [
    [0x00081150, 'UI', PHANTOM_SOP_CLASS],
    [0x00081155, 'UI', sop],
  ];
  const shared: Item = [
    [0x00209116, 'SQ', [[[0x00200037, 'DS', orientation ?? `${isMirrored ? -1 : 1}\\0\\0\\0\\1\\0`]]]],
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
  ];
  const source = (image: number): Element => [0x00089124, 'SQ', [[[0x00082112, 'SQ', [reference(images[image]!)]]]]];
  const frames = marked.map(
    ({ segment: number, image }): Item => [
      ...(hasNoSources ? [] : [source(image)]),
      ...(isPerFrame ? shared : []),
      [0x00209111, 'SQ', [[[0x00209157, 'UL', [number, image + 1]]]]],
      [0x00209113, 'SQ', [[[0x00200032, 'DS', `${isMirrored ? SIDE - 1 : 0}\\0\\${image * 2}`]]]],
      [0x0062000a, 'SQ', [[[0x0062000b, 'US', [number]]]]],
    ],
  );
  for (const frame of frames) frame.sort(([one], [other]) => one - other);
  const pixels = marked.map(({ rectangle }) => bitsOf(rectangle, isMirrored, side));
  const file = instance({
    ...place,
    sopClassUID: SEGMENTATION,
    modality: 'SEG',
    elements: [
      ...titled(name, isMirrored ? 'Mirrored' : 'Regions', isMirrored ? 3 : 2),
      [0x00080008, 'CS', 'DERIVED\\PRIMARY'],
      [
        0x00081115,
        'SQ',
        [
          [
            [0x0008114a, 'SQ', images.map(reference)],
            [0x0020000e, 'UI', series],
          ],
        ],
      ],
      [0x00200013, 'IS', '1'],
      [0x00200052, 'UI', uidOf(`${name} frame of reference`)],
      [0x00280002, 'US', [1]],
      [0x00280004, 'CS', 'MONOCHROME2'],
      [0x00280008, 'IS', String(marked.length)],
      [0x00280010, 'US', [side]],
      [0x00280011, 'US', [side]],
      [0x00280100, 'US', [1]],
      [0x00280101, 'US', [1]],
      [0x00280102, 'US', [0]],
      [0x00280103, 'US', [0]],
      [0x00620001, 'CS', 'BINARY'],
      [0x00620002, 'SQ', [...new Set(marked.map((one) => one.segment))].map(segment)],
      [0x52009229, 'SQ', [isPerFrame ? [] : shared]],
      [0x52009230, 'SQ', frames],
      [0x7fe00010, 'OB', Uint8Array.from(pixels.flatMap((bits) => [...bits]))],
    ],
  });
  return { ...place, file: Buffer.from(file) };
}
