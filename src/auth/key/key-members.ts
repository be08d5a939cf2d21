import { LABEL, quotaOf, type Role } from '../../access/role';
import type { StoreQuota } from '../../archive/visibility';
import { HttpProblem } from '../../http/problem';
import { endTimeOf } from '../expiry';

/* Reads the members of requests about API keys. Errors do not quote the values. */

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/** A key expires a year after it is made, unless its maker says otherwise, and after ten years at the latest. */
const USUAL_LIFE_MS = 365 * DAY_MS;
const LONGEST_LIFE_MS = 3653 * DAY_MS;

/** How long the old secret of a renewed key may count: long enough to change it everywhere. */
const LONGEST_OVERLAP_HOURS = 7 * 24;

const LONGEST_NAME = 100;

/** @throws HttpProblem 400 */
export function nameOf(value: unknown): string {
  const name = typeof value === 'string' ? value.trim() : '';
  if (name === '' || name.length > LONGEST_NAME || /\p{Cc}/u.test(name)) {
    throw new HttpProblem('bad-request', `name must be a text of 1 to ${LONGEST_NAME} characters on one line.`);
  }
  return name;
}

/**
 * @param known the roles of the deployment
 * @param reach the archives in which the key can count
 * @param administers whether the principal that gives the roles administers an archive
 * @throws HttpProblem 400
 */
export function rolesOf(
  value: unknown,
  known: ReadonlyMap<string, Role>,
  reach: readonly string[],
  administers: (archive: string) => boolean,
): string[] {
  const names = Array.isArray(value) ? [...new Set<unknown>(value)] : [];
  const fits = (name: unknown): name is string => {
    const archives = reachOf(typeof name === 'string' ? known.get(name) : undefined, reach);
    return archives.length > 0 && archives.every(administers);
  };
  if (names.length > 0 && names.every(fits)) return names;
  throw new HttpProblem(
    'bad-request',
    'roles must be a list of roles that the setting ROLES has for archives that you administer.',
  );
}

/** The archives of `reach` in which a role counts. */
export function reachOf(role: Role | undefined, reach: readonly string[]): string[] {
  return reach.filter((archive) => role?.archives.includes('*') || role?.archives.includes(archive));
}

/**
 * @param value a date, whose whole day (UTC) the key outlives, or a date and time (ISO 8601); undefined: a year from now
 * @returns milliseconds since 1970
 * @throws HttpProblem 400
 */
export function expiryOf(value: unknown, now: number): number {
  if (value === undefined) return now + USUAL_LIFE_MS;
  const time = endTimeOf(value);
  if (time > now && time <= now + LONGEST_LIFE_MS) return time;
  throw new HttpProblem('bad-request', 'expires must be a date or a date and time (ISO 8601) in the next ten years.');
}

/** Labels of one key. */
const MOST_LABELS = 20;

/** @returns sorted; undefined when there is no such member @throws HttpProblem 400 */
export function labelsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const isLabel = (each: unknown): each is string => typeof each === 'string' && LABEL.test(each);
  if (Array.isArray(value) && value.length <= MOST_LABELS && value.every(isLabel)) return [...new Set(value)].sort();
  throw new HttpProblem(
    'bad-request',
    `labels must be a list of up to ${MOST_LABELS} labels: letters, digits, dots, hyphens and underscores.`,
  );
}

/** @returns undefined when there is no such member @throws HttpProblem 400 */
export function storeQuotaOf(value: unknown): StoreQuota | undefined {
  if (value === undefined) return undefined;
  const quota = quotaOf(value);
  if (quota !== undefined) return quota;
  throw new HttpProblem('bad-request', 'quota must have bytes, instances or both: whole numbers from 1 on.');
}

/** @returns milliseconds @throws HttpProblem 400 */
export function overlapOf(value: unknown): number {
  const hours = value ?? 0;
  if (typeof hours === 'number' && hours >= 0 && hours <= LONGEST_OVERLAP_HOURS) return hours * HOUR_MS;
  throw new HttpProblem('bad-request', `overlapHours must be a number from 0 to ${LONGEST_OVERLAP_HOURS}.`);
}
