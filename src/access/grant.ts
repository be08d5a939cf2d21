import { commonOptions, type DeidentifiedView } from '../archive/deidentify/deidentified-view';
import { type StoreQuota, type Viewpoint, type Visibility, type VisibleStudies, WHOLE } from '../archive/visibility';
import { PERMISSIONS, type Permission } from './permission';
import type { Principal } from './principal';
import type { Role, StudyRule } from './role';

/** What a principal may do in one archive: its permissions, and the studies to which each of them applies. */
export interface Grant {
  /** The principal has no permission. */
  readonly isNothing: boolean;
  /** @returns undefined when the principal does not have the permission */
  viewpoint(permission: Permission): Viewpoint | undefined;
  /** How everything is de-identified for the principal; absent: not at all. */
  readonly deidentified?: DeidentifiedView | undefined;
}

/** What a credential adds to its roles for stores. */
export interface StoreTerms {
  /** Labels of studies whose first instance is stored with it. */
  readonly labels?: readonly string[];
  readonly quota?: StoreQuota;
}

/** The grant of every permission, for ALLOW_ANONYMOUS. */
export const EVERYTHING: Grant = { isNothing: false, viewpoint: () => WHOLE };

/** The grant of no permission. */
export const NOTHING: Grant = { isNothing: true, viewpoint: () => undefined };

/** A grant depends on the day (UTC), and not on the time of the day. */
export const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Decides what a principal with these roles may do in an archive. No other function decides this. The principal has only
 * the permissions that its roles give, and several roles add up. If one of them de-identifies, only those that do so count:
 * another role would show what they hide.
 * @param roles those of the principal
 * @param archive name of the archive
 * @param now milliseconds since 1970, for conditions on the age of a study
 * @param own what the credential adds to the roles for stores
 */
export function grantOf(
  principal: Principal,
  roles: readonly Role[],
  archive: string,
  now: number,
  own: StoreTerms = {},
): Grant {
  const given = roles.filter(({ archives }) => archives.includes('*') || archives.includes(archive));
  const options = given.map(({ deidentify }) => deidentify).filter((each) => each !== undefined);
  const here = options.length === 0 ? given : given.filter(({ deidentify }) => deidentify !== undefined);
  // The sender of a study chooses its Patient ID. With priors, a sender could see the other studies of any patient.
  const chooses = here.some(({ permissions }) => permissions.has('store'));
  const reads = here.some(({ permissions }) => permissions.has('search') || permissions.has('retrieve'));
  const views = new Map<Permission, Viewpoint>();
  for (const permission of PERMISSIONS) {
    const giving = here.filter(({ permissions }) => permissions.has(permission));
    if (giving.length === 0) continue;
    views.set(permission, {
      principal: principal.id,
      visibility: visibilityOf(principal, permission, chooses ? giving.map(withoutPriors) : giving, now),
      labels: [],
      ...(permission === 'store' && storeTermsOf(giving, own)),
      ...(permission === 'store' && !reads && { storesOnly: true }),
    });
  }
  return {
    isNothing: views.size === 0,
    viewpoint: (permission) => views.get(permission),
    deidentified: options.length === 0 ? undefined : { options: commonOptions(options) },
  };
}

/** The labels of all roles count. The largest quota of the roles counts, but not more than the credential's own. */
function storeTermsOf(giving: readonly Role[], own: StoreTerms): Pick<Viewpoint, 'labels' | 'quota'> {
  const labels = [...giving.flatMap((role) => role.labels), ...(own.labels ?? [])];
  const limitOf = (what: keyof StoreQuota): StoreQuota => {
    const ofRoles = Math.max(...giving.map(({ quota }) => quota?.[what] ?? Number.POSITIVE_INFINITY));
    const limit = Math.min(ofRoles, own.quota?.[what] ?? Number.POSITIVE_INFINITY);
    return limit === Number.POSITIVE_INFINITY ? {} : { [what]: limit };
  };
  const quota = { ...limitOf('bytes'), ...limitOf('instances') };
  return { labels: [...new Set(labels)].sort(), ...(Object.keys(quota).length > 0 && { quota }) };
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
