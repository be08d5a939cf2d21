import type { Share } from '../archive/access/shares';
import type { Credential } from '../archive/upload/sender';
import { DAY_MS, EVERYTHING, type Grant, grantOf, type StoreTerms } from './grant';
import { ANONYMOUS, type Principal } from './principal';
import type { Role } from './role';

/** The principal that sends a request, and its permissions in each archive. */
export interface Identity {
  readonly principal: Principal;
  /** Absent where nothing can be looked up again. */
  readonly credential?: Credential | undefined;
  /** The share that the request has opened. */
  readonly share?: Share;
  /**
   * @param archive the name of an archive
   * @param now milliseconds since 1970
   */
  grantIn(archive: string, now: number): Grant;
}

/** The identity of every request where ALLOW_ANONYMOUS is set. */
export const ANYBODY: Identity = { principal: ANONYMOUS, grantIn: () => EVERYTHING };

/**
 * Keeps the grant for each archive for one day (UTC), because an archive keeps its view by the objects in a grant.
 * @param names of roles; a name that the deployment does not know gives nothing
 * @param credential which has identified the principal
 * @param own what the credential adds for stores
 */
export function identityWithRoles(
  principal: Principal,
  names: readonly string[],
  roles: ReadonlyMap<string, Role>,
  credential: Credential = { kind: 'roles', roles: names },
  own: StoreTerms = {},
): Identity {
  const known = names.map((name) => roles.get(name)).filter((role) => role !== undefined);
  const grants = new Map<string, { readonly day: number; readonly grant: Grant }>();
  return {
    principal,
    credential,
    grantIn: (archive, now) => {
      const day = Math.floor(now / DAY_MS);
      const found = grants.get(archive);
      if (found?.day === day) return found.grant;
      const grant = grantOf(principal, known, archive, now, own);
      grants.set(archive, { day, grant });
      return grant;
    },
  };
}
