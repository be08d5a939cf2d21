import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { principalOf, rolesOf } from '../../access/claims';
import { type Identity, identityWithRoles } from '../../access/identity';
import type { Issuer } from '../../access/issuer';
import type { Config } from '../../config';
import { Provider } from '../provider/provider';
import { TokenCache } from './token-cache';

/** The most characters of a token. A token with the groups of a large organization has some thousands. */
const LONGEST_TOKEN = 16 * 1024;

/** A token is not valid. The message is for the developer of the client, and quotes nothing from the token. */
export class InvalidToken extends Error {
  override readonly name = 'InvalidToken';
}

/** Runs a promise after the answer. */
export type Later = (work: Promise<unknown>) => void;

/** Verifies the tokens of a deployment's issuers (RFC 7519 7.2, RFC 8725, RFC 9068 4). */
export class TokenVerifier {
  private readonly cache = new TokenCache();
  private readonly providers = new Map<Issuer, Provider>();

  constructor(private readonly config: Pick<Config, 'issuers' | 'roles'>) {}

  /** What the isolate knows about an issuer. */
  providerOf(issuer: Issuer): Provider {
    const known = this.providers.get(issuer) ?? new Provider(issuer);
    this.providers.set(issuer, known);
    return known;
  }

  /**
   * @param header the header in which a proxy has put the token; undefined: Authorization
   * @throws InvalidToken, or ProviderError when the keys of the issuer cannot be read
   */
  async identityOf(token: string, header: string | undefined, later: Later): Promise<Identity> {
    const key = header === undefined ? token : `${header}:${token}`;
    const now = Date.now();
    const known = this.cache.identityOf(key, now);
    if (known !== undefined) return known;
    const issuer = this.issuerOf(token, header);
    const claims = await this.verify(token, issuer, issuer.audience, later);
    const principal = principalOf(issuer, claims);
    if (principal === undefined) throw new InvalidToken('The token has no claim that identifies its subject.');
    const identity = identityWithRoles(principal, rolesOf(issuer, claims), this.config.roles);
    this.cache.keep(key, identity, ((claims.exp ?? 0) + issuer.clockSkewSeconds) * 1000, now);
    return identity;
  }

  /** Chooses the issuer whose signature is then checked. The claim `iss` is used for nothing else before that check. */
  private issuerOf(token: string, header: string | undefined): Issuer {
    if (token.length > LONGEST_TOKEN) throw new InvalidToken('The token is too long.');
    const found = this.config.issuers.find((each) => each.header === header && each.issuer === claimedIssuer(token));
    if (found === undefined) throw new InvalidToken('The archive does not accept tokens of this issuer.');
    return found;
  }

  /**
   * Verifies a token of an issuer.
   * @param audience one of these must be in `aud`
   * @throws InvalidToken, or ProviderError when the keys of the issuer cannot be read
   */
  async verify(token: string, issuer: Issuer, audience: readonly string[], later: Later): Promise<JWTPayload> {
    const provider = this.providerOf(issuer);
    const now = Date.now();
    try {
      const { payload, protectedHeader } = await jwtVerify(
        token,
        (protectedHeader, jws) => provider.keyOf(protectedHeader, jws, later),
        {
          issuer: issuer.issuer,
          audience: [...audience],
          algorithms: [...issuer.algorithms],
          clockTolerance: issuer.clockSkewSeconds,
          currentDate: new Date(now),
          requiredClaims: ['exp', 'iat'],
        },
      );
      checkType(protectedHeader.typ);
      if (!((payload.iat ?? Number.NaN) <= now / 1000 + issuer.clockSkewSeconds)) {
        throw new InvalidToken('The token is not valid yet.');
      }
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) throw new InvalidToken(reasonOf(error));
      throw error;
    }
  }
}

function claimedIssuer(token: string): string | undefined {
  try {
    decodeProtectedHeader(token);
    return decodeJwt(token).iss;
  } catch {
    throw new InvalidToken('The token is not a JSON Web Token.');
  }
}

/** RFC 8725 3.11, RFC 9068 4: a token that was made for something else, such as a sign-out, is no access token. */
function checkType(type: string | undefined): void {
  const known = ['jwt', 'at+jwt'];
  if (type === undefined || known.includes(type.toLowerCase().replace(/^application\//, ''))) return;
  throw new InvalidToken('The token is of another type than an access token.');
}

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWKSNoMatchingKey) return 'The issuer has no key with which the token was signed.';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'The archive does not accept the algorithm of the signature.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'nbf') return 'The token is not valid yet.';
    if (error.claim === 'aud') return 'The token was made for another audience.';
    return 'A claim of the token is missing or not valid.';
  }
  return 'The signature or the form of the token is not valid.';
}
