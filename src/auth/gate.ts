import type { MiddlewareHandler } from 'hono';
import { NOTHING } from '../access/grant';
import type { Permission, RouteAccess } from '../access/permission';
import { DEFAULT_ARCHIVE } from '../access/role';
import type { AppContext, AppEnv } from '../dicomweb/context';
import { HttpProblem } from '../http/problem';
import { archiveToRead } from './copy-of-index';
import { unauthorized } from './credential';
import { endedCredential } from './ended-credential';
import { identify } from './identify';
import { seeSharer } from './share/sharer';

/**
 * The gate that every request passes before any look-up, caches included. It identifies the sender of the request;
 * `permit` then decides whether the request may be handled. A deployment without access control lets no client in.
 */
export const gate: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { allowAnonymous, roles } = c.get('config');
  if (!allowAnonymous && roles.size === 0) {
    throw new HttpProblem(
      'no-access-control',
      'This deployment has no access control configured, so it refuses every request.',
    );
  }
  try {
    const identity = await identify(c);
    c.set('identity', identity);
    if (identity !== undefined) {
      c.set('isEnded', endedCredential(c, identity));
      seeSharer(c, identity, Date.now());
    }
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    // A route that needs no identity, such as the one that signs in, is reached with an expired credential too.
    c.set('refusal', error);
  }
  await next();
};

/**
 * Decides whether the request may be handled. It gives the handler the archive as this principal sees it. Handlers of
 * studies have no other way to an archive.
 * @throws HttpProblem 401 without a valid credential, 403 without the permission
 */
export function permit(c: AppContext, access: RouteAccess): void {
  const archive = c.get('archiveName');
  if (access === 'secret' || (access === 'nothing' && archive === DEFAULT_ARCHIVE)) return;
  const identity = c.get('identity');
  if (identity === undefined) throw c.get('refusal') ?? unauthorized(c, 'Sign in, or send a token or an API key.');
  const grant = archive === undefined ? NOTHING : identity.grantIn(archive, Date.now());
  // A principal does not learn whether an archive exists in which it has no permission.
  if (archive !== DEFAULT_ARCHIVE && grant.isNothing) throw new HttpProblem('not-found', 'There is no such resource.');
  if (access === 'identity' || access === 'nothing') return;
  if (identity.share?.download === false && DOWNLOADS.has(c.get('transaction') ?? '')) {
    throw new HttpProblem('forbidden', 'This share can be viewed, but not downloaded.');
  }
  const viewpoint = grant.viewpoint(access);
  if (viewpoint === undefined) {
    throw new HttpProblem('forbidden', `This needs the permission "${access}".`, {
      // RFC 6750 3.1.
      'WWW-Authenticate': `Bearer realm="dicomweb", error="insufficient_scope", scope="${access}"`,
    });
  }
  c.set('archive', archiveToRead(c, access, identity, grant).confinedTo(viewpoint));
  if (grant.deidentified !== undefined) c.set('deidentified', grant.deidentified);
}

/** Transactions for whole studies and series, which viewers do not need. */
const DOWNLOADS: ReadonlySet<string> = new Set([
  'RetrieveStudy',
  'RetrieveSeries',
  'RetrieveStudyBulkdata',
  'RetrieveSeriesBulkdata',
  'RetrieveStudyPixelData',
  'RetrieveSeriesPixelData',
]);

/** Whether the principal of the request has a permission: for routes that then give a longer answer. */
export function isPermitted(c: AppContext, permission: Permission): boolean {
  const identity = c.get('identity');
  const archive = c.get('archiveName');
  if (identity === undefined || archive === undefined) return false;
  return identity.grantIn(archive, Date.now()).viewpoint(permission) !== undefined;
}
