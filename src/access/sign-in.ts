import { ConfigurationError, type Settings } from '../settings';
import { type Issuer, parseIssuer } from './issuer';
import { objectOf, textOf, textsOf } from './members';
import type { Role } from './role';

/** How people sign in to the viewer: the archive is a client of a provider of OpenID Connect. */
export interface SignIn {
  /** The provider, and what its claims mean. */
  readonly issuer: Issuer;
  readonly clientID: string;
  /** Undefined: a public client, which PKCE alone protects. */
  readonly clientSecret: string | undefined;
  readonly scopes: readonly string[];
  /** The archive's name at the provider, for access tokens that name it: RFC 8707, or `audience` as Auth0 has it. */
  readonly resource: string | undefined;
  readonly audience: string | undefined;
  /** The token whose claims hold the roles and identify the principal. */
  readonly claimsOf: 'id_token' | 'access_token';
  /** The secret text from which the keys of encryption are made. */
  readonly sessionKey: string;
  /** A session ends after this time, and after this time without a request. */
  readonly sessionMs: number;
  readonly idleMs: number;
}

const MEMBERS = ['clientID', 'scopes', 'resource', 'audience', 'claimsOf'];
const SHORTEST_KEY = 32;
const HOUR_MS = 60 * 60 * 1000;
const MINUTE_MS = 60 * 1000;

/**
 * Reads the setting SIGN_IN, and the settings that belong to it. Its `issuer` is one of ISSUERS; if the table also has
 * members of a table of ISSUERS, it describes an issuer of its own, whose tokens are not accepted from clients.
 * @throws ConfigurationError
 */
export function parseSignIn(
  settings: Settings,
  issuers: readonly Issuer[],
  roles: ReadonlyMap<string, Role>,
): SignIn | undefined {
  const clientSecret = settings.text('OIDC_CLIENT_SECRET') || undefined;
  const sessionKey = settings.text('SESSION_KEY');
  const sessionMs = numberOf(settings, 'SESSION_HOURS', 12, 1, 168) * HOUR_MS;
  const idleMs = numberOf(settings, 'SESSION_IDLE_MINUTES', 60, 1, 10_080) * MINUTE_MS;
  const members = objectOf('SIGN_IN', settings.object('SIGN_IN'), () => true);
  if (Object.keys(members).length === 0) return undefined;
  if (sessionKey.length < SHORTEST_KEY) {
    throw new ConfigurationError(
      `SIGN_IN needs the secret SESSION_KEY with at least ${SHORTEST_KEY} characters: wrangler secret put SESSION_KEY.`,
    );
  }
  const clientID = textOf('SIGN_IN.clientID', members.clientID);
  return {
    issuer: issuerOf(members, clientID, issuers, roles),
    clientID,
    clientSecret,
    scopes: parseScopes(members.scopes),
    resource: members.resource === undefined ? undefined : textOf('SIGN_IN.resource', members.resource),
    audience: members.audience === undefined ? undefined : textOf('SIGN_IN.audience', members.audience),
    claimsOf: parseClaimsOf(members.claimsOf),
    sessionKey,
    sessionMs,
    idleMs,
  };
}

function issuerOf(
  members: Readonly<Record<string, unknown>>,
  clientID: string,
  issuers: readonly Issuer[],
  roles: ReadonlyMap<string, Role>,
): Issuer {
  const own = Object.entries(members).filter(([name]) => !MEMBERS.includes(name));
  const named = issuers.find(({ issuer, header }) => issuer === members.issuer && header === undefined);
  const isOwn = own.some(([name]) => name !== 'issuer');
  if (named !== undefined && isOwn) {
    throw new ConfigurationError('SIGN_IN has members that belong into the table of its issuer in ISSUERS.');
  }
  const audience = members.audience ?? members.resource ?? clientID;
  const issuer = named ?? parseIssuer('SIGN_IN', { ...Object.fromEntries(own), audience }, roles);
  if (issuer.jwksURI !== undefined || issuer.header !== undefined) {
    throw new ConfigurationError('SIGN_IN needs an issuer with discovery: without jwksUri and header.');
  }
  return issuer;
}

function parseScopes(value: unknown): readonly string[] {
  if (value === undefined) return ['openid', 'profile'];
  const scopes = textsOf('SIGN_IN.scopes', typeof value === 'string' ? value.split(/\s+/) : value);
  if (scopes.includes('openid') && scopes.every((scope) => /^[!#-[\]-~]+$/.test(scope))) return scopes;
  throw new ConfigurationError('SIGN_IN.scopes must be a list of scopes, with openid.');
}

function parseClaimsOf(value: unknown): SignIn['claimsOf'] {
  if (value === undefined || value === 'id_token') return 'id_token';
  if (value === 'access_token') return value;
  throw new ConfigurationError('SIGN_IN.claimsOf must be id_token or access_token.');
}

function numberOf(settings: Settings, name: string, otherwise: number, least: number, most: number): number {
  const text = settings.text(name);
  if (text === '') return otherwise;
  const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new ConfigurationError(`${name} must be a whole number from ${least} to ${most}.`);
}
