import type { DicomJson, DicomJsonAttribute, DicomJsonValue, PersonName } from '../../../src/dicom/json/json-model';
import type { SeededRandom } from '../../support/seeded-random';
import { UIDS } from './build';

/** A data set that can be written and read without a change, except for the conversion of DS and IS. */
export function randomDataSet(random: SeededRandom): DicomJson {
  const dataSet = randomItem(random, 3);
  dataSet['00080016'] = { vr: 'UI', Value: [UIDS.sopClass] };
  dataSet['00080018'] = { vr: 'UI', Value: [UIDS.sop] };
  dataSet['0020000D'] = { vr: 'UI', Value: [UIDS.study] };
  dataSet['0020000E'] = { vr: 'UI', Value: [UIDS.series] };
  return dataSet;
}

/** Standard attributes, one for each VR, in groups on which nothing depends. */
const STANDARD: readonly (readonly [tag: string, vr: string])[] = [
  ['00080012', 'DA'],
  ['00080013', 'TM'],
  ['00080015', 'DT'],
  ['00080054', 'AE'],
  ['00080008', 'CS'],
  ['00081030', 'LO'],
  ['00080090', 'PN'],
  ['00080100', 'SH'],
  ['00080119', 'UC'],
  ['00080120', 'UR'],
  ['00101010', 'AS'],
  ['00104000', 'LT'],
  ['00180050', 'DS'],
  ['00186020', 'SL'],
  ['00189087', 'FD'],
  ['00200013', 'IS'],
  ['00280009', 'AT'],
  ['00280010', 'US'],
  ['00281201', 'OW'],
  ['00400280', 'ST'],
  ['0040A160', 'UT'],
  ['00420011', 'OB'],
  ['00660022', 'OD'],
  ['00660016', 'OF'],
  ['00660129', 'OL'],
  ['00720082', 'SV'],
  ['00720083', 'UV'],
  ['00720075', 'OL'],
  ['00720066', 'LO'],
  ['00720076', 'FL'],
  ['00720078', 'UL'],
  ['0072007E', 'SS'],
  ['7FE00001', 'OV'],
];
const PRIVATE = ['AE', 'CS', 'DS', 'FD', 'FL', 'LO', 'OB', 'PN', 'SH', 'SL', 'ST', 'UI', 'UL', 'UN', 'US', 'UT', 'UV'];

function randomItem(random: SeededRandom, depth: number): DicomJson {
  const dataSet: DicomJson = {};
  for (let count = random.below(8); count > 0; count--) {
    const [tag, vr] = random.pick(STANDARD);
    // Tables of another file's fragments are dropped; other tests cover this.
    if (tag !== '7FE00001') dataSet[tag] = randomAttribute(random, vr);
  }
  if (random.below(3) === 0) {
    dataSet['00290010'] = { vr: 'LO', Value: ['CREATOR 1'] };
    for (let count = random.below(4); count > 0; count--) {
      dataSet[`002910${hexadecimal(random)}`] = randomAttribute(random, random.pick(PRIVATE));
    }
  }
  if (depth > 0 && random.below(2) === 0) {
    const Value = Array.from({ length: random.below(3) }, () => randomItem(random, depth - 1));
    dataSet['00081110'] = { vr: 'SQ', ...(Value.length > 0 && { Value }) };
  }
  return dataSet;
}

function hexadecimal(random: SeededRandom): string {
  return random.below(256).toString(16).toUpperCase().padStart(2, '0');
}

function randomAttribute(random: SeededRandom, vr: string): DicomJsonAttribute {
  if (random.below(8) === 0) return { vr };
  if (/^(?:O.|UN)$/.test(vr)) {
    const bytes = Uint8Array.from({ length: 8 * (1 + random.below(4)) }, () => random.below(256));
    return { vr, InlineBinary: Buffer.from(bytes).toString('base64') };
  }
  const single = ['LT', 'ST', 'UT', 'UR'].includes(vr);
  const Value = Array.from({ length: single ? 1 : 1 + random.below(4) }, () => randomValue(random, vr));
  // Among other values, a text value may be empty.
  const textual = !single && !/^(?:AT|F.|SL|SS|SV|UL|US|UV)$/.test(vr);
  if (Value.length > 2 && textual && random.below(3) === 0) return { vr, Value: [Value[0]!, null, ...Value.slice(2)] };
  return { vr, Value };
}

function randomValue(random: SeededRandom, vr: string): DicomJsonValue {
  switch (vr) {
    case 'PN':
      return randomName(random);
    case 'DS':
      return Number(((random.next() - 0.5) * 10 ** random.below(12)).toPrecision(9));
    case 'IS':
    case 'SL':
      return random.below(0x80000000) * random.pick([1, -1]);
    case 'SS':
      return random.below(0x10000) - 0x8000;
    case 'US':
      return random.below(0x10000);
    case 'UL':
      return random.below(0x100000000);
    case 'SV':
    case 'UV':
      return random.pick<DicomJsonValue>([random.below(2 ** 40), '9223372036854775807']);
    case 'FD':
      return random.pick<DicomJsonValue>([random.next() * 1e9, 'NaN', 'Infinity', '-Infinity', -0, 5e-324]);
    case 'FL':
      return random.pick<DicomJsonValue>([Math.fround(random.next() * 1e9), 'NaN', 'Infinity', 0]);
    case 'AT':
      return `0010${hexadecimal(random)}${hexadecimal(random)}`;
    case 'UI':
      return `1.2.${1 + random.below(1e9)}.${random.below(10)}`;
    case 'AE':
    case 'AS':
    case 'CS':
    case 'DA':
    case 'DT':
    case 'TM':
    case 'UR':
      return Array.from({ length: 1 + random.below(12) }, () => random.pick([...'0123456789.AZ'])).join('');
    default:
      return randomText(random);
  }
}

const CHARACTERS = [...'abcXYZ019 <>&"\'.,;-/äßé山田太郎김희중😀Ж\u0301'];

/** Text without padding characters at its ends. */
function randomText(random: SeededRandom): string {
  const plain = random.below(2) === 0;
  const length = random.below(random.below(20) === 0 ? 3000 : 12);
  const middle = Array.from({ length }, () => (plain ? random.pick([...'ab 1.']) : random.pick(CHARACTERS))).join('');
  return `x${middle}y`;
}

function randomName(random: SeededRandom): PersonName {
  const name: PersonName = {};
  for (const group of ['Alphabetic', 'Ideographic', 'Phonetic'] as const) {
    if (group !== 'Alphabetic' && random.below(3) > 0) continue;
    name[group] = Array.from({ length: 1 + random.below(6) }, () =>
      random.below(4) === 0 ? '' : randomText(random),
    ).join('^');
    if (/^\^*$/.test(name[group])) name[group] = 'x';
  }
  return name;
}
