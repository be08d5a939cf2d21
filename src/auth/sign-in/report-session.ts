import { PERMISSIONS } from '../../access/permission';
import type { AppContext } from '../../dicomweb/context';
import { isPermitted } from '../gate';
import { cookieOf, SESSION_COOKIE } from '../session/cookies';

/**
 * GET /session: the sender of the request (`id`: two people may have one name), its permissions in the archive that the URL names, whether
 * it may download files, and the names of all archives in which it has permissions. The viewer asks when it starts; 401
 * means that the user must sign in.
 */
export async function reportSession(c: AppContext): Promise<Response> {
  const identity = c.get('identity')!;
  const { kind, id, name } = identity.principal;
  const now = Date.now();
  const isSession = c.get('home').config.signIn !== undefined && c.req.header('Authorization') === undefined;
  return Response.json(
    {
      kind,
      id,
      name,
      permissions: PERMISSIONS.filter((permission) => isPermitted(c, permission)),
      downloads: isPermitted(c, 'retrieve') && identity.share?.download !== false,
      archives: c.get('archiveNames').filter((archive) => !identity.grantIn(archive, now).isNothing),
      canSignOut: isSession && cookieOf(c.req.header('Cookie'), SESSION_COOKIE) !== undefined,
    },
    { headers: { 'Cache-Control': 'no-store' } },
  );
}
