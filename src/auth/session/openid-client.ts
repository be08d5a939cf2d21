import * as oauth from 'oauth4webapi';
import { type Claims, principalOf, rolesOf } from '../../access/claims';
import { isSecureURL } from '../../access/members';
import type { Principal } from '../../access/principal';
import type { SignIn } from '../../access/sign-in';
import { logFailure } from '../../log';
import type { Provider } from '../provider/provider';
import { ProviderError, providerFetch } from '../provider/provider-fetch';
import { InvalidToken, type Later, type TokenVerifier } from '../token/token-verifier';

/** A sign-in that is under way: what the browser keeps, encrypted, until it comes back from the provider. */
export interface SignInFlow {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly redirectURI: string;
}

/** The provider's tokens that a session keeps. */
export interface ProviderTokens {
  readonly refreshToken?: string | undefined;
  readonly idToken?: string | undefined;
}

/** The provider's statement about a person who has signed in. */
export interface SignedIn {
  readonly tokens: ProviderTokens;
  /** Milliseconds until the access token ends. */
  readonly lifeMs: number;
  /** Undefined when the provider does not name the subject, which is allowed when tokens are renewed. */
  readonly subject: { readonly principal: Principal; readonly roles: readonly string[] } | undefined;
}

/** The provider says that this sign-in or this session is over. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused';
}

/** The life of access tokens when the provider does not state it; seconds. */
const UNKNOWN_LIFE_S = 300;

/**
 * The archive as a client of the provider (OpenID Connect Core 1.0, 3.1; RFC 7636; RFC 9700).
 */
export class OpenIDClient {
  private readonly provider: Provider;

  constructor(
    private readonly signIn: SignIn,
    private readonly verifier: TokenVerifier,
  ) {
    this.provider = verifier.providerOf(signIn.issuer);
  }

  /** The address of the provider's page. @throws ProviderError */
  async authorizationURL({ state, nonce, codeVerifier, redirectURI }: SignInFlow): Promise<string> {
    const endpoint = (await this.provider.metadata()).authorization_endpoint;
    if (typeof endpoint !== 'string' || !isSecureURL(endpoint)) {
      throw new ProviderError('The discovery document names no authorization endpoint.');
    }
    const url = new URL(endpoint);
    const parameters = {
      response_type: 'code',
      client_id: this.signIn.clientID,
      redirect_uri: redirectURI,
      scope: this.signIn.scopes.join(' '),
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      ...this.forResource(),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  }

  /**
   * Exchanges the code that the browser brings back.
   * @throws SignInRefused when the provider or the check of its answer refuses; ProviderError when it does not answer
   */
  async exchange(answer: URLSearchParams, flow: SignInFlow, later: Later): Promise<SignedIn> {
    return await this.refusing(async (server, client) => {
      const parameters = oauth.validateAuthResponse(server, client, answer, flow.state);
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        this.authentication(server),
        parameters,
        flow.redirectURI,
        flow.codeVerifier,
        this.options(),
      );
      const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: flow.nonce,
        requireIdToken: true,
      });
      return await this.signedIn(tokens, {}, later);
    });
  }

  /**
   * Renews the tokens (RFC 6749 6).
   * @throws SignInRefused when the provider says that the session is over; ProviderError when it does not answer
   */
  async renew(old: ProviderTokens, later: Later): Promise<SignedIn> {
    return await this.refusing(async (server, client) => {
      const response = await oauth.refreshTokenGrantRequest(
        server,
        client,
        this.authentication(server),
        old.refreshToken ?? '',
        this.options(),
      );
      const got = await oauth.processRefreshTokenResponse(server, client, response);
      try {
        return await this.signedIn(got, old, later);
      } catch (error) {
        if (!(error instanceof InvalidToken)) throw error;
        // The provider has taken back the old refresh token, so the new one must not be lost. A key that was published
        // within the last minute is known at the next renewal.
        logFailure('renewed-token-not-verified', undefined, { reason: error.message });
        return { tokens: tokensOf(got, old), lifeMs: UNVERIFIED_LIFE_MS, subject: undefined };
      }
    });
  }

  /** Tells the provider that the tokens are not needed any more (RFC 7009). A failure is not repeated. */
  async revoke({ refreshToken }: ProviderTokens): Promise<void> {
    if (refreshToken === undefined) return;
    const server = await this.server();
    if (server.revocation_endpoint === undefined) return;
    const client = { client_id: this.signIn.clientID };
    await oauth.revocationRequest(server, client, this.authentication(server), refreshToken, this.options());
  }

  /**
   * The page of the provider that ends the session there (OpenID Connect RP-Initiated Logout 1.0).
   * @param back where the provider sends the browser then
   * @returns undefined when the provider has none
   */
  async endSessionURL({ idToken }: ProviderTokens, back: string): Promise<string | undefined> {
    const endpoint = (await this.provider.metadata()).end_session_endpoint;
    if (typeof endpoint !== 'string' || !isSecureURL(endpoint)) return undefined;
    const url = new URL(endpoint);
    url.searchParams.set('client_id', this.signIn.clientID);
    url.searchParams.set('post_logout_redirect_uri', back);
    // A longer address is refused by some servers. Without the token, the provider asks whether to sign out.
    if (idToken !== undefined && idToken.length < LONGEST_HINT) url.searchParams.set('id_token_hint', idToken);
    return url.href;
  }

  private async signedIn(got: oauth.TokenEndpointResponse, old: ProviderTokens, later: Later): Promise<SignedIn> {
    const { issuer, clientID, claimsOf } = this.signIn;
    const { id_token: idToken, access_token, expires_in = UNKNOWN_LIFE_S } = got;
    const identified = idToken && (await this.verifier.verify(idToken, issuer, [clientID], later));
    const claims =
      claimsOf === 'id_token' ? identified : await this.verifier.verify(access_token, issuer, issuer.audience, later);
    return {
      tokens: tokensOf(got, old),
      lifeMs: expires_in * 1000,
      subject: claims ? this.subjectOf(claims) : undefined,
    };
  }

  private subjectOf(claims: Claims): SignedIn['subject'] {
    const principal = principalOf(this.signIn.issuer, claims);
    if (principal === undefined) throw new SignInRefused('The provider does not name the person who signs in.');
    return { principal, roles: rolesOf(this.signIn.issuer, claims) };
  }

  private async server(): Promise<oauth.AuthorizationServer> {
    return (await this.provider.metadata()) as unknown as oauth.AuthorizationServer;
  }

  private authentication({ token_endpoint_auth_methods_supported: methods }: oauth.AuthorizationServer) {
    const { clientSecret } = this.signIn;
    if (clientSecret === undefined) return oauth.None();
    const basic = methods === undefined || methods.includes('client_secret_basic');
    return basic ? oauth.ClientSecretBasic(clientSecret) : oauth.ClientSecretPost(clientSecret);
  }

  private forResource(): Record<string, string> {
    const { resource, audience } = this.signIn;
    return { ...(resource === undefined ? {} : { resource }), ...(audience === undefined ? {} : { audience }) };
  }

  private options() {
    return {
      [oauth.customFetch]: (
        url: string,
        { body, headers, method }: oauth.CustomFetchOptions<string, URLSearchParams>,
      ) => providerFetch(url, { method, headers, ...(body === undefined ? {} : { body }) }),
      // Only a provider on the same machine has an http address: access/members.ts.
      [oauth.allowInsecureRequests]: this.signIn.issuer.issuer.startsWith('http:'),
      additionalParameters: this.forResource(),
    };
  }

  /** Distinguishes a refusal from a temporary failure. */
  private async refusing(
    work: (server: oauth.AuthorizationServer, client: oauth.Client) => Promise<SignedIn>,
  ): Promise<SignedIn> {
    const server = await this.server();
    const client = {
      client_id: this.signIn.clientID,
      [oauth.clockTolerance]: this.signIn.issuer.clockSkewSeconds,
    };
    try {
      return await work(server, client);
    } catch (error) {
      if (error instanceof ProviderError || error instanceof SignInRefused || error instanceof InvalidToken)
        throw error;
      if (error instanceof oauth.AuthorizationResponseError) throw new SignInRefused(codeOf(error.error));
      if (error instanceof oauth.ResponseBodyError && error.status < 500 && error.status !== 429) {
        throw new SignInRefused(codeOf(error.error));
      }
      if (error instanceof oauth.ResponseBodyError)
        throw new ProviderError(`The provider answers with ${error.status}.`);
      const reason = error instanceof Error && 'code' in error ? String(error.code) : 'invalid_answer';
      // A failing gateway in front of the provider answers with a page.
      if (reason === oauth.RESPONSE_IS_NOT_CONFORM || reason === oauth.RESPONSE_IS_NOT_JSON) {
        throw new ProviderError('The answer of the provider cannot be used.');
      }
      throw new SignInRefused(codeOf(reason));
    }
  }
}

const LONGEST_HINT = 4000;

/** A token that could not be verified is renewed again after some of this time. */
const UNVERIFIED_LIFE_MS = 100_000;

/** RFC 6749 6: a refresh token that is not replaced stays valid. */
function tokensOf({ refresh_token, id_token }: oauth.TokenEndpointResponse, old: ProviderTokens): ProviderTokens {
  return { refreshToken: refresh_token ?? old.refreshToken, idToken: id_token ?? old.idToken };
}

/** An error code of RFC 6749 4.1.2.1 or 5.2; no other text of an answer is repeated. */
function codeOf(text: string): string {
  return /^\w{1,64}$/.test(text) ? text : 'invalid_answer';
}
