import { instance } from '../files/instances';
import type { Item } from '../files/part10';
import { uidOf } from '../files/synthetic';
import type { Rectangle } from './segmentation-sample';
import { PHANTOM_SOP_CLASS, type Sample, SIDE, titled } from './viewer-samples';

/** What a frame of a map holds: a value within a rectangle, and 0 elsewhere. */
export interface Mapped {
  /** The index of the image on which it lies. */
  readonly image: number;
  readonly rectangle: Rectangle;
  readonly value: number;
}

/** A parametric map of floating-point values over the slices of a phantom: PS3.3 A.75. */
export function parametricMap(
  name: string,
  images: readonly Sample[],
  mapped: readonly Mapped[],
  window: { readonly center: number; readonly width: number },
): Sample {
  const [{ study, series }] = images as [Sample, ...Sample[]];
  const place = { study, series: uidOf(`${name} map`), sop: uidOf(`${name} map instance`) };
  const reference = ({ sop }: Sample): Item => [
    [0x00081150, 'UI', PHANTOM_SOP_CLASS],
    [0x00081155, 'UI', sop],
  ];
  const measures: Item = [
    [0x00180050, 'DS', '2'],
    [0x00280030, 'DS', '1\\1'],
  ];
  const windows: Item = [
    [0x00281050, 'DS', String(window.center)],
    [0x00281051, 'DS', String(window.width)],
  ];
  const shared: Item = [
    [0x00209116, 'SQ', [[[0x00200037, 'DS', '1\\0\\0\\0\\1\\0']]]],
    [0x00289110, 'SQ', [measures]],
    [0x00289132, 'SQ', [windows]],
  ];
  const frames = mapped.map(
    ({ image }, at): Item => [
      [0x00209111, 'SQ', [[[0x00209157, 'UL', [at + 1]]]]],
      [0x00209113, 'SQ', [[[0x00200032, 'DS', `0\\0\\${image * 2}`]]]],
    ],
  );
  const values = new Float32Array(mapped.length * SIDE * SIDE);
  for (const [at, { rectangle, value }] of mapped.entries()) {
    const [left, top, right, bottom] = rectangle;
    for (let row = top; row < bottom; row += 1)
      values.fill(value, (at * SIDE + row) * SIDE + left, (at * SIDE + row) * SIDE + right);
  }
  const referenced: Item = [
    [0x0008114a, 'SQ', images.map(reference)],
    [0x0020000e, 'UI', series],
  ];
  const file = instance({
    ...place,
    sopClassUID: '1.2.840.10008.5.1.4.1.1.30',
    modality: 'CT',
    elements: [
      ...titled(name, 'Map', 2),
      [0x00080008, 'CS', 'DERIVED\\PRIMARY'],
      [0x00081115, 'SQ', [referenced]],
      [0x00200013, 'IS', '1'],
      [0x00200052, 'UI', uidOf(`${name} frame of reference`)],
      [0x00280002, 'US', [1]],
      [0x00280004, 'CS', 'MONOCHROME2'],
      [0x00280008, 'IS', String(mapped.length)],
      [0x00280010, 'US', [SIDE]],
      [0x00280011, 'US', [SIDE]],
      [0x00280100, 'US', [32]],
      [0x52009229, 'SQ', [shared]],
      [0x52009230, 'SQ', frames],
      [0x7fe00008, 'OF', new Uint8Array(values.buffer)],
    ],
  });
  return { ...place, file: Buffer.from(file) };
}

/** A dose over the slices of a phantom, of 1 Gy in each second column: PS3.3 A.18. */
export function dose(name: string, images: readonly Sample[]): Sample {
  const [{ study }] = images as [Sample, ...Sample[]];
  const place = { study, series: uidOf(`${name} dose`), sop: uidOf(`${name} dose instance`) };
  const values = Uint16Array.from({ length: images.length * SIDE * SIDE }, (_, at) => (at % 2) * 1000);
  const file = instance({
    ...place,
    sopClassUID: '1.2.840.10008.5.1.4.1.1.481.2',
    modality: 'RTDOSE',
    elements: [
      ...titled(name, 'Dose', 2),
      [0x00180050, 'DS', '2'],
      [0x00200013, 'IS', '1'],
      [0x00200032, 'DS', '0\\0\\0'],
      [0x00200037, 'DS', '1\\0\\0\\0\\1\\0'],
      [0x00200052, 'UI', uidOf(`${name} frame of reference`)],
      [0x00280002, 'US', [1]],
      [0x00280004, 'CS', 'MONOCHROME2'],
      [0x00280008, 'IS', String(images.length)],
      // (3004,000c) Grid Frame Offset Vector
      [0x00280009, 'AT', Uint8Array.of(4, 0x30, 0x0c, 0)],
      [0x00280010, 'US', [SIDE]],
      [0x00280011, 'US', [SIDE]],
      [0x00280030, 'DS', '1\\1'],
      [0x00280100, 'US', [16]],
      [0x00280101, 'US', [16]],
      [0x00280102, 'US', [15]],
      [0x00280103, 'US', [0]],
      [0x30040002, 'CS', 'GY'],
      [0x30040004, 'CS', 'PHYSICAL'],
      [0x3004000a, 'CS', 'PLAN'],
      [0x3004000c, 'DS', images.map((_, at) => at * 2).join('\\')],
      [0x3004000e, 'DS', '0.001'],
      [0x7fe00010, 'OW', new Uint8Array(values.buffer)],
    ],
  });
  return { ...place, file: Buffer.from(file) };
}
