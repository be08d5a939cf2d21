import { LABEL } from './access/role';
import type { RetentionRule } from './archive/remove/retention-index';
import { ConfigurationError, type Settings } from './settings';

const MEMBERS = new Set(['modalities', 'labels', 'days', 'delete']);

/**
 * Reads the setting RETENTION_RULES: a table with a member for each rule. A rule with a mistake is refused: it could delete what it
 * should keep.
 * @throws ConfigurationError
 */
export function parseRetentionRules(settings: Settings): readonly RetentionRule[] {
  return Object.entries(settings.object('RETENTION_RULES')).map(([name, value]) => parseRule(name, value));
}

function parseRule(name: string, value: unknown): RetentionRule {
  const where = `RETENTION_RULES.${name}`;
  const members = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (!LABEL.test(name) || !Object.keys(members).every((member) => MEMBERS.has(member))) {
    throw new ConfigurationError(`${where} may have the members ${[...MEMBERS].join(', ')} alone.`);
  }
  const { days, modalities, labels } = members;
  if (typeof days !== 'number' || !Number.isInteger(days) || days < 1 || days > 36_500) {
    throw new ConfigurationError(`${where}.days must be a whole number of days, at least 1.`);
  }
  if (modalities === undefined && labels === undefined) {
    throw new ConfigurationError(`${where} must have modalities or labels.`);
  }
  const deletes = members.delete ?? false;
  if (typeof deletes !== 'boolean') throw new ConfigurationError(`${where}.delete must be true or false.`);
  return {
    name,
    ...(modalities !== undefined && { modalities: textsOf(`${where}.modalities`, modalities, /^[A-Z0-9_ ]{1,16}$/) }),
    ...(labels !== undefined && { labels: textsOf(`${where}.labels`, labels, LABEL) }),
    days,
    deletes,
  };
}

function textsOf(where: string, value: unknown, form: RegExp): readonly string[] {
  if (Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string' && form.test(each))) {
    return value;
  }
  throw new ConfigurationError(`${where} must be a list with at least one text of the right form.`);
}
