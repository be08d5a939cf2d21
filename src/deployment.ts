import { DEFAULT_ARCHIVE } from './access/role';
import type { Archive } from './archive/ports';
import { IndexingWatch } from './archive/search-attributes/indexing-watch';
import { type Config, parseConfig } from './config';
import { countersIn } from './counters';
import { ConfigurationError, Settings } from './settings';

/** One archive of a deployment, with its settings. */
export interface DeployedArchive {
  /** The name of the archive in roles and URLs. */
  readonly name: string;
  readonly config: Config;
  readonly archive: Archive;
  /** How much of the archive is indexed by the configured attributes. */
  readonly indexing: IndexingWatch;
}

/** Opens an archive of a deployment. @returns undefined when the deployment has no bindings for it */
export type OpenArchive = (env: Env, name: string) => Archive | undefined;

/** The form of archive names in URLs, in ARCHIVES and, in capitals, in the names of bindings. */
const NAME = /^[a-z][a-z0-9-]{0,30}$/;

/** The settings that an archive may have of its own. Who has access is the deployment's decision. */
const OWN_SETTINGS =
  /^(DUPLICATES|RETENTION_DAYS|RETENTION_RULES|ASIDE_DAYS|AUDIT_DAYS|AUDIT_SEARCH_DAYS|SEARCH_ATTRIBUTES|SEARCH_CASE|FRAME_COPIES|LOG_REQUESTS|VERIFY_MB_PER_HOUR|MAX_[A-Z_]+)$/;

/**
 * The archives of one deployment: its own, and those that the setting ARCHIVES names, each with the settings that differ.
 * @throws ConfigurationError
 */
export class Deployment {
  /** The names of all archives; the deployment's own is the first. */
  readonly names: readonly string[];
  private readonly settings: ReadonlyMap<string, Record<string, unknown>>;
  private readonly opened = new Map<string, DeployedArchive>();

  constructor(
    private readonly env: Env,
    private readonly open: OpenArchive,
  ) {
    countersIn({ ...env });
    this.settings = ownSettings({ ...env });
    this.names = [DEFAULT_ARCHIVE, ...this.settings.keys()];
    // A mistake in the settings of one archive stops the deployment at once, not on the first request to that archive.
    for (const name of this.names) this.find(name);
  }

  /** @returns undefined when the deployment has no archive of this name */
  find(name: string): DeployedArchive | undefined {
    const known = this.opened.get(name);
    if (known !== undefined) return known;
    const own = name === DEFAULT_ARCHIVE ? {} : this.settings.get(name);
    if (own === undefined) return undefined;
    const config = configOf(name, { ...this.env, ...own });
    const archive = this.open(this.env, name);
    if (archive === undefined) {
      throw new ConfigurationError(`ARCHIVES.${name} needs a D1 database with the binding ${bindingOf('DB', name)}.`);
    }
    const found = { name, config, archive, indexing: new IndexingWatch(archive, config.searchAttributes) };
    this.opened.set(name, found);
    return found;
  }
}

/** @throws ConfigurationError which names the archive: what is wrong for all of them is told of the deployment's own, the first */
function configOf(name: string, settings: Record<string, unknown>): Config {
  try {
    return parseConfig(settings);
  } catch (error) {
    if (!(error instanceof ConfigurationError) || name === DEFAULT_ARCHIVE) throw error;
    throw new ConfigurationError(`ARCHIVES.${name}: ${error.message}`);
  }
}

/** The name of a binding of an archive: DB_NORTH_CLINIC is the database of north-clinic, DB2_NORTH_CLINIC its second one. */
export function bindingOf(kind: 'DB' | `DB${number}` | 'BUCKET', archive: string): string {
  return archive === DEFAULT_ARCHIVE ? kind : `${kind}_${archive.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * The bindings of an archive's databases beside the first one, in the order of their numbers, from 2.
 * @throws ConfigurationError when one between them is missing
 */
export function furtherDatabases<Binding>(bindings: Readonly<Record<string, Binding>>, archive: string): Binding[] {
  const [start, end] = archive === DEFAULT_ARCHIVE ? ['DB', ''] : ['DB', bindingOf('DB', archive).slice(2)];
  const numbers = Object.keys(bindings).flatMap((name) => {
    const number = name.startsWith(start) && name.endsWith(end) ? name.slice(2, name.length - end.length) : '';
    return /^([2-9]|[1-9][0-9]+)$/.test(number) ? [Number(number)] : [];
  });
  return numbers
    .sort((one, other) => one - other)
    .map((number, at) => {
      if (number === at + 2) return bindings[bindingOf(`DB${number}`, archive)]!;
      throw new ConfigurationError(`The D1 database with the binding ${bindingOf(`DB${at + 2}`, archive)} is missing.`);
    });
}

function ownSettings(env: Record<string, unknown>): ReadonlyMap<string, Record<string, unknown>> {
  const archives = new Map<string, Record<string, unknown>>();
  for (const [name, own] of Object.entries(new Settings(env).object('ARCHIVES'))) {
    if (!NAME.test(name) || name === DEFAULT_ARCHIVE) {
      throw new ConfigurationError(
        'ARCHIVES: the name of an archive has up to 31 lower-case letters, digits and hyphens, and is not "default".',
      );
    }
    if (typeof own !== 'object' || own === null || Array.isArray(own)) {
      throw new ConfigurationError(`ARCHIVES.${name} must be a table of settings.`);
    }
    const wrong = Object.keys(own).find((each) => !OWN_SETTINGS.test(each));
    if (wrong !== undefined) throw new ConfigurationError(`ARCHIVES.${name} cannot have the setting ${wrong}.`);
    archives.set(name, own as Record<string, unknown>);
  }
  return archives;
}
