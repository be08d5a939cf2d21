import { type DeidentifiedView, viewOptionsOf } from '../archive/deidentify/deidentified-view';
import type { StoreQuota, VisibleStudies } from '../archive/visibility';
import { ConfigurationError, type Settings } from '../settings';
import { flagOf, objectOf, textsOf } from './members';
import { isPermission, PERMISSIONS, type Permission } from './permission';

/** The name of a deployment's own archive in roles: the one at /dicomweb and /wado. */
export const DEFAULT_ARCHIVE = 'default';

/** A named set of permissions, for named archives, for all or a part of their studies. */
export interface Role {
  readonly name: string;
  readonly permissions: ReadonlySet<Permission>;
  /** Names of archives; `*` stands for every archive. */
  readonly archives: readonly string[];
  /** The studies to which the permissions apply; absent: all. */
  readonly studies?: StudyRule;
  /** Labels that studies get when a principal with this role stores their first instance. */
  readonly labels: readonly string[];
  /** What each principal with this role may store; absent: as much as the archive has room for. */
  readonly quota?: StoreQuota;
  /** The principal sees everything de-identified, with these options; absent: as stored. */
  readonly deidentify?: DeidentifiedView['options'];
}

/** Which studies a role can see, before the principal and the day are known. */
export interface StudyRule extends Omit<VisibleStudies, 'studyDateFrom' | 'storedBy' | 'scopes'> {
  /** The Study Date is at most this number of days ago. */
  readonly studyDateWithinDays?: number;
  /** Whether only studies count that the principal itself has stored. */
  readonly own?: boolean;
}

const ROLE_MEMBERS = new Set(['permissions', 'archives', 'studies', 'labels', 'quota', 'deidentify']);

/** The members of a rule that are lists of texts, by the name in the setting. */
const LISTS = {
  ReferringPhysicianName: 'referringPhysicianName',
  InstitutionName: 'institutionName',
  IssuerOfPatientID: 'issuerOfPatientID',
  AccessionNumber: 'accessionNumber',
  labels: 'labels',
} as const;

const RULE_MEMBERS = [...Object.keys(LISTS), 'StudyDateWithinDays', 'own', 'priors'];

/**
 * Reads the setting ROLES: an object with a member for each role. A role with a mistake is refused, because a confinement
 * that is dropped would open the archive.
 * @throws ConfigurationError
 */
export function parseRoles(settings: Settings): ReadonlyMap<string, Role> {
  const roles = new Map<string, Role>();
  for (const [name, value] of Object.entries(settings.object('ROLES'))) roles.set(name, parseRole(name, value));
  return roles;
}

/** API keys, statistics and the record are not divided by studies. */
const OF_WHOLE_ARCHIVE: ReadonlySet<Permission> = new Set<Permission>(['administer', 'audit']);

function parseRole(name: string, value: unknown): Role {
  const where = `ROLES.${name}`;
  const members = objectOf(where, value, (member) => ROLE_MEMBERS.has(member));
  const permissions = textsOf(`${where}.permissions`, members.permissions);
  if (permissions.length === 0 || !permissions.every(isPermission)) {
    throw new ConfigurationError(`${where}.permissions must be a list of ${PERMISSIONS.join(', ')}.`);
  }
  const studies = members.studies === undefined ? undefined : parseRule(`${where}.studies`, members.studies);
  if (studies !== undefined && permissions.some((each) => OF_WHOLE_ARCHIVE.has(each))) {
    const names = [...OF_WHOLE_ARCHIVE].join(' and ');
    throw new ConfigurationError(`${where}.studies: ${names} concern the whole archive. Give them by another role.`);
  }
  if (studies?.withPriors && permissions.includes('store')) {
    throw new ConfigurationError(`${where}.studies.priors cannot be combined with the permission store.`);
  }
  return {
    name,
    permissions: new Set(permissions),
    archives: members.archives === undefined ? [DEFAULT_ARCHIVE] : textsOf(`${where}.archives`, members.archives),
    labels: members.labels === undefined ? [] : textsOf(`${where}.labels`, members.labels).map(labelOf(where)),
    ...(studies === undefined ? {} : { studies }),
    ...(members.quota === undefined ? {} : { quota: parseQuota(where, members.quota, permissions) }),
    ...(members.deidentify === undefined
      ? {}
      : { deidentify: parseDeidentify(where, members.deidentify, permissions) }),
  };
}

const QUOTA_MEMBERS: readonly (keyof StoreQuota)[] = ['bytes', 'instances'];

function parseQuota(where: string, value: unknown, permissions: readonly Permission[]): StoreQuota {
  if (!permissions.includes('store')) throw new ConfigurationError(`${where}.quota needs the permission store.`);
  const quota = quotaOf(value);
  if (quota !== undefined) return quota;
  throw new ConfigurationError(
    `${where}.quota must be a table with bytes, instances or both: whole numbers from 1 on.`,
  );
}

/** Reads a quota from a setting or from a request. @returns undefined when it is none */
export function quotaOf(value: unknown): StoreQuota | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const members = Object.entries(value);
  const isQuota = ([name, limit]: [string, unknown]) =>
    (QUOTA_MEMBERS as readonly string[]).includes(name) && Number.isSafeInteger(limit) && Number(limit) > 0;
  return members.length > 0 && members.every(isQuota) ? (value as StoreQuota) : undefined;
}

/** The permissions that a principal may have in an archive that it sees de-identified. */
const OF_DEIDENTIFIED: ReadonlySet<Permission> = new Set<Permission>(['search', 'retrieve']);

function parseDeidentify(
  where: string,
  value: unknown,
  permissions: readonly Permission[],
): DeidentifiedView['options'] {
  if (!permissions.every((each) => OF_DEIDENTIFIED.has(each))) {
    throw new ConfigurationError(`${where}.deidentify needs a role with ${[...OF_DEIDENTIFIED].join(' and ')} alone.`);
  }
  const options = viewOptionsOf(value);
  if (options !== undefined) return options;
  throw new ConfigurationError(`${where}.deidentify must be true, or a table of options: docs/deidentification.md.`);
}

/** Texts of one condition. */
const MOST_TEXTS = 50;
/** Each text with wildcards makes every statement longer, and a statement of D1 may have 100 KB. */
const MOST_PATTERNS = 10;

function parseRule(where: string, value: unknown): StudyRule {
  const members = objectOf(where, value, (member) => RULE_MEMBERS.includes(member));
  const rule: { -readonly [Name in keyof StudyRule]: StudyRule[Name] } = {};
  for (const [name, member] of Object.entries(LISTS)) {
    if (members[name] === undefined) continue;
    const texts = textsOf(`${where}.${name}`, members[name]);
    const patterns = texts.filter((text) => /[*?]/.test(text));
    if (texts.length === 0 || texts.length > MOST_TEXTS || !texts.every((text) => /[\p{L}\p{N}]/u.test(text))) {
      throw new ConfigurationError(
        `${where}.${name} must be a list of 1 to ${MOST_TEXTS} texts, each of which has a letter or a digit.`,
      );
    }
    if (patterns.length > MOST_PATTERNS) {
      throw new ConfigurationError(`${where}.${name} may have at most ${MOST_PATTERNS} texts with * or ?.`);
    }
    rule[member] = texts;
  }
  const days = members.StudyDateWithinDays;
  if (days !== undefined) {
    if (typeof days !== 'number' || !Number.isInteger(days) || days < 0 || days > 36_500) {
      throw new ConfigurationError(`${where}.StudyDateWithinDays must be a whole number of days.`);
    }
    rule.studyDateWithinDays = days;
  }
  if (flagOf(`${where}.own`, members.own)) rule.own = true;
  if (Object.keys(rule).length === 0) {
    throw new ConfigurationError(`${where} must have a condition: one of ${RULE_MEMBERS.join(', ')}.`);
  }
  if (flagOf(`${where}.priors`, members.priors)) {
    // The sender of a study chooses its Patient ID. With priors, a sender could see the other studies of any patient.
    if (rule.own) throw new ConfigurationError(`${where}.priors cannot be combined with own.`);
    rule.withPriors = true;
  }
  return rule;
}

/** A label is a short word, so that it can be part of a URL and of a list. */
export const LABEL = /^[A-Za-z0-9][\w.-]{0,63}$/;

function labelOf(where: string): (text: string) => string {
  return (text) => {
    if (!LABEL.test(text)) {
      throw new ConfigurationError(
        `${where}.labels: a label has up to 64 letters, digits, dots, hyphens or underscores.`,
      );
    }
    return text;
  };
}
