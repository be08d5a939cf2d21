import { generateRandomCodeVerifier, generateRandomNonce, generateRandomState } from 'oauth4webapi';
import type { SignIn } from '../../access/sign-in';
import { publicOrigin } from '../../addresses';
import { SIGN_IN_MS } from '../../archive/access/sessions';
import type { AppContext } from '../../dicomweb/context';
import { ProviderError } from '../provider/provider-fetch';
import { setCookie, signInCookie } from '../session/cookies';
import type { SignInFlow } from '../session/openid-client';
import { seal } from '../session/sealed';
import { signInOf } from '../session/sign-in-of';
import { notConfigured, providerSilent } from './answers';
import { returnAddress } from './return-address';

/** The state of a sign-in, which the browser keeps encrypted. */
export interface KeptFlow extends SignInFlow {
  /** The page to return to. */
  readonly back: string;
  readonly begunAt: number;
}

/** The purpose for which the cookie is sealed. */
export const FLOW = 'sign-in';

/** GET /sign-in: sends the browser to the provider, and later back to the page of this origin that `return` names. */
export async function beginSignIn(c: AppContext): Promise<Response> {
  const { signIn } = c.get('home').config;
  if (signIn === undefined) return notConfigured();
  const root = publicOrigin(c.get('home').config, c.req.url);
  const flow: KeptFlow = {
    state: generateRandomState(),
    nonce: generateRandomNonce(),
    codeVerifier: generateRandomCodeVerifier(),
    redirectURI: `${root}/sign-in/callback`,
    back: returnAddress(root, c.req.query('return')),
    begunAt: Date.now(),
  };
  try {
    const location = await signInOf(c.get('home'), signIn).client.authorizationURL(flow);
    return redirect(location, await cookieFor(signIn, flow));
  } catch (error) {
    if (error instanceof ProviderError) return providerSilent(flow.back);
    throw error;
  }
}

async function cookieFor(signIn: SignIn, flow: KeptFlow): Promise<string> {
  return setCookie(signInCookie(flow.state), await seal(signIn, FLOW, flow), SIGN_IN_MS);
}

/** RFC 9110 15.4.4. @param cookies values of Set-Cookie */
export function redirect(location: string, ...cookies: string[]): Response {
  return new Response(null, {
    status: 303,
    headers: [
      ['Location', location],
      ['Cache-Control', 'no-store'],
      ['Referrer-Policy', 'no-referrer'],
      ...cookies.map((cookie): [string, string] => ['Set-Cookie', cookie]),
    ],
  });
}
