import { PERMISSIONS } from '../../access/permission';
import type { AppContext } from '../../dicomweb/context';
import { isPermitted } from '../gate';
import { cookieOf, SESSION_COOKIE } from '../session/cookies';

/**
 * GET /session: who sends the request, and what it may do in the archive that the URL names. The viewer asks when it begins;
 * 401 says that one must sign in.
 */
export async function reportSession(c: AppContext): Promise<Response> {
  const { kind, name } = c.get('identity')!.principal;
  const isSession = c.get('home').config.signIn !== undefined && c.req.header('Authorization') === undefined;
  return Response.json(
    {
      kind,
      name,
      permissions: PERMISSIONS.filter((permission) => isPermitted(c, permission)),
      canSignOut: isSession && cookieOf(c.req.header('Cookie'), SESSION_COOKIE) !== undefined,
    },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}
