import type { SignIn } from '../../access/sign-in';
import type { Session, SessionRenewal } from '../../archive/access/sessions';
import type { AppContext } from '../../dicomweb/context';
import { logEvent, logFailure } from '../../log';
import { ProviderError, providerUnavailable } from '../provider/provider-fetch';
import type { Later } from '../token/token-verifier';
import type { KnownSession } from './known-sessions';
import { type ProviderTokens, type SignedIn, SignInRefused } from './openid-client';
import { randomText, seal, unseal } from './sealed';
import { signInOf } from './sign-in-of';

/** Tokens are renewed after this part of their life, while requests are still answered. */
const RENEWED_AFTER = 0.6;

/** Milliseconds after a renewal is due in which requests do not wait for it. Later requests do. */
const GRACE_MS = 10 * 60 * 1000;

/** Milliseconds after a renewal is due for which a session remains although the provider does not answer. */
const OUTAGE_MS = 60 * 60 * 1000;

/** A claim to renew ends after this time, and another request may try. */
const CLAIM_MS = 20_000;

/** How long a request waits for a renewal by another request, and between two checks. */
const PATIENCE_MS = 6000;
const LOOK_AGAIN_MS = 300;

/**
 * Looks a session up, and renews its tokens when that is due. Only one request of all isolates renews them. The other
 * requests use the session as it is.
 * @returns undefined when there is no such session, or when it is over
 * @throws HttpProblem 503 when the provider has not answered for too long
 */
export async function renewedSession(c: AppContext, signIn: SignIn, secret: string): Promise<KnownSession | undefined> {
  const { sessions } = signInOf(c.get('home'), signIn);
  const known = await sessions.find(secret, laterOf(c));
  if (known === undefined) return undefined;
  const late = lateness(known.session);
  // After hours, the person may have lost roles or the account.
  if (late > GRACE_MS) return await afterRenewal(c, signIn, secret, known);
  sessions.keep(secret, known);
  if (late >= 0) c.executionCtx.waitUntil(renew(c, signIn, secret, known.session));
  return known;
}

/** Waits until the tokens are renewed, by this request or another one. */
async function afterRenewal(
  c: AppContext,
  signIn: SignIn,
  secret: string,
  known: KnownSession,
): Promise<KnownSession | undefined> {
  const { sessions } = signInOf(c.get('home'), signIn);
  const hasFailed = (await renew(c, signIn, secret, known.session)) === 'failed';
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const newest = await sessions.find(secret, laterOf(c));
    if (newest === undefined) return undefined;
    const late = lateness(newest.session);
    if (late < GRACE_MS || hasFailed || Date.now() > deadline) {
      if (late > OUTAGE_MS) throw providerUnavailable();
      sessions.keep(secret, newest);
      return newest;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

function laterOf(c: AppContext): Later {
  return (work) => c.executionCtx.waitUntil(work);
}

/** When the tokens are to be renewed, for a session that has just got them. */
export function renewalTime({ tokens, lifeMs }: SignedIn, now: number): number | undefined {
  return tokens.refreshToken === undefined ? undefined : Math.floor(now + lifeMs * RENEWED_AFTER);
}

/** Milliseconds since a renewal was due; negative: it is not. */
function lateness({ renewAt }: Session): number {
  return renewAt === undefined ? -1 : Date.now() - renewAt;
}

/** `waiting`: another request renews them. */
type Outcome = 'done' | 'failed' | 'waiting';

/** Renews the tokens of a session, unless another request does. A session that the provider has ended ends here too. */
async function renew(c: AppContext, signIn: SignIn, secret: string, session: Session): Promise<Outcome> {
  const { archive } = c.get('home');
  try {
    const claimant = randomText();
    const now = Date.now();
    if (!(await archive.sessions.claimRenewal(session.id, claimant, now, now + CLAIM_MS))) return 'waiting';
    // Another request may have renewed them since this one looked.
    const newest = await archive.sessions.find(session.id);
    if (newest !== undefined) {
      await archive.sessions.renew(session.id, claimant, await renewalOf(c, signIn, newest));
    }
    return 'done';
  } catch (error) {
    if (error instanceof SignInRefused && OVER.has(error.message)) {
      logEvent('session-ended-by-provider', { reason: error.message });
      await archive.sessions.end(session.id).catch(() => undefined);
      signInOf(c.get('home'), signIn).sessions.forget(secret);
      return 'done';
    }
    // The claim expires. Until then, no request tries again.
    const said = error instanceof SignInRefused || error instanceof ProviderError;
    logFailure('session-not-renewed', said ? undefined : error, said ? { reason: error.message } : {});
    return 'failed';
  }
}

/** RFC 6749 5.2: the refresh token has ended. The other codes mean that the archive is configured wrongly. */
const OVER: ReadonlySet<string> = new Set(['invalid_grant', 'no_tokens', 'other_subject']);

async function renewalOf(c: AppContext, signIn: SignIn, session: Session): Promise<SessionRenewal> {
  const { client } = signInOf(c.get('home'), signIn);
  const tokens = await unseal<ProviderTokens>(signIn, session.id, session.tokens);
  if (tokens === undefined) throw new SignInRefused('no_tokens');
  const got = await client.renew(tokens, laterOf(c));
  const { subject } = got;
  if (subject !== undefined && subject.principal.id !== session.principal) throw new SignInRefused('other_subject');
  return {
    name: subject === undefined ? session.name : subject.principal.name,
    roles: subject?.roles ?? session.roles,
    tokens: await seal(signIn, session.id, got.tokens),
    renewAt: renewalTime(got, Date.now()),
  };
}
