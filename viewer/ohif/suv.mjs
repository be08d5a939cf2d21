/*
 * What OHIF needs for a standardized uptake value (SUV): the seconds for which the injected dose has decayed when the
 * values of an image are right, and the start of the radiopharmaceutical in the time zone of the scan.
 */

/** PS3.5 6.2, DT: the date and the time, and the offset from UTC. */
const DATE_TIME = /^(\d{8}(?:\d{2}){0,3}(?:\.\d{1,6})?)([+-]\d{4})? *$/;

/** Timezone Offset From UTC (0008,0201) */
const OFFSET = /^([+-])(\d{2})(\d{2}) *$/;

/**
 * The seconds between the injection and the moment for which the values of an image are corrected (PS3.3 C.8.9.1.1.4): START is
 * the start of the acquisition, ADMIN the injection.
 * @param {unknown} decayCorrection Decay Correction (0054,1102)
 * @param {number} sinceInjection seconds from the injection to the start of the acquisition
 * @returns {number}
 * @throws for values that are not corrected: they give no SUV
 */
export function decaySeconds(decayCorrection, sinceInjection) {
  const [name] = [decayCorrection].flat();
  if (name === 'START') return sinceInjection;
  if (name === 'ADMIN') return 0;
  throw new Error('No SUV: Decay Correction is neither START nor ADMIN.');
}

/**
 * Radiopharmaceutical Start DateTime (0018,1078) in the time zone of the dates and times of the scan, to which OHIF compares it.
 * @param {{ RadiopharmaceuticalStartDateTime?: unknown, RadiopharmaceuticalStartTime?: unknown }} radiopharmaceutical
 * @param {{ TimezoneOffsetFromUTC?: unknown }} scan
 * @returns {string | undefined} without an offset
 * @throws if the text is no date with a time, or if it has an offset and the zone of the scan is not known
 */
export function startOfDose({ RadiopharmaceuticalStartDateTime, RadiopharmaceuticalStartTime }, scan) {
  const given = textOf(RadiopharmaceuticalStartDateTime);
  if (given === '') return undefined;
  const [, local, offset] = DATE_TIME.exec(given) ?? [];
  if (local === undefined || local.length < 10)
    throw new Error('No SUV: Radiopharmaceutical Start DateTime is no date and time.');
  if (offset === undefined) return local;
  const zone = OFFSET.exec(textOf(scan.TimezoneOffsetFromUTC));
  if (zone !== null)
    return moved(local, minutesOf(zone) - minutesOf(/** @type {RegExpExecArray} */ (OFFSET.exec(offset))));
  // Radiopharmaceutical Start Time is in the zone of the scan. If it is the same time, the offset is that of the scan too.
  const time = textOf(RadiopharmaceuticalStartTime).slice(0, 6);
  if (time.length >= 4 && local.slice(8).startsWith(time)) return local;
  throw new Error('No SUV: the time zone of the scan is not known.');
}

/**
 * The value of a private element. Another vendor may have something else at the same number: PS3.5 7.8.1.
 * @param {Record<string, unknown>} attributes as OHIF has them: private ones by their tags
 * @param {string} group 4 hexadecimal digits
 * @param {string} creator
 * @param {string} element its last 2 digits
 * @returns {unknown} undefined if the creator has no block in the group
 */
export function privateValue(attributes, group, creator, element) {
  const upper = Object.fromEntries(Object.entries(attributes).map(([tag, value]) => [tag.toUpperCase(), value]));
  for (let number = 0x10; number <= 0xff; number += 1) {
    const block = number.toString(16).toUpperCase();
    if (textOf(upper[`${group}00${block}`]) === creator) return upper[`${group}${block}${element}`];
  }
  return undefined;
}

/**
 * The date and time of the scan that GE wrote.
 * @param {Record<string, unknown>} attributes
 * @returns {string | undefined} undefined also for a text that is no date and time
 */
export function scanTimeOfGE(attributes) {
  const text = textOf(privateValue(attributes, '0009', 'GEMS_PETD_01', '0D'));
  return /^\d{14}(\.\d{1,6})?$/.test(text) ? text : undefined;
}

/**
 * Refuses what gives no SUV of the body weight: values in g/ml that were made with another measure of the body, which SUV Type
 * (0054,1006) names (PS3.3 C.8.9.1), and a dose or half-life that is not above 0.
 * @param {{ Units?: unknown, SUVType?: unknown }} image
 * @param {number} dose becquerels @param {number} halfLife seconds
 * @throws
 */
export function checkSuv({ Units, SUVType }, dose, halfLife) {
  // BW unless it is there.
  if (textOf(Units) === 'GML' && !['', 'BW'].includes(textOf(SUVType)))
    throw new Error('No SUV of the body weight: SUV Type is another one.');
  if (!(dose > 0 && halfLife > 0)) throw new Error('No SUV: the dose or the half-life is not above 0.');
}

/** @param {unknown} value of an attribute, as OHIF has it */
const textOf = (value) => String([value].flat()[0] ?? '').trim();

/** @param {RegExpExecArray} zone */
const minutesOf = ([, sign, hours, minutes]) => (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));

/** @param {string} local YYYYMMDDHH[MM[SS[.FFFFFF]]] @param {number} minutes */
function moved(local, minutes) {
  const [whole = '', fraction] = local.split('.');
  const [year, month, day] = [whole.slice(0, 4), whole.slice(4, 6), whole.slice(6, 8)].map(Number);
  const [hour, minute, second] = [whole.slice(8, 10), whole.slice(10, 12), whole.slice(12, 14)].map(Number);
  const at = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, (minute ?? 0) + minutes, second);
  const text = new Date(at).toISOString().replace(/\D/g, '').slice(0, 14);
  return fraction === undefined ? text : `${text}.${fraction}`;
}
