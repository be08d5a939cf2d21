import { PERMISSIONS } from '../../access/permission';
import type { AppContext } from '../../dicomweb/context';
import { isPermitted } from '../gate';
import { cookieOf, SESSION_COOKIE } from '../session/cookies';

/**
 * GET /session: who sends the request, what it may do in the archive that the URL names, and the names of all archives in
 * which it may do something. The viewer asks when it begins; 401 says that one must sign in.
 */
export async function reportSession(c: AppContext): Promise<Response> {
  const identity = c.get('identity')!;
  const { kind, name } = identity.principal;
  const now = Date.now();
  const isSession = c.get('home').config.signIn !== undefined && c.req.header('Authorization') === undefined;
  return Response.json(
    {
      kind,
      name,
      permissions: PERMISSIONS.filter((permission) => isPermitted(c, permission)),
      archives: c.get('archiveNames').filter((archive) => !identity.grantIn(archive, now).isNothing),
      canSignOut: isSession && cookieOf(c.req.header('Cookie'), SESSION_COOKIE) !== undefined,
    },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}
