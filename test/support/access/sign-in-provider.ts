import { calculatePKCECodeChallenge } from 'oauth4webapi';
import { ORIGIN } from '../clients/archive-client';
import { TokenProvider } from './token-provider';

interface Grant {
  readonly challenge: string;
  readonly nonce: string;
}

/** A provider at which people sign in: an answer of its token endpoint needs the right code, verifier and secret. */
export class SignInProvider extends TokenProvider {
  /** Claims of the ID tokens. */
  claims: Record<string, unknown> = { name: 'Anna Example', roles: ['reader'] };
  /** Seconds that access tokens live. */
  life = 60;
  renewals = 0;
  revoked = 0;
  /** While it is set, the token endpoint answers this. */
  tokenTrouble: (() => Promise<Response> | Response) | undefined;
  private readonly codes = new Map<string, Grant>();
  private refreshToken = 'refresh-0';

  constructor(issuer: string) {
    super(issuer);
    this.more = {
      authorization_endpoint: `${issuer}/authorize?ui=plain`,
      token_endpoint: `${issuer}/token`,
      revocation_endpoint: `${issuer}/revoke`,
      end_session_endpoint: `${issuer}/end`,
      authorization_response_iss_parameter_supported: true,
    };
  }

  /** Somebody signs in at the page to which the archive has sent the browser. @returns where the browser is sent then */
  signIn(location: string): string {
    const { searchParams } = new URL(location);
    const code = `code-${this.codes.size}`;
    const of = (name: string) => searchParams.get(name) ?? '';
    this.codes.set(code, { challenge: of('code_challenge'), nonce: of('nonce') });
    return `/sign-in/callback?${new URLSearchParams({ code, state: of('state'), iss: this.issuer })}`;
  }

  protected override async answerMore(url: string, init: RequestInit = {}): Promise<Response> {
    const form = new URLSearchParams(String(init.body));
    if (init.method === 'POST' && url === `${this.issuer}/revoke`) {
      this.revoked += 1;
      return new Response();
    }
    if (init.method !== 'POST' || url !== `${this.issuer}/token`) return new Response(null, { status: 404 });
    if (this.tokenTrouble !== undefined) return this.tokenTrouble();
    if (new Headers(init.headers).get('Authorization') !== `Basic ${btoa('viewer:secretOfTheClient')}`) {
      return Response.json({ error: 'invalid_client' }, { status: 401 });
    }
    return form.get('grant_type') === 'refresh_token' ? await this.renewed(form) : await this.exchanged(form);
  }

  private async exchanged(form: URLSearchParams): Promise<Response> {
    const code = form.get('code') ?? '';
    const grant = this.codes.get(code);
    const fits = grant?.challenge === (await calculatePKCECodeChallenge(form.get('code_verifier') ?? ''));
    if (!fits || form.get('redirect_uri') !== `${ORIGIN}/sign-in/callback`) return invalidGrant();
    this.codes.set(code, { challenge: '', nonce: '' });
    return await this.tokens({ nonce: grant?.nonce });
  }

  /** A refresh token counts once. */
  private async renewed(form: URLSearchParams): Promise<Response> {
    if (form.get('refresh_token') !== this.refreshToken) return invalidGrant();
    this.renewals += 1;
    return await this.tokens({});
  }

  private async tokens(claims: object): Promise<Response> {
    this.refreshToken = `refresh-${this.renewals}-${crypto.randomUUID()}`;
    return Response.json({
      access_token: 'opaque',
      token_type: 'Bearer',
      expires_in: this.life,
      refresh_token: this.refreshToken,
      id_token: await this.token({ aud: 'viewer', ...claims, ...this.claims }, { header: { typ: 'JWT' } }),
    });
  }

  /** The person is signed out at the provider, or has lost the account. */
  endSession(): void {
    this.refreshToken = '';
  }
}

function invalidGrant(): Response {
  return Response.json({ error: 'invalid_grant' }, { status: 400 });
}
