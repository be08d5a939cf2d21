import type { SignIn } from '../../access/sign-in';
import { SIGN_IN_MS } from '../../archive/access/sessions';
import type { AppContext } from '../../dicomweb/context';
import { logEvent } from '../../log';
import { ProviderError } from '../provider/provider-fetch';
import { cookieOf, SESSION_COOKIE, setCookie, signInCookie } from '../session/cookies';
import { type SignedIn, SignInRefused } from '../session/openid-client';
import { renewalTime } from '../session/renewal';
import { digestOfText, randomText, seal, unseal } from '../session/sealed';
import { signInOf } from '../session/sign-in-of';
import { InvalidToken } from '../token/token-verifier';
import { notConfigured, providerSilent, signInOver, signInRefused } from './answers';
import { FLOW, type KeptFlow, redirect } from './begin-sign-in';

/**
 * GET /sign-in/callback: the provider has sent the browser back with a code (RFC 6749 4.1.2). The state must be that of a
 * sign-in which this browser began, and counts once.
 */
export async function finishSignIn(c: AppContext): Promise<Response> {
  const { archive, config } = c.get('home');
  const { signIn } = config;
  if (signIn === undefined) return notConfigured();
  const state = c.req.query('state') ?? '';
  const cookie = signInCookie(state);
  const sealed = /^[\w-]{20,}$/.test(state) ? cookieOf(c.req.header('Cookie'), cookie) : undefined;
  const flow = sealed && (await unseal<KeptFlow>(signIn, FLOW, sealed));
  const now = Date.now();
  if (!flow || flow.state !== state || now > flow.begunAt + SIGN_IN_MS) return signInOver();
  const forgotten = setCookie(cookie, '', 0);
  if (!(await archive.sessions.useState(await digestOfText(state), randomText(), now))) {
    return signInOver([['Set-Cookie', forgotten]]);
  }
  try {
    const answer = new URL(c.req.url).searchParams;
    const { client } = signInOf(c.get('home'), signIn);
    const got = await client.exchange(answer, flow, (work) => c.executionCtx.waitUntil(work));
    return redirect(flow.back, forgotten, await beginSession(c, signIn, got));
  } catch (error) {
    if (error instanceof ProviderError) return providerSilent(flow.back);
    if (!(error instanceof SignInRefused || error instanceof InvalidToken)) throw error;
    const reason = error instanceof SignInRefused ? error.message : 'invalid_token';
    logEvent('sign-in-refused', { reason });
    return signInRefused(flow.back, reason, [['Set-Cookie', forgotten]]);
  }
}

/** @returns the cookie of the new session */
async function beginSession(c: AppContext, signIn: SignIn, got: SignedIn): Promise<string> {
  const { archive } = c.get('home');
  const { subject } = got;
  if (subject === undefined) throw new SignInRefused('no_subject');
  // The secret is new each time, so that a cookie which an attacker has put into the browser never becomes a session.
  const secret = randomText();
  const id = await digestOfText(secret);
  const now = Date.now();
  await archive.sessions.begin({
    id,
    principal: subject.principal.id,
    name: subject.principal.name,
    roles: subject.roles,
    tokens: await seal(signIn, id, got.tokens),
    begunAt: now,
    seenAt: now,
    endsAt: now + signIn.sessionMs,
    renewAt: renewalTime(got, now),
  });
  logEvent('signed-in');
  c.set('recorded', { principal: subject.principal });
  // The session that the browser had before is over.
  const old = cookieOf(c.req.header('Cookie'), SESSION_COOKIE);
  if (old !== undefined) c.executionCtx.waitUntil(endSession(c, old));
  return setCookie(SESSION_COOKIE, secret, signIn.sessionMs);
}

async function endSession(c: AppContext, secret: string): Promise<void> {
  await c.get('home').archive.sessions.end(await digestOfText(secret));
}
