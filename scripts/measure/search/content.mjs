import { seededRandom } from '../../../test/support/seeded-random.ts';

/** @typedef {import('../../../test/support/seeded-random.ts').SeededRandom} SeededRandom */
/** @typedef {Record<string, string | number | Record<string, unknown>[]>} Values attributes by tag */
/**
 * @typedef {{ uid: string, values: Values, instances: { uid: string, sopClassUID: string, number: number }[] }} Series
 */
/** @typedef {{ uid: string, values: Values, series: Series[] }} Study */

const FAMILIES =
  `Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson
  Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker
  Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter
  Roberts Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Rossi Russo Ferrari Esposito Bianchi
  Dubois Moreau Laurent Simon Michel Lefèvre Leroy Roux David Bertrand Kowalski Nowak Wójcik Novák Dvořák Jensen Nielsen
  Hansen Pedersen Andersson Johansson Karlsson O'Brien O'Connor Murphy Kelly Walsh Byrne Smyth Schmitt Brain`.split(
    /\s+/,
  );
const GIVEN =
  `James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph
  Jessica Thomas Karen Christopher Sarah Charles Lisa Daniel Nancy Matthew Sandra Anthony Betty Mark Ashley Donald Emily
  Steven Kimberly Andrew Margaret Paul Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian Melissa Jürgen Zoë Jon Ann
  François Anaïs José Lucía Søren Łukasz`.split(/\s+/);
const JAPANESE = [
  'Yamada^Tarou=山田^太郎=やまだ^たろう',
  'Suzuki^Hanako=鈴木^花子=すずき^はなこ',
  'Tanaka^Ichiro=田中^一郎',
];
const SYLLABLES = 'ka lo mi ren sa to vel dor nas pi qua rin stev ul wen zor bel cam dra fen'.split(' ');

/**
 * Modality, SOP Class, descriptions of studies and of their series. An entry that is listed several times is used more
 * often.
 */
const EXAMINATIONS = /** @type {const} */ ([
  [
    'CT',
    '1.2.840.10008.5.1.4.1.1.2',
    ['CT CHEST W CONTRAST', 'CT ABDOMEN PELVIS', 'CT HEAD WO CONTRAST'],
    ['AX 5.0', 'COR MPR', 'LUNG 1.0', 'SCOUT'],
  ],
  [
    'CT',
    '1.2.840.10008.5.1.4.1.1.2',
    ['CT CHEST LOW DOSE', 'CT SINUS', 'CT ANGIO PULMONARY'],
    ['AX 2.0 B70', 'SAG MPR', 'BONE'],
  ],
  [
    'MR',
    '1.2.840.10008.5.1.4.1.1.4',
    ['MRI BRAIN W WO', 'MR KNEE LEFT', 'MR L-SPINE'],
    ['T1 SAG', 'T2 AX', 'FLAIR', 'DWI'],
  ],
  ['CR', '1.2.840.10008.5.1.4.1.1.1', ['CHEST PA LAT', 'HAND RIGHT 3 VIEWS'], ['PA', 'LAT']],
  ['DX', '1.2.840.10008.5.1.4.1.1.1.1', ['XR CHEST 2 VIEWS', 'XR ANKLE'], ['PA', 'LAT']],
  ['US', '1.2.840.10008.5.1.4.1.1.6.1', ['US ABDOMEN', 'US THYROID'], ['']],
]);
const RARE = /** @type {const} */ ([
  ['MG', '1.2.840.10008.5.1.4.1.1.1.2', ['MAMMO SCREENING BILATERAL'], ['L CC', 'R CC', 'L MLO', 'R MLO']],
  ['XA', '1.2.840.10008.5.1.4.1.1.12.1', ['CORONARY ANGIOGRAPHY'], ['LCA', 'RCA']],
  ['PT', '1.2.840.10008.5.1.4.1.1.128', ['PET CT WHOLE BODY'], ['WB AC', 'WB NAC']],
]);

/**
 * Makes studies like those of a hospital over ten years: names repeat, patients come back, and a few names are
 * Japanese.
 * @param {number} count
 * @returns {Generator<Study>}
 */
export function* studies(count) {
  const random = seededRandom(20_261_122);
  const patients = Array.from({ length: Math.ceil(count / 2.5) }, (_, at) => patient(random, at));
  const doctors = Array.from({ length: 300 }, () => name(random));
  for (let number = 0; number < count; number += 1)
    yield study(random, number, random.pick(patients), random.pick(doctors));
}

/**
 * Names at the start of the list are frequent, because the square of a number below one is more often small.
 * @param {SeededRandom} random
 */
function name(random) {
  if (random.below(40) === 0) return random.pick(JAPANESE);
  const family = random.below(3) === 0 ? invented(random) : common(random, FAMILIES);
  return `${family}^${common(random, GIVEN)}${random.below(4) === 0 ? `^${random.pick(GIVEN)}` : ''}`;
}

/** @param {SeededRandom} random @param {readonly string[]} list */
function common(random, list) {
  return list[Math.floor(random.next() ** 2 * list.length)] ?? '';
}

/** @param {SeededRandom} random */
function invented(random) {
  const letters = Array.from({ length: 2 + random.below(3) }, () => random.pick(SYLLABLES)).join('');
  return letters.charAt(0).toUpperCase() + letters.slice(1);
}

/** @param {SeededRandom} random @param {number} at */
function patient(random, at) {
  return {
    '00100010': name(random),
    '00100020': `MRN${String(1_000_000 + at * 7)}`,
    '00100030': day(1930 + random.below(90), random),
    '00100040': random.pick(['M', 'F']),
  };
}

/** @param {number} year @param {SeededRandom} random */
function day(year, random) {
  const two = (/** @type {number} */ number) => String(number).padStart(2, '0');
  return `${year}${two(1 + random.below(12))}${two(1 + random.below(28))}`;
}

/**
 * @param {SeededRandom} random
 * @param {number} number
 * @param {Values} patientValues
 * @param {string} doctor
 * @returns {Study}
 */
function study(random, number, patientValues, doctor) {
  const [modality, sopClassUID, descriptions, parts] =
    random.below(20) === 0 ? random.pick(RARE) : random.pick(EXAMINATIONS);
  const date = day(2015 + random.below(10), random);
  const clock = `${String(7 + random.below(12)).padStart(2, '0')}${String(10 + random.below(50))}${String(10 + random.below(50))}`;
  const uid = `1.2.826.0.1.3680043.8.498.${number}`;
  const series = Array.from({ length: 1 + random.below(parts.length + 1) }, (_, at) => ({
    uid: `${uid}.${at + 1}`,
    values: seriesValues(modality, date, clock, random.pick(parts), at, number),
    instances: [1, 2].map((instance) => ({ uid: `${uid}.${at + 1}.${instance}`, sopClassUID, number: instance })),
  }));
  return {
    uid,
    values: {
      ...patientValues,
      '00080020': date,
      '00080030': clock,
      '00080050': `A${date.slice(0, 4)}${String(number).padStart(7, '0')}`,
      '00080090': doctor,
      '00081030': random.pick(/** @type {readonly string[]} */ (descriptions)),
      '0020000D': uid,
      '00200010': String(10_000 + number),
    },
    series,
  };
}

/**
 * @param {string} modality
 * @param {string} date
 * @param {string} clock
 * @param {string} description
 * @param {number} at
 * @param {number} number of the study
 * @returns {Values}
 */
function seriesValues(modality, date, clock, description, at, number) {
  return {
    '00080060': modality,
    '0008103E': description,
    '00200011': at + 1,
    '00400244': date,
    '00400245': clock,
    ...(modality === 'CR' || modality === 'DX'
      ? {
          '00400275': [
            { '00400009': { vr: 'SH', Value: [`SPS${number}`] }, '00401001': { vr: 'SH', Value: [`RP${number}`] } },
          ],
        }
      : {}),
  };
}
