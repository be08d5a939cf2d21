import { type SeededRandom, seededRandom } from '../seeded-random';
import type { Target } from './fuzz-check';
import { MARKER } from './fuzz-file';

const RESOURCES = [
  '/studies',
  '/series',
  '/instances',
  '/studies/1.2.3.4/series',
  '/studies/1.2.3.4/instances',
  '/studies/1.2.3.4/series/1.2.3.4.0/instances',
  '/studies/9.9.9/series',
  '/studies/%25/instances',
  "/studies/1'--/series",
];

const KEYS = [
  'PatientName',
  '00100010',
  '00100020',
  'PatientID',
  'StudyDate',
  'StudyTime',
  'StudyInstanceUID',
  '0020000D',
  'SeriesInstanceUID',
  'SOPInstanceUID',
  'AccessionNumber',
  'ModalitiesInStudy',
  'Modality',
  'StudyDescription',
  'SeriesNumber',
  'InstanceNumber',
  'Rows',
  'NumberOfFrames',
  'NumberOfStudyRelatedInstances',
  'ReferringPhysicianName',
  'PerformedProcedureStepStartDate',
  'RequestAttributesSequence.RequestedProcedureID',
  '00400275.00401001',
  '00400275',
  'TimezoneOffsetFromUTC',
  'SpecificCharacterSet',
  'PixelData',
  '7FE00010',
  '00091001',
  '00090010',
  'NoSuchKeyword',
  '0010001',
  '00100010.',
  '.00100010',
  'RequestAttributesSequence.RequestAttributesSequence.RequestedProcedureID',
  '__proto__',
  'constructor',
  '',
];

const PARAMETERS = [
  'limit',
  'offset',
  'orderby',
  'includefield',
  'fuzzymatching',
  'emptyvaluematching',
  'multiplevaluematching',
  'accept',
  'count',
  'after',
  'page',
];

const VALUES = [
  '',
  '*',
  '?',
  '**',
  '*?*?*',
  'N*',
  '*tune*',
  `${MARKER}*`,
  'Neptune^Planet',
  '^^^^',
  'A=B=C=D=E',
  '"',
  '""',
  "'; DROP TABLE study; --",
  '%',
  '_',
  '\\',
  '\\\\',
  '1.2.3\\4.5.6',
  '1.2.3,4.5.6',
  ',,,',
  '20240101-20241231',
  '-',
  '--',
  '20240101-',
  '-20240101',
  '20241301',
  '9999999999999999999999',
  '101530-101529',
  '235960.999999',
  '-1',
  '0',
  '1',
  '1e3',
  '0x10',
  'NaN',
  'true',
  'false',
  'all',
  '-StudyDate',
  'PatientName,-StudyDate',
  '00100010',
  '00080018',
  'CT\\MR',
  '山田^太郎',
  'Ä\u0308ö\u00df\u0130',
  '\ud83d\ude00*',
  '\u0000',
  '\r\n',
  '[a-z]',
  '.*',
  'x'.repeat(300),
  '*'.repeat(200),
  `${'*a'.repeat(60)}*`,
  Array.from({ length: 200 }, (_, n) => `1.2.${n}`).join(','),
  Array.from({ length: 40 }, (_, n) => `*${n}`).join('\\'),
];

/** Invalid escapes and similar text, which no client library writes. */
const RAW = ['%', '%zz', '%E0%A4%A', '%00', '%ff', '+', '&', '&&=', '=', ';', '#x', '%2525', '%u0041', '?'];

/** A random search, always the same for a seed. */
export function queryCase(seed: number): string {
  const random = seededRandom(seed);
  const parameters = Array.from({ length: random.below(6) }, () => parameter(random));
  const many = random.below(60) === 0 ? Array.from({ length: 150 }, () => 'PatientName=A*') : [];
  return `/dicomweb${random.pick(RESOURCES)}?${[...parameters, ...many].join('&')}`;
}

function parameter(random: SeededRandom): string {
  const name = random.below(3) === 0 ? random.pick(PARAMETERS) : random.pick(KEYS);
  if (random.below(8) === 0) return `${name}${random.pick(['=', ''])}${random.pick(RAW)}`;
  const value = random.below(6) === 0 ? random.pick(VALUES) + random.pick(VALUES) : random.pick(VALUES);
  // Half of a surrogate pair has no UTF-8.
  return `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`;
}

/** @returns what must not happen, one sentence each */
export async function attemptQuery(target: Target, path: string): Promise<{ status: number; finds: string[] }> {
  const finds: string[] = [];
  const answer = await target.fetch(path, { headers: { Accept: 'application/dicom+json' } });
  const text = await answer.text();
  if (![200, 400, 404, 406].includes(answer.status)) finds.push(`status ${answer.status}: ${text.slice(0, 200)}`);
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    finds.push(`no JSON: ${text.slice(0, 200)}`);
  }
  if (answer.status === 200 && !Array.isArray(found)) finds.push(`no list: ${text.slice(0, 200)}`);
  const log = target.takeLog();
  if (answer.status !== 200 && text.includes(MARKER)) finds.push('the answer repeats a value asked for');
  if (log.includes(MARKER)) finds.push('the log repeats a value asked for');
  return { status: answer.status, finds };
}
