import type { Element } from '../files/part10';
import { ascii, DEFLATED, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, joined, part10 } from '../files/part10';
import { slice } from '../files/samples';
import { Seeds } from '../files/seeds';

/** A study with values that tell the patient in every place where a file can have them. */
export interface SeededStudy {
  readonly files: readonly Uint8Array[];
  /** The values, each in the text of at least one file. */
  readonly seeds: readonly string[];
}

/** Every UID of the study, its series and its instances begins so. */
export const OWN_UIDS = '1.2.826.0.1.3680043.10.777';
export const STUDY = '1.2.826.0.1.3680043.10.777.1';
export const SERIES = '1.2.826.0.1.3680043.10.777.1.1';
const STORAGE = '1.2.840.10008.5.1.4.1.1.';

/** Attributes of the table at the top level: texts of all kinds. */
const TEXTS: readonly (readonly [tag: number, vr: string])[] = [
  [0x00080050, 'SH'],
  [0x00080080, 'LO'],
  [0x00080081, 'ST'],
  [0x00080090, 'PN'],
  [0x00080092, 'ST'],
  [0x00080094, 'SH'],
  [0x0008009c, 'PN'],
  [0x00081010, 'SH'],
  [0x00081030, 'LO'],
  [0x0008103e, 'LO'],
  [0x00081040, 'LO'],
  [0x00081048, 'PN'],
  [0x00081050, 'PN'],
  [0x00081060, 'PN'],
  [0x00081070, 'PN'],
  [0x00081080, 'LO'],
  [0x00082111, 'ST'],
  [0x00084000, 'LT'],
  [0x00100010, 'PN'],
  [0x00100020, 'LO'],
  [0x00100021, 'LO'],
  [0x00101000, 'LO'],
  [0x00101001, 'PN'],
  [0x00101005, 'PN'],
  [0x00101040, 'LO'],
  [0x00101060, 'PN'],
  [0x00101080, 'LO'],
  [0x00101090, 'LO'],
  [0x00102000, 'LO'],
  [0x00102110, 'LO'],
  [0x00102150, 'LO'],
  [0x00102152, 'LO'],
  [0x00102154, 'SH'],
  [0x00102160, 'SH'],
  [0x00102180, 'SH'],
  [0x001021b0, 'LT'],
  [0x001021f0, 'LO'],
  [0x00102297, 'PN'],
  [0x00102299, 'LO'],
  [0x00104000, 'LT'],
  [0x00120010, 'LO'],
  [0x00120020, 'LO'],
  [0x00120021, 'LO'],
  [0x00120030, 'LO'],
  [0x00120031, 'LO'],
  [0x00120040, 'LO'],
  [0x00120042, 'LO'],
  [0x00120050, 'LO'],
  [0x00120051, 'ST'],
  [0x00120060, 'LO'],
  [0x00120071, 'LO'],
  [0x00120072, 'LO'],
  [0x00180010, 'LO'],
  [0x00181000, 'LO'],
  [0x00181004, 'LO'],
  [0x00181008, 'LO'],
  [0x00181030, 'LO'],
  [0x00181400, 'LO'],
  [0x00184000, 'LT'],
  [0x00189424, 'LT'],
  [0x00200010, 'SH'],
  [0x00203401, 'LO'],
  [0x00203406, 'LO'],
  [0x00204000, 'LT'],
  [0x00321020, 'LO'],
  [0x00321030, 'LO'],
  [0x00321032, 'PN'],
  [0x00321033, 'LO'],
  [0x00321060, 'LO'],
  [0x00321070, 'LO'],
  [0x00324000, 'LT'],
  [0x00380010, 'LO'],
  [0x00380011, 'LO'],
  [0x00380040, 'LO'],
  [0x00380050, 'LO'],
  [0x00380060, 'LO'],
  [0x00380062, 'LO'],
  [0x00380300, 'LO'],
  [0x00380400, 'LO'],
  [0x00380500, 'LO'],
  [0x00384000, 'LT'],
  [0x00400006, 'PN'],
  [0x00400007, 'LO'],
  [0x00400010, 'SH'],
  [0x00400242, 'SH'],
  [0x00400243, 'SH'],
  [0x00400253, 'SH'],
  [0x00400254, 'LO'],
  [0x00400280, 'ST'],
  [0x00401001, 'SH'],
  [0x00401002, 'LO'],
  [0x00401005, 'LO'],
  [0x00401010, 'PN'],
  [0x00401400, 'LT'],
  [0x00402001, 'LO'],
  [0x00402008, 'PN'],
  [0x00402010, 'SH'],
  [0x00402016, 'LO'],
  [0x00402017, 'LO'],
  [0x00402400, 'LT'],
  [0x00403001, 'LO'],
  [0x40080114, 'PN'],
  [0x4008010b, 'ST'],
  [0x40080300, 'ST'],
  [0x40084000, 'ST'],
];

const UIDS = [
  0x00080014, 0x00083010, 0x00181002, 0x00200052, 0x00200200, 0x00880140,
  // The table does not have these.
  0x0008010d, 0x00081167, 0x00083012, 0x00089123, 0x0018991e, 0x00209312, 0x00209313, 0x00280304, 0x0040e011,
  0x00440102, 0x00440108, 0x00687004, 0x0070031b, 0x00701209, 0x0072007f, 0x300a0675, 0x3010001f,
];

function code(tag: number, value: string, scheme: string, meaning: string): Element {
  return [
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
}

/** A slice with a seed in each of these places; `at` tells the instances apart. */
function seededSlice(seeds: Seeds, at: number, syntax: string): Uint8Array {
  const item = (depth: number): Element[] => [
    ...(depth > 0 ? ([[0x00081140, 'SQ', [item(depth - 1)]]] as Element[]) : []),
    [0x00081155, 'UI', seeds.uid()],
    [0x00200242, 'UI', `${SERIES}.2`],
    seeds.text(0x00084000, 'LT'),
    [0x00090010, 'LO', 'SEEDED 1.0'],
    [0x00091010, 'LO', seeds.next()],
    seeds.text(0x00100010, 'PN'),
    seeds.text(0x00100020, 'LO'),
  ];
  return slice({
    transferSyntaxUID: syntax,
    study: STUDY,
    series: SERIES,
    sop: `${SERIES}.${at}`,
    seed: at,
    instanceNumber: at,
    elements: [
      ...(at === 1 ? TEXTS.map(([tag, vr]) => seeds.text(tag, vr)) : [seeds.text(0x00204000, 'LT')]),
      ...(at === 1 ? UIDS.map((tag): Element => [tag, 'UI', seeds.uid()]) : []),
      [0x00081140, 'SQ', [item(1)]],
      [0x00400275, 'SQ', [[seeds.text(0x00321060, 'LO'), seeds.text(0x00400007, 'LO'), seeds.text(0x00400009, 'SH')]]],
      [0x00101002, 'SQ', [[seeds.text(0x00100020, 'LO')]]],
      [0x04000561, 'SQ', [[[0x04000550, 'SQ', [[seeds.text(0x00100010, 'PN')]]]]]],
      [0x00090010, 'LO', 'SEEDED 1.0'],
      [0x00091001, 'PN', seeds.next()],
      [0x00091002, 'UN', ascii(seeds.next())],
      [0x00091003, 'OB', ascii(seeds.next().padEnd(3000, '.'))],
      [0x00091004, 'SQ', [[seeds.text(0x00100010, 'PN')]]],
      // Curves, overlays, an unknown element and an attribute that is longer than the metadata keeps.
      [0x50000022, 'LO', seeds.next()],
      [0x5000200c, 'OW', ascii(seeds.next())],
      [0x60000010, 'US', [8]],
      [0x60000011, 'US', [8]],
      [0x60000022, 'LO', seeds.next()],
      [0x60000040, 'CS', 'G'],
      [0x60000050, 'SS', [1, 1]],
      [0x60000100, 'US', [1]],
      [0x60000102, 'US', [0]],
      [0x60003000, 'OB', ascii(seeds.next().padEnd(16, '.'))],
      [0x60004000, 'LT', seeds.next()],
      [0x00380018, 'LO', seeds.next()],
      [0x4008010c, 'PN', seeds.next()],
      [0x00880200, 'SQ', [[[0x00204000, 'LT', seeds.next().padEnd(5000, '.')]]]],
      // The archive does not write padding again, so it would show in no answer of the original.
      ...(syntax === DEFLATED ? [] : ([[0xfffcfffc, 'OB', ascii(seeds.next())]] as Element[])),
    ],
  });
}

/** A report whose text, names and codes tell the patient: PS3.3 A.35.1. */
function seededReport(seeds: Seeds): Uint8Array {
  const item = (type: string, value: Element): Element[] => [
    [0x0040a010, 'CS', 'CONTAINS'],
    [0x0040a040, 'CS', type],
    code(0x0040a043, `L${seeds.next(8)}`, '99LOCAL', seeds.next()),
    value,
  ];
  return slice({
    pixels: false,
    study: STUDY,
    series: `${SERIES}.90`,
    sop: `${SERIES}.90.1`,
    without: [0x00280002, 0x00280004, 0x00280010, 0x00280011, 0x00280100, 0x00280101, 0x00280102, 0x00280103],
    elements: [
      [0x00080016, 'UI', `${STORAGE}88.11`],
      [0x00080060, 'CS', 'SR'],
      [0x00100010, 'PN', seeds.next()],
      [0x0040a040, 'CS', 'CONTAINER'],
      [0x0040a050, 'CS', 'SEPARATE'],
      code(0x0040a043, '121070', 'DCM', 'Findings'),
      [0x0040a073, 'SQ', [[seeds.text(0x0040a027, 'LO'), seeds.text(0x0040a075, 'PN')]]],
      [
        0x0040a730,
        'SQ',
        [
          item('TEXT', [0x0040a160, 'UT', `${seeds.next()} brain ${seeds.next()}`]),
          item('TEXT', [0x0040a160, 'UT', seeds.next().padEnd(70_000, '.')]),
          item('PNAME', [0x0040a123, 'PN', seeds.next()]),
          item('UIDREF', [0x0040a124, 'UI', seeds.uid()]),
          item('CODE', code(0x0040a168, 'X1', '99LOCAL', seeds.next())),
          [
            [0x0040a010, 'CS', 'HAS OBS CONTEXT'],
            [0x0040a040, 'CS', 'TEXT'],
            code(0x0040a043, '121030', 'DCM', 'Subject ID'),
            [0x0040a160, 'UT', seeds.next()],
          ],
        ],
      ],
    ],
  });
}

/** A document in an instance (PS3.3 A.45). */
function seededDocument(seeds: Seeds): Uint8Array {
  return part10({
    elements: [
      [0x00080016, 'UI', `${STORAGE}104.1`],
      [0x00080018, 'UI', `${SERIES}.91.1`],
      [0x00080060, 'CS', 'DOC'],
      [0x00100010, 'PN', seeds.next()],
      [0x0020000d, 'UI', STUDY],
      [0x0020000e, 'UI', `${SERIES}.91`],
      [0x00420010, 'ST', seeds.next()],
      [0x00420011, 'OB', ascii(`%PDF-1.4 ${seeds.next()}`.padEnd(4000, '.'))],
      [0x00420012, 'LO', 'application/pdf'],
    ],
  });
}

/** The preamble and private file meta information of a file, which belong to nobody (PS3.10 7.1). */
function withSeededStart(file: Uint8Array, seeds: Seeds): Uint8Array {
  const preamble = ascii(seeds.next().padEnd(128, '\0'));
  const title = ascii(seeds.next());
  const element = joined([
    Uint8Array.of(2, 0, 0x16, 0),
    ascii('AE'),
    Uint8Array.of(title.length, 0),
    title,
    Uint8Array.of(2, 0, 0x02, 1),
    ascii('OB'),
    Uint8Array.of(0, 0, 12, 0, 0, 0),
    ascii(seeds.next()),
  ]);
  const metaLength = new DataView(file.buffer, file.byteOffset).getUint32(140, true);
  const start = file.slice(0, 144);
  start.set(preamble);
  new DataView(start.buffer).setUint32(140, metaLength + element.length, true);
  return joined([start, file.subarray(144, 144 + metaLength), element, file.subarray(144 + metaLength)]);
}

/** Four slices in the four native transfer syntaxes, a report and a document, with more than 200 seeds. */
export function seededStudy(): SeededStudy {
  const seeds = new Seeds();
  const syntaxes = [EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED];
  const files = [
    ...syntaxes.map((syntax, at) => withSeededStart(seededSlice(seeds, at + 1, syntax), seeds)),
    seededReport(seeds),
    seededDocument(seeds),
  ];
  return { files, seeds: seeds.all };
}
