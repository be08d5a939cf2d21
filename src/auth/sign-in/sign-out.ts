import { publicOrigin } from '../../addresses';
import type { AppContext } from '../../dicomweb/context';
import { logEvent } from '../../log';
import { cookieOf, SESSION_COOKIE, setCookie } from '../session/cookies';
import type { ProviderTokens } from '../session/openid-client';
import { digestOfText, unseal } from '../session/sealed';
import { signInOf } from '../session/sign-in-of';
import { signedOut } from './answers';

/**
 * POST /sign-out: ends the session here at once, in other isolates within 15 seconds, and returns the provider's page that
 * ends it there. The page opens that address by script, because the Content-Security-Policy does not allow forms to leave
 * the origin.
 */
export async function signOut(c: AppContext): Promise<Response> {
  const back = `${publicOrigin(c.get('home').config, c.req.url)}/sign-out`;
  const next = (await endSession(c, back)) ?? back;
  return Response.json(
    { continue: next },
    {
      headers: [
        ['Set-Cookie', setCookie(SESSION_COOKIE, '', 0)],
        ['Cache-Control', 'no-store'],
        // Pages that the browser keeps for the back button, too.
        ['Clear-Site-Data', '"cache"'],
      ],
    },
  );
}

/** GET /sign-out: the page to which the provider sends the browser. It ends no session, because any page can link to it. */
export async function showSignedOut(): Promise<Response> {
  return signedOut();
}

/** @returns the provider's page that ends the session there */
async function endSession(c: AppContext, back: string): Promise<string | undefined> {
  const { archive, config } = c.get('home');
  const secret = cookieOf(c.req.header('Cookie'), SESSION_COOKIE);
  if (secret === undefined || config.signIn === undefined) return undefined;
  const { sessions, client } = signInOf(c.get('home'), config.signIn);
  const id = await digestOfText(secret);
  const session = await archive.sessions.find(id);
  sessions.forget(secret);
  if (session === undefined) return undefined;
  await archive.sessions.end(id);
  logEvent('signed-out');
  const tokens = (await unseal<ProviderTokens>(config.signIn, id, session.tokens)) ?? {};
  c.executionCtx.waitUntil(client.revoke(tokens).catch(() => undefined));
  return await client.endSessionURL(tokens, back).catch(() => undefined);
}
