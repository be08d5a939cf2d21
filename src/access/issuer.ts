import { ConfigurationError, type Settings } from '../settings';
import { countOf, objectOf, secureURLOf, textOf, textsOf } from './members';
import type { Role } from './role';

/** A provider of OpenID Connect whose tokens the archive accepts, and what its tokens mean here. */
export interface Issuer {
  /** The value of `iss` in its tokens, exactly. Discovery starts here. */
  readonly issuer: string;
  /** The archive's names at the provider: `aud` of a token must have at least one of them (RFC 7519 4.1.3). */
  readonly audience: readonly string[];
  /** The signature algorithms that are accepted. All of them are asymmetric. */
  readonly algorithms: readonly string[];
  readonly clockSkewSeconds: number;
  /** The claim that holds the roles: a name, or the path to it through nested objects. Absent: none does. */
  readonly rolesClaim?: string | readonly string[];
  /** The roles that each value of that claim stands for. Absent: a value is the name of the role. */
  readonly roles?: ReadonlyMap<string, readonly string[]>;
  /** Roles of everybody who has a valid token. */
  readonly everyone: readonly string[];
  /** The claim that says what people call the principal, for the record. */
  readonly nameClaim: string;
  /** The claims that identify the principal: the first one with a value counts. */
  readonly subjectClaims: readonly string[];
  /** The header in which a proxy puts the token. Absent: Authorization. */
  readonly header?: string;
  /** The address of the discovery document. Absent: it follows from the issuer. */
  readonly discovery?: string;
  /** The address of the keys. Absent: the discovery document names it. */
  readonly jwksURI?: string;
}

/**
 * RFC 7518 3.1, RFC 8037 3.1, RFC 9864 2.2. Algorithms with a shared secret are not among them: with those, a public key
 * could be taken for the secret.
 */
const ASYMMETRIC = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
] as const;

const DEFAULT_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

const MEMBERS = new Set([
  ...['issuer', 'audience', 'algorithms', 'clockSkewSeconds', 'rolesClaim', 'roles', 'everyone', 'nameClaim'],
  ...['subjectClaim', 'header', 'discovery', 'jwksUri'],
]);

/**
 * Reads the setting ISSUERS: an array of tables, one for each provider.
 * @param known the roles of the deployment
 * @throws ConfigurationError
 */
export function parseIssuers(settings: Settings, known: ReadonlyMap<string, Role>): readonly Issuer[] {
  const issuers = settings.array('ISSUERS').map((value, index) => parseIssuer(`ISSUERS[${index}]`, value, known));
  const seen = new Set<string>();
  for (const { issuer, header } of issuers) {
    const key = `${issuer} ${(header ?? '').toLowerCase()}`;
    if (seen.has(key))
      throw new ConfigurationError(`ISSUERS names ${issuer} twice. One table can have several audiences.`);
    seen.add(key);
  }
  return issuers;
}

/**
 * Reads one table.
 * @param where names it in errors
 * @throws ConfigurationError
 */
export function parseIssuer(where: string, value: unknown, known: ReadonlyMap<string, Role>): Issuer {
  const members = objectOf(where, value, (member) => MEMBERS.has(member));
  const { rolesClaim, roles, everyone, header, discovery, jwksUri } = members;
  if (rolesClaim === undefined && everyone === undefined) {
    throw new ConfigurationError(`${where} must have rolesClaim or everyone: its tokens would give no role.`);
  }
  return {
    issuer: secureURLOf(`${where}.issuer`, members.issuer),
    audience: someTexts(`${where}.audience`, members.audience),
    algorithms: parseAlgorithms(`${where}.algorithms`, members.algorithms),
    clockSkewSeconds: countOf(`${where}.clockSkewSeconds`, members.clockSkewSeconds, 30, 0, 300),
    ...(rolesClaim === undefined ? {} : { rolesClaim: parseClaim(`${where}.rolesClaim`, rolesClaim) }),
    ...(roles === undefined ? {} : { roles: parseRoleMap(`${where}.roles`, roles, known) }),
    everyone: everyone === undefined ? [] : namesOf(`${where}.everyone`, everyone, known),
    nameClaim: members.nameClaim === undefined ? 'name' : textOf(`${where}.nameClaim`, members.nameClaim),
    subjectClaims:
      members.subjectClaim === undefined ? ['sub'] : someTexts(`${where}.subjectClaim`, members.subjectClaim),
    ...(header === undefined ? {} : { header: parseHeader(`${where}.header`, header) }),
    ...(discovery === undefined ? {} : { discovery: secureURLOf(`${where}.discovery`, discovery) }),
    ...(jwksUri === undefined ? {} : { jwksURI: secureURLOf(`${where}.jwksUri`, jwksUri) }),
  };
}

function parseAlgorithms(where: string, value: unknown): readonly string[] {
  if (value === undefined) return DEFAULT_ALGORITHMS;
  const algorithms = someTexts(where, value);
  if (algorithms.every((each) => (ASYMMETRIC as readonly string[]).includes(each))) return algorithms;
  throw new ConfigurationError(`${where} must be a list of ${ASYMMETRIC.join(', ')}.`);
}

function parseClaim(where: string, value: unknown): string | readonly string[] {
  return typeof value === 'string' ? textOf(where, value) : someTexts(where, value);
}

function parseRoleMap(where: string, value: unknown, known: ReadonlyMap<string, Role>): NonNullable<Issuer['roles']> {
  const members = Object.entries(objectOf(where, value, () => true));
  return new Map(members.map(([claim, names]) => [claim, namesOf(`${where}.${claim}`, names, known)]));
}

/** @returns names of roles that the deployment has */
function namesOf(where: string, value: unknown, known: ReadonlyMap<string, Role>): readonly string[] {
  const names = someTexts(where, value);
  for (const name of names) {
    if (!known.has(name)) throw new ConfigurationError(`${where} names a role that ROLES does not have: ${name}.`);
  }
  return names;
}

/** A header that browsers and clients already send for another purpose cannot hold a token. */
function parseHeader(where: string, value: unknown): string {
  const name = textOf(where, value);
  if (/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(name) && !/^(authorization|cookie|host|origin|accept.*)$/i.test(name)) {
    return name;
  }
  throw new ConfigurationError(`${where} must be the name of a header of its own, such as Cf-Access-Jwt-Assertion.`);
}

/** One text or a list of some. */
function someTexts(where: string, value: unknown): string[] {
  const texts = textsOf(where, typeof value === 'string' ? [value] : value);
  if (texts.length > 0 && texts.every((each) => each.trim() !== '')) return texts;
  throw new ConfigurationError(`${where} must name at least one.`);
}
