import { type Viewpoint, type Visibility, type VisibleStudies, WHOLE } from '../archive/visibility';
import { PERMISSIONS, type Permission } from './permission';
import type { Principal } from './principal';
import type { Role, StudyRule } from './role';

/** What a principal may do in one archive: its permissions, and the studies to which each of them applies. */
export interface Grant {
  /** The principal has no permission. */
  readonly isNothing: boolean;
  /** @returns undefined when the principal does not have the permission */
  viewpoint(permission: Permission): Viewpoint | undefined;
}

/** Everything: for ALLOW_ANONYMOUS. */
export const EVERYTHING: Grant = { isNothing: false, viewpoint: () => WHOLE };

/** No permission. */
export const NOTHING: Grant = { isNothing: true, viewpoint: () => undefined };

/** A grant depends on the day (UTC), and not on the time of the day. */
export const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Decides what a principal with these roles may do in an archive. This is the only function that does: a permission that
 * no role gives is not had. Several roles add up.
 * @param roles those of the principal
 * @param archive name of the archive
 * @param now milliseconds since 1970, for conditions on the age of a study
 */
export function grantOf(principal: Principal, roles: readonly Role[], archive: string, now: number): Grant {
  const here = roles.filter(({ archives }) => archives.includes('*') || archives.includes(archive));
  // Who stores a study chooses its Patient ID, and would choose whose other studies can be seen.
  const chooses = here.some(({ permissions }) => permissions.has('store'));
  const views = new Map<Permission, Viewpoint>();
  for (const permission of PERMISSIONS) {
    const giving = here.filter(({ permissions }) => permissions.has(permission));
    if (giving.length === 0) continue;
    views.set(permission, {
      principal: principal.id,
      visibility: visibilityOf(principal, permission, chooses ? giving.map(withoutPriors) : giving, now),
      labels: permission === 'store' ? [...new Set(giving.flatMap(({ labels }) => labels))].sort() : [],
    });
  }
  return { isNothing: views.size === 0, viewpoint: (permission) => views.get(permission) };
}

function visibilityOf(principal: Principal, permission: Permission, giving: readonly Role[], now: number): Visibility {
  const sets: VisibleStudies[] = [];
  for (const { studies } of giving) {
    if (studies === undefined) return 'everything';
    sets.push(studiesOf(studies, principal, now));
  }
  // A study arrives in several requests. The principal can add to a study that it began, whatever the study says.
  if (permission === 'store') sets.push({ storedBy: principal.id });
  return sets;
}

function withoutPriors(role: Role): Role {
  const { withPriors: _, ...studies } = role.studies ?? {};
  return role.studies === undefined ? role : { ...role, studies };
}

function studiesOf(
  { own, studyDateWithinDays, ...rest }: StudyRule,
  principal: Principal,
  now: number,
): VisibleStudies {
  return {
    ...rest,
    ...(own ? { storedBy: principal.id } : {}),
    ...(studyDateWithinDays === undefined ? {} : { studyDateFrom: dateOf(now - studyDateWithinDays * DAY_MS) }),
  };
}

/** YYYYMMDD, in UTC. */
function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10).replaceAll('-', '');
}
