import { ConfigurationError } from '../settings';

/**
 * Reads a table within a setting.
 * @param where names the table in the error
 * @throws ConfigurationError when the value is no object, or has a member that is not known
 */
export function objectOf(
  where: string,
  value: unknown,
  known: (member: string) => boolean,
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigurationError(`${where} must be an object.`);
  }
  for (const member of Object.keys(value)) {
    if (!known(member)) throw new ConfigurationError(`${where} has no member ${member}.`);
  }
  return value as Record<string, unknown>;
}

/** @throws ConfigurationError when the value is no list of texts */
export function textsOf(where: string, value: unknown): string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw new ConfigurationError(`${where} must be a list of texts.`);
}

/** @throws ConfigurationError when the value is no text, or an empty one */
export function textOf(where: string, value: unknown): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new ConfigurationError(`${where} must be a text.`);
}

/**
 * @returns false when the value is absent
 * @throws ConfigurationError
 */
export function flagOf(where: string, value: unknown): boolean {
  if (value === undefined || typeof value === 'boolean') return value === true;
  throw new ConfigurationError(`${where} must be true or false.`);
}

/**
 * @returns the default when the value is absent
 * @throws ConfigurationError when the value is no whole number within the bounds
 */
export function countOf(where: string, value: unknown, otherwise: number, least: number, most: number): number {
  if (value === undefined) return otherwise;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ConfigurationError(`${where} must be a whole number from ${least} to ${most}.`);
}

/**
 * Reads the URL of a service that gets secrets, or whose answers are trusted: only TLS proves which service answers. A
 * service on the same machine needs no TLS.
 * @throws ConfigurationError
 */
export function secureURLOf(where: string, value: unknown): string {
  if (typeof value === 'string' && isSecureURL(value)) return value;
  throw new ConfigurationError(`${where} must be an https URL.`);
}

/** Whether a URL begins with https, or with http and leads to the same machine. It must have no user name. */
export function isSecureURL(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
