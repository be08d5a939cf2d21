import { type Element, type Part10Options, part10 } from './part10';

/** A CT slice of 16 bits with generated pixels; any attribute may be overridden by its tag. */
export interface SliceOptions extends Partial<Omit<Part10Options, 'elements'>> {
  study?: string;
  series?: string;
  sop?: string;
  rows?: number;
  columns?: number;
  instanceNumber?: number;
  /** Elements to add, or to replace an element with the same tag. */
  elements?: Element[];
  /** Tags to leave out. */
  without?: readonly number[];
  /** Makes the pixels differ. */
  seed?: number;
  pixels?: boolean;
}

export const CT_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.2';

/** A CT image of few pixels, which differ with the seed. */
export function slice(options: SliceOptions = {}): Uint8Array {
  const { rows = 16, columns = 16, seed = 1, instanceNumber = 1 } = options;
  const elements = new Map<number, Element>();
  const base: Element[] = [
    [0x00080005, 'CS', 'ISO_IR 192'],
    [0x00080016, 'UI', CT_IMAGE_STORAGE],
    [0x00080018, 'UI', options.sop ?? '1.2.3.4.1'],
    [0x00080020, 'DA', '20240131'],
    [0x00080030, 'TM', '101530'],
    [0x00080050, 'SH', 'A000041576'],
    [0x00080060, 'CS', 'CT'],
    [0x00080090, 'PN', 'Galle^Johann'],
    [0x00081030, 'LO', 'DFCI CHEST CT'],
    [0x0008103e, 'LO', 'Axial'],
    [0x00100010, 'PN', 'Neptune^Planet'],
    [0x00100020, 'LO', 'MRN0000002'],
    [0x0020000d, 'UI', options.study ?? '1.2.3.4'],
    [0x0020000e, 'UI', options.series ?? '1.2.3.4.0'],
    [0x00200010, 'SH', 'S1'],
    [0x00200011, 'IS', '1'],
    [0x00200013, 'IS', String(instanceNumber)],
    [0x00280002, 'US', [1]],
    [0x00280004, 'CS', 'MONOCHROME2'],
    [0x00280010, 'US', [rows]],
    [0x00280011, 'US', [columns]],
    [0x00280100, 'US', [16]],
    [0x00280101, 'US', [16]],
    [0x00280102, 'US', [15]],
    [0x00280103, 'US', [0]],
  ];
  if (options.fragments === undefined && options.pixels !== false)
    base.push([0x7fe00010, 'OW', pixels(rows * columns, seed)]);
  for (const element of [...base, ...(options.elements ?? [])]) elements.set(element[0], element);
  for (const tag of options.without ?? []) elements.delete(tag);
  const { transferSyntaxUID, fragments, basicOffsetTable } = options;
  return part10({
    elements: [...elements.values()],
    ...(transferSyntaxUID === undefined ? {} : { transferSyntaxUID }),
    ...(fragments === undefined ? {} : { fragments }),
    ...(basicOffsetTable === undefined ? {} : { basicOffsetTable }),
  });
}

/**
 * Length of Image Comments that hardly compress. With 6000 characters the metadata of an instance is longer than the
 * index keeps, so it is an object of its own; with 600 this is true for the metadata of several instances together.
 */
export function comments(length: number, seed = 1): Element {
  return [0x00204000, 'LT', String.fromCharCode(...pixels(length, seed).map((word) => 0x30 + ((word >> 3) % 75)))];
}

/** Words 0 to 65535 that are derived from the seed. */
export function pixels(count: number, seed: number): number[] {
  let state = seed >>> 0 || 1;
  const words: number[] = [];
  for (let at = 0; at < count; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    words.push(state & 0xffff);
  }
  return words;
}
