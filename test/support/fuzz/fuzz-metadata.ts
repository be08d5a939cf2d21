import { ascii } from '../files/part10';
import type { SeededRandom } from '../seeded-random';
import { MARKER } from './fuzz-file';
import type { FuzzPart } from './fuzz-multipart';

/** Values as clients write them in DICOM JSON, and invalid ones. */
const VALUES: readonly unknown[] = [
  'text',
  '',
  null,
  0,
  -1.5,
  1e308,
  123456789012345680000,
  true,
  {},
  [],
  { Alphabetic: `${MARKER}^P`, Ideographic: '山田', Extra: 1 },
  { '00080100': { vr: 'SH', Value: ['code'] } },
  '\u0000\u001f',
  '\ud800',
  'x'.repeat(200),
  '20241399',
  'NaN',
];
const VRS = [
  'CS',
  'SH',
  'LO',
  'PN',
  'UI',
  'DS',
  'IS',
  'US',
  'SS',
  'UL',
  'FD',
  'FL',
  'AT',
  'SQ',
  'UN',
  'OB',
  'OW',
  'XX',
  '',
];
const TAGS = [
  '00080005',
  '00080060',
  '00081140',
  '00091001',
  '00090010',
  '00280008',
  '00400275',
  '0040A730',
  '7FE00010',
];
const ODD_TAGS = ['00080000', '00020010', 'FFFEE000', '0008006', 'PatientName', '0010001g', '00080018 ', '__proto__'];
const BULK_TYPES = [
  'application/octet-stream',
  'image/jpeg',
  'image/jls',
  'image/jp2',
  'image/dicom-rle',
  'video/mp4',
  'application/pdf',
  'text/plain',
];

/** The parts of a body of metadata and bulk data (PS3.18 10.5.1.4). */
export function metadataParts(random: SeededRandom, seed: string): { type: string; parts: FuzzPart[] } {
  const dataSets = Array.from({ length: 1 + random.below(3) }, (_, at) => dataSet(random, `${seed}${at}`));
  const xml = random.below(3) === 0;
  const type = xml ? 'application/dicom+xml' : 'application/dicom+json';
  const texts = xml ? dataSets.map(asXml) : [JSON.stringify(random.below(9) === 0 ? dataSets[0] : dataSets)];
  const roots = texts.map((text) => ({ type, body: new TextEncoder().encode(damagedText(random, text)) }));
  const bulk = Array.from({ length: random.below(4) }, (_, at) => ({
    type: random.pick(BULK_TYPES),
    location: random.pick([`bulk/${at}`, `http://x/bulk/${at}`, `bulk/0`, '']),
    body:
      random.below(4) === 0 ? ascii('\xff\xd8\xff\xe0') : new Uint8Array(random.pick([0, 1, 16, 32, 5000])).fill(at),
  }));
  return { type, parts: random.below(8) === 0 ? [...bulk, ...roots] : [...roots, ...bulk] };
}

type Attribute = Record<string, unknown>;

function dataSet(random: SeededRandom, seed: string): Record<string, Attribute> {
  const all: Record<string, Attribute> = {
    '00020010': { vr: 'UI', Value: [random.pick(['1.2.840.10008.1.2.1', '1.2.840.10008.1.2.4.50', '1.2.3'])] },
    '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.7'] },
    '00080018': { vr: 'UI', Value: [`2.25.5${seed}`] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: `${MARKER}^Json` }] },
    '00100020': { vr: 'LO', Value: [MARKER] },
    '0020000D': { vr: 'UI', Value: [`2.25.6${seed}`] },
    '0020000E': { vr: 'UI', Value: [`2.25.4${seed}`] },
    '00280002': { vr: 'US', Value: [1] },
    '00280010': { vr: 'US', Value: [4] },
    '00280011': { vr: 'US', Value: [4] },
    '00280100': { vr: 'US', Value: [random.pick([8, 16, 1])] },
    '7FE00010': { vr: 'OW', BulkDataURI: `bulk/${random.below(3)}` },
  };
  for (let count = random.below(5); count > 0; count -= 1) {
    const tag = random.below(6) === 0 ? random.pick(ODD_TAGS) : random.pick(TAGS);
    all[tag] = attribute(random);
  }
  if (random.below(6) === 0) delete all[random.pick(Object.keys(all))];
  return all;
}

function attribute(random: SeededRandom): Attribute {
  const vr = random.pick(VRS);
  switch (random.below(6)) {
    case 0:
      return { vr, InlineBinary: random.pick(['AAAA', 'AA==', 'not base64!', '', 'A']) };
    case 1:
      return { vr, BulkDataURI: random.pick(['bulk/0', 'bulk/1', '', 'http://[', 'bulk/9']) };
    case 2:
      return random.pick([
        { vr },
        {},
        { vr, Value: 'no array' },
        { Value: ['no vr'] },
        { vr, Value: [], BulkDataURI: 'bulk/0' },
      ]);
    default:
      return { vr, Value: Array.from({ length: random.below(4) }, () => random.pick(VALUES)) };
  }
}

/** A Native DICOM Model of the simple attributes. */
function asXml(attributes: Record<string, Attribute>): string {
  const elements = Object.entries(attributes).map(([tag, { vr, Value, BulkDataURI }]) => {
    const values = Array.isArray(Value) ? Value : [];
    const content = values.map((value, at) =>
      vr === 'PN'
        ? `<PersonName number="${at + 1}"><Alphabetic><FamilyName>${MARKER}</FamilyName></Alphabetic></PersonName>`
        : `<Value number="${at + 1}">${escaped(String(value))}</Value>`,
    );
    const bulk = typeof BulkDataURI === 'string' ? `<BulkData uri="${escaped(BulkDataURI)}"/>` : '';
    return `<DicomAttribute tag="${tag}" vr="${vr ?? ''}">${content.join('')}${bulk}</DicomAttribute>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?><NativeDicomModel>${elements.join('')}</NativeDicomModel>`;
}

function escaped(text: string): string {
  return text.replace(/[<&"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

function damagedText(random: SeededRandom, text: string): string {
  if (random.below(4) > 0) return text;
  const at = random.below(text.length);
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + random.pick(['"', '{', '[', ']', '<', '&', '\0', '\\', '</a>']) + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(at + 1 + random.below(9));
    case 3:
      return `${'['.repeat(5000)}${text}`;
    case 4:
      return `\ufeff${text}`;
    default:
      return `<!DOCTYPE a [<!ENTITY b "${'c'.repeat(50)}"><!ENTITY d "&b;&b;">]>${text}`;
  }
}
