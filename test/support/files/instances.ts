import { type Element, part10 } from './part10';

/** Instances of many kinds, made by hand. */

const STORAGE = '1.2.840.10008.5.1.4.1.1.';

export interface InstanceOptions {
  readonly study?: string;
  readonly series?: string;
  readonly sop?: string;
  readonly sopClassUID: string;
  readonly modality: string;
  readonly transferSyntaxUID?: string;
  readonly fragments?: Uint8Array[];
  /** Elements to add, or to replace an element with the same tag. */
  readonly elements?: readonly Element[];
}

/** An instance with the attributes that all instances have. */
export function instance(options: InstanceOptions): Uint8Array {
  const { study = '1.2.3.4', series = '1.2.3.4.7', sop = '1.2.3.4.7.1', sopClassUID, modality } = options;
  const elements = new Map<number, Element>();
  const base: Element[] = [
    [0x00080005, 'CS', 'ISO_IR 192'],
    [0x00080016, 'UI', sopClassUID],
    [0x00080018, 'UI', sop],
    [0x00080060, 'CS', modality],
    [0x00100010, 'PN', 'Neptune^Planet'],
    [0x00100020, 'LO', 'MRN0000002'],
    [0x0020000d, 'UI', study],
    [0x0020000e, 'UI', series],
  ];
  for (const element of [...base, ...(options.elements ?? [])]) elements.set(element[0], element);
  const { transferSyntaxUID, fragments } = options;
  return part10({
    elements: [...elements.values()],
    ...(transferSyntaxUID === undefined ? {} : { transferSyntaxUID }),
    ...(fragments === undefined ? {} : { fragments }),
  });
}

type Place = Pick<InstanceOptions, 'study' | 'series' | 'sop'>;

const code = (tag: number, value: string, meaning: string): Element => [
  tag,
  'SQ',
  [
    [
      [0x00080100, 'SH', value],
      [0x00080102, 'SH', 'DCM'],
      [0x00080104, 'LO', meaning],
    ],
  ],
];

/** A report of one sentence: PS3.3 A.35.1. */
export function report(sentence: string, place: Place = {}): Uint8Array {
  return instance({
    ...place,
    sopClassUID: `${STORAGE}88.11`,
    modality: 'SR',
    elements: [
      [0x0040a040, 'CS', 'CONTAINER'],
      code(0x0040a043, '121070', 'Findings'),
      [0x0040a050, 'CS', 'SEPARATE'],
      [
        0x0040a730,
        'SQ',
        [
          [
            [0x0040a010, 'CS', 'CONTAINS'],
            [0x0040a040, 'CS', 'TEXT'],
            code(0x0040a043, '121071', 'Finding'),
            [0x0040a160, 'UT', sentence],
          ],
        ],
      ],
    ],
  });
}

/** A document in an instance, padded to an even length: PS3.3 A.45. */
export function document(mediaType: string, bytes: Uint8Array, sopClass = '104.1', place: Place = {}): Uint8Array {
  const padded = new Uint8Array(bytes.length + (bytes.length % 2));
  padded.set(bytes);
  return instance({
    ...place,
    sopClassUID: STORAGE + sopClass,
    modality: 'DOC',
    elements: [
      [0x00420011, 'OB', padded],
      [0x00420012, 'LO', mediaType],
      [0x00420015, 'UL', [bytes.length]],
    ],
  });
}

/** A video whose stream is in two fragments: PS3.5 8.2.7. */
export function video(stream: readonly Uint8Array[], place: Place = {}): Uint8Array {
  return instance({
    ...place,
    sopClassUID: `${STORAGE}77.1.1.1`,
    modality: 'ES',
    transferSyntaxUID: '1.2.840.10008.1.2.4.102',
    fragments: [...stream],
    elements: [
      [0x00280002, 'US', [3]],
      [0x00280004, 'CS', 'YBR_PARTIAL_420'],
      [0x00280008, 'IS', '25'],
      [0x00280010, 'US', [720]],
      [0x00280011, 'US', [1280]],
      [0x00280100, 'US', [8]],
      [0x00280101, 'US', [8]],
      [0x00280102, 'US', [7]],
      [0x00280103, 'US', [0]],
    ],
  });
}
