import type { Issuer } from './issuer';
import type { Principal } from './principal';

/** What a token says about its subject, after it has been verified. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * The names of the roles that the claims of a verified token stand for.
 * @returns those of `everyone` first; a claim that is missing or has another form gives none
 */
export function rolesOf({ rolesClaim, roles, everyone }: Issuer, claims: Claims): readonly string[] {
  if (rolesClaim === undefined) return everyone;
  const values = textsOf(claimAt(claims, rolesClaim), roles);
  const named = roles === undefined ? values : values.flatMap((value) => roles.get(value) ?? []);
  return [...new Set([...everyone, ...named])];
}

/**
 * The principal that a verified token identifies.
 * @returns undefined when no claim identifies it
 */
export function principalOf({ issuer, subjectClaims, nameClaim }: Issuer, claims: Claims): Principal | undefined {
  for (const claim of subjectClaims) {
    const subject = ownText(claims, claim);
    if (subject === undefined) continue;
    // Values of different claims identify different principals.
    const id = claim === 'sub' ? `${issuer}|${subject}` : `${issuer}|${claim}:${subject}`;
    return { kind: 'person', id, name: nameOf(claims, nameClaim) };
  }
  return undefined;
}

/** The name of the subject for people. */
function nameOf(claims: Claims, nameClaim: string): string | undefined {
  const name = ownText(claims, nameClaim) ?? ownText(claims, 'preferred_username') ?? ownText(claims, 'email');
  return name?.slice(0, LONGEST_NAME);
}

const LONGEST_NAME = 200;

function ownText(claims: Claims, name: string): string | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The claim with this name, or the value at a path such as `realm_access.roles`. A name may contain dots itself. */
function claimAt(claims: Claims, claim: string | readonly string[]): unknown {
  if (typeof claim === 'string' && Object.hasOwn(claims, claim)) return claims[claim];
  let value: unknown = claims;
  for (const name of typeof claim === 'string' ? claim.split('.') : claim) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/**
 * The texts of a list. A single text is one value when it is mapped to a role, and otherwise split at its spaces (RFC 6749
 * 3.3).
 */
function textsOf(value: unknown, roles: Issuer['roles']): readonly string[] {
  if (Array.isArray(value)) return value.filter((each) => typeof each === 'string');
  if (typeof value !== 'string') return [];
  return roles?.has(value) ? [value] : value.split(/\s+/).filter((each) => each !== '');
}
