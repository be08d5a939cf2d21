import type { DeidentifyOptions } from '../../dicom/deidentify/deidentify-options';
import { readDeidentifyOptions } from '../../dicom/deidentify/read-options';
import { HttpProblem } from '../../http/problem';
import { endTimeOf } from '../expiry';

/* Reads the members of requests about shares. Errors do not quote the values. */

const DAY_MS = 24 * 60 * 60 * 1000;

/** The life of a share when the sharer names none, and the longest life. */
const USUAL_LIFE_MS = 7 * DAY_MS;
const LONGEST_LIFE_MS = 366 * DAY_MS;

const LONGEST_NOTE = 500;
const FEWEST_LETTERS = 8;
const MOST_LETTERS = 200;

/** @returns milliseconds since 1970 @throws HttpProblem 400 */
export function expiryOf(value: unknown, now: number): number {
  if (value === undefined) return now + USUAL_LIFE_MS;
  const time = endTimeOf(value);
  if (time > now && time <= now + LONGEST_LIFE_MS) return time;
  throw new HttpProblem('bad-request', 'expires must be a date or a date and time (ISO 8601) within a year.');
}

/** @throws HttpProblem 400 */
export function usesOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 10_000) return value;
  throw new HttpProblem('bad-request', 'uses must be a whole number from 1 to 10000.');
}

/** @returns whether files can be downloaded @throws HttpProblem 400 */
export function downloadOf(value: unknown): boolean {
  if (value === undefined || value === 'look') return false;
  if (value === 'download') return true;
  throw new HttpProblem('bad-request', 'permission must be look or download.');
}

/** @throws HttpProblem 400 */
export function noteOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.length <= LONGEST_NOTE && !/\p{Cc}/u.test(value)) return value;
  throw new HttpProblem('bad-request', `note must be a text of up to ${LONGEST_NOTE} characters on one line.`);
}

/** @throws HttpProblem 400 */
export function deidentifyOf(value: unknown): DeidentifyOptions | undefined {
  if (value === undefined || value === false) return undefined;
  const options = readDeidentifyOptions(value === true ? {} : value);
  if (options !== undefined) return options;
  throw new HttpProblem('bad-request', 'deidentify must be true, or an object of options: docs/access.md.');
}

/** @throws HttpProblem 400 */
export function passphraseOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.length >= FEWEST_LETTERS && value.length <= MOST_LETTERS) return value;
  throw new HttpProblem('bad-request', `passphrase must have ${FEWEST_LETTERS} to ${MOST_LETTERS} characters.`);
}
