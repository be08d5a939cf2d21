import { valuesOf } from './identifier.mjs';
import { LEVELS, UNIQUE_KEYS } from './query-classes.mjs';

/** Results of one request to the archive. */
export const PAGE = 500;

/** Attributes that the gateway answers itself, or that say how the request is meant. */
const OWN = new Set([0x00080054, 0x00080056]);

/** The levels as QIDO-RS has them (PS3.18 table 10.6.1-1). Patients are found by their studies. */
const RESOURCES = { PATIENT: '/studies', STUDY: '/studies', SERIES: '/series', IMAGE: '/instances' };

/**
 * @typedef {import('./query-classes.mjs').Level} Level
 *
 * @param {Level} level
 * @param {import('./identifier.mjs').Identifier} identifier
 * @param {number} offset
 * @returns {string} path and query of a Search request (PS3.18 10.6)
 */
export function searchPath(level, identifier, offset) {
  const { path, fixed } = resourceOf(level, identifier);
  const parameters = new URLSearchParams();
  for (const key of identifier.keys.values()) {
    if (!fixed.has(key.tag) && !OWN.has(key.tag)) addKey(parameters, key, '');
  }
  parameters.set('limit', String(PAGE));
  if (offset > 0) parameters.set('offset', String(offset));
  return `${path}?${parameters}`;
}

/** The levels above, whose unique keys the path of a search names. */
const UPPER = /** @type {const} */ ({ PATIENT: [], STUDY: [], SERIES: ['STUDY'], IMAGE: ['STUDY', 'SERIES'] });

const UPPER_NAMES = { STUDY: 'Study Instance UID (0020,000D)', SERIES: 'Series Instance UID (0020,000E)' };

/**
 * Each level above has to have a single value of its unique key: PS3.4 C.4.1.2.1. Without extended negotiation a search is
 * hierarchical. The Patient ID may be absent, because the UID of a study says whose study it is.
 * @param {Level} level
 * @param {import('./identifier.mjs').Identifier} identifier
 * @returns {string | undefined} the fault; undefined when all unique keys are there
 */
export function missingKey(level, { keys }) {
  const missing = UPPER[level].find((each) => singleUID(keys, each) === undefined);
  return missing === undefined ? undefined : `no single ${UPPER_NAMES[missing]}`;
}

/**
 * @param {import('./identifier.mjs').Identifier['keys']} keys
 * @param {'STUDY' | 'SERIES'} level
 */
function singleUID(keys, level) {
  const values = valuesOf(keys.get(UNIQUE_KEYS[level]));
  return values.length === 1 && /^[\w.-]+$/.test(String(values[0])) ? values[0] : undefined;
}

/**
 * The path of a search, within the study and the series that the identifier names.
 * @param {Level} level
 * @param {import('./identifier.mjs').Identifier} identifier
 */
function resourceOf(level, { keys }) {
  const within = UPPER[level].map((each) => `${RESOURCES[each]}/${singleUID(keys, each)}`);
  return {
    path: within.join('') + RESOURCES[level],
    fixed: new Set(UPPER[level].map((each) => /** @type {number} */ (UNIQUE_KEYS[each]))),
  };
}

/**
 * An attribute with a value is matched. An attribute without a value is returned (PS3.4 C.2.2.2.3). The archive's syntax
 * of values is that of C.2.2.2: wildcards, ranges, and lists of UIDs with backslashes.
 * @param {URLSearchParams} parameters
 * @param {import('./identifier.mjs').Key} key
 * @param {string} within the path of the sequence, with a dot
 */
function addKey(parameters, { tag, text, keys }, within) {
  const name = within + hex(tag);
  const inside = keys.filter((key) => hasValue(key));
  for (const key of inside) addKey(parameters, key, `${name}.`);
  if (inside.length > 0) return;
  if (text !== '' && text !== '*') parameters.append(name, text);
  else if (within === '') parameters.append('includefield', name);
}

/**
 * @param {import('./identifier.mjs').Key} key
 * @returns {boolean}
 */
function hasValue({ text, keys }) {
  return (text !== '' && text !== '*') || keys.some(hasValue);
}

/** A tag as DICOM JSON writes it. @param {number} tag */
export function hex(tag) {
  return tag.toString(16).toUpperCase().padStart(8, '0');
}

/**
 * @param {string} text
 * @returns {Level | undefined}
 */
export function levelOf(text) {
  return LEVELS.find((level) => level === text);
}
