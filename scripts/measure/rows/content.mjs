import { createHash } from 'node:crypto';

/* Studies as a hospital's scanner sends them: two series, 50 slices in each request, UIDs of a usual length. */

/** Slices of a study, of a series, and of a request. */
export const SLICES = 500;
const SERIES = 2;
const REQUEST = 50;

const CT = '1.2.840.10008.5.1.4.1.1.2';
const FAMILY = [
  'Andersson',
  'Bianchi',
  'Chen',
  'Dubois',
  'Eriksen',
  'Fischer',
  'Garcia',
  'Hernandez',
  'Ivanova',
  'Kowalski',
];
const GIVEN = [
  'Anna Maria',
  'Bernhard',
  'Charlotte',
  'David',
  'Elisabeth',
  'Francesco',
  'Guadalupe',
  'Henrik',
  'Isabella',
];
const DESCRIPTIONS = ['CT THORAX MIT KM', 'CT ABDOMEN PORTALVENOES', 'CT SCHAEDEL NATIV', 'CT HALS THORAX ABDOMEN'];
const RECONSTRUCTIONS = ['Thorax 1.0 Br40 S3', 'Lunge 1.0 Bl57 S3', 'Abdomen 3.0 Br36 cor'];

/** Random in appearance, and the same at each run. @param {string} of */
const hash = (of) => createHash('sha256').update(of).digest('hex');
/** @template T @param {readonly T[]} list @param {string} of @returns {T} */
const pick = (list, of) => /** @type {T} */ (list[Number.parseInt(hash(of).slice(0, 8), 16) % list.length]);
/** Digits. @param {string} of @param {number} length */
const digits = (of, length) =>
  BigInt(`0x${hash(of)}`)
    .toString()
    .slice(0, length);

/** The groups that a study's requests commit, in their order. @param {number} number */
export function* ofStudy(number) {
  const studyInstanceUID = `1.2.840.113619.2.55.3.${digits(`s${number}`, 10)}.${digits(`t${number}`, 3)}.${1500000000 + number}.${digits(`u${number}`, 3)}`;
  const day = new Date(Date.UTC(2020, 0, 1) + number * 6_000_000).toISOString();
  const now = Date.parse(day);
  const study = studyOf(number, studyInstanceUID, day);
  for (let at = 0; at < SERIES; at += 1) {
    const seriesInstanceUID = `${studyInstanceUID}.${4 + at}`;
    const series = seriesOf(number, at, { studyInstanceUID, seriesInstanceUID }, day);
    for (let from = 0; from < SLICES / SERIES; from += REQUEST) {
      const name = hash(`m${number}.${at}.${from}`).slice(0, 32);
      const instances = Array.from({ length: REQUEST }, (_, n) =>
        instanceOf({ studyInstanceUID, seriesInstanceUID }, number, from + n + 1, name),
      );
      const segment = {
        studyInstanceUID,
        seriesInstanceUID,
        name,
        byteLength: 9000 + (from % 97),
        entryCount: REQUEST,
      };
      yield {
        studies: [study],
        series: [series],
        segments: [segment],
        instances,
        duplicates: 'reject',
        now,
        purgeAt: now,
      };
    }
  }
}

/** @param {number} number @param {string} studyInstanceUID @param {string} day */
function studyOf(number, studyInstanceUID, day) {
  const family = pick(FAMILY, `f${number}`);
  const given = pick(GIVEN, `g${number}`);
  const patientID = `PAT${digits(`p${number}`, 8)}`;
  const accessionNumber = `A${digits(`a${number}`, 11)}`;
  const description = pick(DESCRIPTIONS, `d${number}`);
  const date = day.slice(0, 10).replaceAll('-', '');
  const time = `${day.slice(11, 19).replaceAll(':', '')}.120000`;
  const physician = `${pick(FAMILY, `rf${number}`)}^${pick(GIVEN, `rg${number}`)}`;
  const values = {
    '00080020': ['DA', date],
    '00080030': ['TM', time],
    '00080050': ['SH', accessionNumber],
    '00081030': ['LO', description],
    '00100020': ['LO', patientID],
    '00100030': ['DA', '19570312'],
    '00100040': ['CS', 'F'],
    '00101010': ['AS', '063Y'],
    '00101030': ['DS', 71.5],
    '0020000D': ['UI', studyInstanceUID],
    '00200010': ['SH', digits(`i${number}`, 6)],
  };
  const names = { '00080090': physician, '00100010': `${family}^${given}` };
  const words = (/** @type {string} */ name) =>
    name
      .toLowerCase()
      .split(/[\^ ]/)
      .flatMap((word) => [word, `~${word.slice(0, 4)}`]);
  return {
    studyInstanceUID,
    studyDate: date,
    studyTime: time,
    accessionNumber: accessionNumber.toLowerCase(),
    studyDescription: description.toLowerCase(),
    studyID: digits(`i${number}`, 6),
    patientID: patientID.toLowerCase(),
    patientName: `${family} ${given}`.toLowerCase(),
    referringPhysicianName: physician.toLowerCase().replace('^', ' '),
    patientNameWords: words(`${family}^${given}`),
    referringPhysicianNameWords: words(physician),
    issuerOfPatientID: null,
    patientBirthDate: '19570312',
    patientSex: 'F',
    timezoneOffset: null,
    attributes: attributesOf(values, names),
  };
}

/** @param {number} number @param {number} at @param {object} identity @param {string} day */
function seriesOf(number, at, identity, day) {
  const description = pick(RECONSTRUCTIONS, `r${number}.${at}`);
  const date = day.slice(0, 10).replaceAll('-', '');
  const time = `${day.slice(11, 19).replaceAll(':', '')}.120000`;
  const values = {
    '00080060': ['CS', 'CT'],
    '0008103E': ['LO', description],
    '00080070': ['LO', 'SIEMENS'],
    '00080080': ['LO', 'Universitaetsklinikum'],
    '00081010': ['SH', 'CT67124'],
    '00081090': ['LO', 'SOMATOM Force'],
    '00180015': ['CS', 'CHEST'],
    '00181030': ['LO', 'Thorax_KM (Adult)'],
    '0020000E': ['UI', `${/** @type {{ seriesInstanceUID: string }} */ (identity).seriesInstanceUID}`],
    '00200011': ['IS', at + 2],
    '00200052': ['UI', `1.2.840.113619.2.55.3.${digits(`fr${number}`, 25)}`],
    '00400244': ['DA', date],
    '00400245': ['TM', time],
  };
  return {
    ...identity,
    modality: 'CT',
    seriesNumber: at + 2,
    performedProcedureStepStartDate: date,
    performedProcedureStepStartTime: time,
    seriesDescription: description.toLowerCase(),
    bodyPartExamined: 'chest',
    protocolName: 'thorax_km (adult)',
    institutionName: 'universitaetsklinikum',
    timezoneOffset: null,
    requests: [
      { scheduledProcedureStepID: digits(`sp${number}`, 9), requestedProcedureID: `rp${digits(`rp${number}`, 8)}` },
    ],
    attributes: attributesOf(values, {}),
  };
}

/** @param {{ studyInstanceUID: string, seriesInstanceUID: string }} identity @param {number} number @param {number} n @param {string} segment */
function instanceOf(identity, number, n, segment) {
  const { seriesInstanceUID } = identity;
  const sopInstanceUID = `${seriesInstanceUID.split('.').slice(0, -3).join('.')}.${1500000000 + number}.${digits(`${seriesInstanceUID}`, 3)}.${n}`;
  const digest = hash(sopInstanceUID);
  const offset = 2300 + (Number.parseInt(digest.slice(0, 2), 16) % 40);
  const start = ((n - 1) % REQUEST) * 2900 + 1;
  return {
    ...identity,
    sopInstanceUID,
    sopClassUID: CT,
    instanceNumber: n,
    rows: 512,
    columns: 512,
    bitsAllocated: 16,
    numberOfFrames: null,
    transferSyntaxUID: '1.2.840.10008.1.2.1',
    version: digest.slice(32),
    byteLength: 526000 + offset,
    digest,
    crc32: Number.parseInt(digest.slice(8, 16), 16),
    layout: {
      object: 'dcm',
      pixels: { kind: 'native', offset, length: 524288, frames: 1, bitsPerFrame: 4194304, word: 1 },
      copyLength: 240000 + Number.parseInt(digest.slice(2, 6), 16),
    },
    segment,
    offset: 4,
    length: 9000,
    start,
    end: start + 2899,
  };
}

/** DICOM JSON. @param {Record<string, (string | number)[]>} values @param {Record<string, string>} names */
function attributesOf(values, names) {
  return Object.fromEntries([
    ...Object.entries(values).map(([tag, [vr, value]]) => [tag, { vr, Value: [value] }]),
    ...Object.entries(names).map(([tag, name]) => [tag, { vr: 'PN', Value: [{ Alphabetic: name }] }]),
  ]);
}
