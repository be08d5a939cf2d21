import { deflateSync } from 'fflate';
import * as build from '../../unit/dicom/build';
import type { SeededRandom } from '../seeded-random';
import { mutate } from './fuzz-bytes';

/** Every attribute of a patient in fuzzed files has this value: no answer about an error, and no log, may repeat it. */
export const MARKER = 'QZXWVK';

/** A file with random faults. */
export interface FuzzFile {
  readonly bytes: Uint8Array;
  /** Its study, unless a mutation has changed it. */
  readonly study: string;
}

/** A real file whose UIDs are known, so that copies can have other UIDs. */
export interface Sample {
  readonly bytes: Uint8Array;
  readonly uids: readonly string[];
}

type Bytes = Uint8Array;

const TEXT = [
  '',
  'plain',
  'a\\b\\c',
  '\\\\',
  ' ',
  '\0',
  '\u001b$B;3ED\u001b(B^\u001b$BB@O:\u001b(B',
  '\u001b$)C\u00fb\u00f3^\u00d1\u00ce\u00d4\u00d7',
  '\u001b(I\u00d4\u00cf\u00c0\u00de\u001b',
  '\u00c0\u00c1\u00fe\u00ff',
  '\u00e6\u0097\u00a5\u00e6\u009c',
  'quote"back\\slash\u0001\u001f\u007f',
  '==\\=^=\\^^^^^^',
  `${MARKER}^^^`,
  'x'.repeat(300),
  '%_*?[]{}"\'',
];

const NUMBERS = [
  'NaN',
  '1e400',
  '-Infinity',
  '0x10',
  ' 12 ',
  '1.2.3',
  '99999999999999999999',
  '-',
  '1\\two\\3',
  '',
  '1e',
];
const DATES = ['20241399', '2024', '2024-01-31', '00000000', 'today', '20240131235999.1234567+9999', '', '20240230'];
const UIDS = ['1.2.3', '1..2', '01.2', '1.2.3.', 'one.two', '1'.repeat(80), '', '1.2\\3.4'];

const OF_VR: Readonly<Record<string, readonly string[]>> = {
  DS: NUMBERS,
  IS: NUMBERS,
  DA: DATES,
  TM: DATES,
  DT: DATES,
  UI: UIDS,
};

const TAGS: readonly (readonly [tag: number, vr: string])[] = [
  [0x00080008, 'CS'],
  [0x00080020, 'DA'],
  [0x00080030, 'TM'],
  [0x00080050, 'SH'],
  [0x00080060, 'CS'],
  [0x00080090, 'PN'],
  [0x00081030, 'LO'],
  [0x0008103e, 'LO'],
  [0x00081140, 'SQ'],
  [0x00091001, 'UN'],
  [0x00100010, 'PN'],
  [0x00100020, 'LO'],
  [0x00101001, 'PN'],
  [0x00180050, 'DS'],
  [0x00189073, 'FD'],
  [0x00189074, 'DT'],
  [0x00200010, 'SH'],
  [0x00200011, 'IS'],
  [0x00200013, 'IS'],
  [0x00200032, 'DS'],
  [0x00209165, 'AT'],
  [0x00280008, 'IS'],
  [0x00280009, 'AT'],
  [0x00280106, 'SS'],
  [0x00291010, 'OB'],
  [0x00400275, 'SQ'],
  [0x0040a160, 'UT'],
  [0x00420011, 'OB'],
  [0x00660016, 'OF'],
  [0x00480200, 'SQ'],
  [0x52009230, 'SQ'],
  [0x54000110, 'OW'],
  [0x7f010010, 'OV'],
  [0xfffcfffc, 'OB'],
];

const CHARACTER_SETS = [
  'ISO_IR 100',
  'ISO_IR 192',
  'GB18030',
  'GBK',
  'ISO_IR 13',
  '\\ISO 2022 IR 87',
  'ISO 2022 IR 6\\ISO 2022 IR 149',
  'ISO_IR 999',
  'utf-8',
  '\\\\\\',
];

const VRS = ['AE', 'SQ', 'UN', 'OB', 'US', 'UL', 'XX', '\0\0', 'ox', 'UI', 'LT'];

/** A file of a random kind and with random elements, whole or damaged. @param seed makes its UIDs unique */
export function randomFile(random: SeededRandom, seed: string, samples: readonly Sample[]): FuzzFile {
  if (samples.length > 0 && random.below(3) === 0) return sampleFile(random, seed, samples);
  const study = `2.25.7${seed}${random.below(2)}`;
  const form = random.pick([{}, {}, build.implicitVR, build.bigEndian]);
  const pixels = random.below(3) === 0 ? undefined : pixelData(random, form);
  const dataSet = elements(random, form, identity(random, form, study, seed), pixels?.element);
  const file = wrapped(random, syntaxOf(random, form, pixels), dataSet);
  return { study, bytes: random.below(2) === 0 ? file : mutate(file, random, random.pick([0, 132, 160, 300])) };
}

/** The elements, usually in their order. */
function elements(random: SeededRandom, form: build.Form, known: Map<number, Bytes>, pixels: Bytes | undefined): Bytes {
  const all = new Map(known);
  for (let count = random.below(12); count > 0; count -= 1) {
    const [tag, vr] = random.pick(TAGS);
    if (random.below(10) > 0) all.set(tag, randomElement(random, form, tag, vr, 0));
  }
  const sorted = [...all].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
  if (random.below(20) === 0) sorted.sort(() => random.next() - 0.5);
  if (random.below(30) === 0) sorted.push(random.pick(sorted));
  return build.concat(...sorted, ...(pixels === undefined ? [] : [pixels]));
}

function identity(random: SeededRandom, form: build.Form, study: string, seed: string): Map<number, Bytes> {
  const { big = false } = form;
  const few = random.below(3);
  const all: [number, string, string][] = [
    [0x00080005, 'CS', random.pick(CHARACTER_SETS)],
    [0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.7'],
    [0x00080018, 'UI', `2.25.8${seed}${random.below(4)}`],
    [0x00100010, 'PN', `${MARKER}^Patient`],
    [0x00100020, 'LO', `${MARKER}-1`],
    [0x00100030, 'DA', '19700101'],
    [0x0020000d, 'UI', study],
    [0x0020000e, 'UI', `2.25.9${seed}${few}`],
  ];
  const shape: [number, number][] = [
    [0x00280002, random.pick([1, 1, 3, 0])],
    [0x00280010, random.pick([2, 4, 0, 65535])],
    [0x00280011, random.pick([2, 4, 4])],
    [0x00280100, random.pick([8, 16, 1, 32, 12])],
  ];
  const left = random.below(8) === 0 ? random.below(all.length) : -1;
  return new Map([
    ...all
      .filter((_, at) => at !== left)
      .map(([tag, vr, value]) => [tag, build.element(tag, vr, value, form)] as const),
    ...shape.map(([tag, value]) => [tag, build.element(tag, 'US', build.u16([value], big), form)] as const),
  ]);
}

function randomElement(random: SeededRandom, form: build.Form, tag: number, vr: string, depth: number): Bytes {
  const value = vr === 'SQ' ? sequence(random, form, depth) : randomValue(random, vr);
  const undefinedLength = vr === 'SQ' && random.below(2) === 0;
  const { big = false } = form;
  if (undefinedLength) {
    const end = random.below(15) === 0 ? [] : [build.sequenceEnd(big)];
    return build.element(tag, vr, build.concat(value, ...end), { ...form, length: build.UNDEFINED });
  }
  const lies = random.below(25) === 0;
  const length = lies
    ? random.pick([value.length + 1, value.length * 2, 0, 0xfffe, 0x7fffffff, 0xfffffffe])
    : undefined;
  return build.element(tag, random.below(30) === 0 ? random.pick(VRS) : vr, value, {
    ...form,
    ...(length === undefined ? {} : { length }),
  });
}

function sequence(random: SeededRandom, form: build.Form, depth: number): Bytes {
  const { big = false } = form;
  const items = Array.from({ length: random.below(4) }, () => {
    const inner = Array.from({ length: random.below(4) }, () => {
      const [tag, vr] = random.pick(TAGS);
      return vr === 'SQ' && depth > 4 ? new Uint8Array() : randomElement(random, form, tag, vr, depth + 1);
    });
    return build.item(build.concat(...inner), { undefined: random.below(2) === 0, big });
  });
  return build.concat(...items);
}

function randomValue(random: SeededRandom, vr: string): Bytes {
  if (/^(OB|OW|OF|OV|UN|FD|SS|AT)$/.test(vr)) {
    return Uint8Array.from({ length: random.pick([0, 1, 2, 4, 7, 8, 64, 300, 70_000]) }, () => random.below(256));
  }
  return build.latin1(random.pick(random.below(3) === 0 ? TEXT : (OF_VR[vr] ?? TEXT)));
}

interface Pixels {
  readonly element: Bytes;
  readonly encapsulated: boolean;
}

function pixelData(random: SeededRandom, form: build.Form): Pixels {
  if (form.implicit || form.big || random.below(2) === 0) {
    const value = new Uint8Array(random.pick([0, 1, 4, 8, 32, 4096])).map(() => random.below(256));
    return { encapsulated: false, element: build.element(0x7fe00010, 'OW', value, form) };
  }
  const fragments = Array.from({ length: random.below(5) }, () =>
    new Uint8Array(random.below(40)).fill(random.below(256)),
  );
  const offsets = Array.from({ length: random.below(4) }, (_, at) =>
    random.below(3) === 0 ? random.below(99) : at * 12,
  );
  return { encapsulated: true, element: build.encapsulated(offsets, fragments) };
}

function syntaxOf(random: SeededRandom, form: build.Form, pixels: Pixels | undefined): string {
  if (random.below(25) === 0) return random.pick(['1.2.3.4', '', '1.2.840.10008.1.2.4.999', build.IMPLICIT]);
  if (pixels?.encapsulated) return random.pick([build.JPEG, build.RLE, '1.2.840.10008.1.2.4.90']);
  if (form.implicit) return build.IMPLICIT;
  if (form.big) return build.BIG_ENDIAN;
  return random.pick([build.EXPLICIT, build.EXPLICIT, build.DEFLATED]);
}

/** Part 10, or a data set without preamble or without group 0002. */
function wrapped(random: SeededRandom, syntax: string, dataSet: Bytes): Bytes {
  const deflated = syntax === build.DEFLATED;
  const file = build.part10(syntax, deflated ? deflateSync(dataSet) : dataSet);
  switch (random.below(16)) {
    case 0:
      return file.slice(128);
    case 1:
      return dataSet;
    case 2:
      return build.concat(file, new Uint8Array(random.below(20)));
    default:
      return file;
  }
}

function sampleFile(random: SeededRandom, seed: string, samples: readonly Sample[]): FuzzFile {
  const { bytes, uids } = random.pick(samples);
  const copy = bytes.slice();
  let study = uids[0] ?? '';
  for (const [at, uid] of uids.entries()) {
    const other = (uid.slice(0, -seed.length) + seed).slice(-uid.length);
    replace(copy, build.latin1(uid), build.latin1(other));
    if (at === 0) study = other;
  }
  return { study, bytes: random.below(3) === 0 ? copy : mutate(copy, random, random.pick([0, 132, 160])) };
}

/** Replaces every occurrence, by the same number of bytes. */
function replace(bytes: Bytes, from: Bytes, to: Bytes): void {
  for (let at = bytes.indexOf(from[0]!); at >= 0; at = bytes.indexOf(from[0]!, at + 1)) {
    if (from.every((byte, n) => bytes[at + n] === byte)) bytes.set(to, at);
  }
}
