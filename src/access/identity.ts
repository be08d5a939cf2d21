import type { Share } from '../archive/access/shares';
import type { SharedDeidentification } from '../archive/deidentify/deidentified-archive';
import { DAY_MS, EVERYTHING, type Grant, grantOf } from './grant';
import { ANONYMOUS, type Principal } from './principal';
import type { Role } from './role';

/** Who sends a request, and what it may do in each archive. */
export interface Identity {
  readonly principal: Principal;
  /** The share that the request has opened. */
  readonly share?: Share;
  /** Present when it is seen only de-identified. */
  readonly deidentification?: SharedDeidentification | undefined;
  /**
   * @param archive the name of an archive
   * @param now milliseconds since 1970
   */
  grantIn(archive: string, now: number): Grant;
}

/** The identity of every request where ALLOW_ANONYMOUS is set. */
export const ANYBODY: Identity = { principal: ANONYMOUS, grantIn: () => EVERYTHING };

/**
 * The grants are kept, and with them the objects from which an archive makes what is seen of it. They change with the day (UTC).
 * @param names of roles; a name that the deployment does not know gives nothing
 */
export function identityWithRoles(
  principal: Principal,
  names: readonly string[],
  roles: ReadonlyMap<string, Role>,
): Identity {
  const known = names.map((name) => roles.get(name)).filter((role) => role !== undefined);
  const grants = new Map<string, { readonly day: number; readonly grant: Grant }>();
  return {
    principal,
    grantIn: (archive, now) => {
      const day = Math.floor(now / DAY_MS);
      const found = grants.get(archive);
      if (found?.day === day) return found.grant;
      const grant = grantOf(principal, known, archive, now);
      grants.set(archive, { day, grant });
      return grant;
    },
  };
}
