import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindingOf } from '../archives/names.mjs';
import { tableOf } from '../archives/table.mjs';

/**
 * The names of the archives that a data folder holds beside the default one. The folder keeps the names, so that every
 * later version migrates all of its databases.
 * @param {string} data
 * @param {readonly string[]} added
 * @returns {string[]}
 */
export function archivesIn(data, added) {
  const file = join(data, 'archives.json');
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
  const names = [...new Set([...kept, ...added])];
  if (names.length > kept.length) writeFileSync(file, JSON.stringify(names));
  return names;
}

/**
 * How many databases the default archive of a data folder has. The folder keeps the number.
 * @param {string} data
 * @param {number | undefined} wanted undefined: as many as before
 * @returns {number}
 * @throws when the archive has more of them
 */
export function databasesIn(data, wanted) {
  const file = join(data, 'databases.json');
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : 1;
  if (wanted === undefined || wanted === kept) return kept;
  if (wanted < kept) {
    throw new Error(
      `The archive in ${data} has ${kept} databases, and each of them may have studies that no other one has. The number cannot be reduced: start it without --databases, or with ${kept} or more.`,
    );
  }
  writeFileSync(file, JSON.stringify(wanted));
  return wanted;
}

/** The id of the default archive's database on this machine: that of wrangler.toml before its first deployment. */
const DEFAULT_ID = '00000000-0000-0000-0000-000000000000';

/**
 * The databases, the buckets and the setting ARCHIVES of the archives on this machine. A deployment that gives a database an
 * id, or an archive a bucket, changes nothing here: the local runtime would look for them elsewhere in the data folder.
 * @param {import('wrangler').Unstable_RawConfig} deployed wrangler.toml
 * @param {readonly string[]} names of the archives in the data folder
 * @param {number} count of the databases of the default archive
 * @param {string | undefined} given the setting ARCHIVES of this start
 */
export function localArchives({ d1_databases = [], r2_buckets = [], vars: { ARCHIVES } = {} }, names, count, given) {
  const settings = {
    ...Object.fromEntries(names.map((name) => [name, {}])),
    ...tableOf(ARCHIVES),
    ...tableOf(given),
  };
  const own = d1_databases.find(({ binding }) => binding === 'DB');
  const others = Object.keys(settings).map((name) => ({
    ...own,
    binding: bindingOf('DB', name),
    database_name: `${own?.database_name}-${name}`,
    database_id: `archive-${name}`,
  }));
  const further = Array.from({ length: count - 1 }, (_, at) => ({
    ...own,
    binding: bindingOf(/** @type {const} */ (`DB${at + 2}`), 'default'),
    database_name: `${own?.database_name}_${at + 2}`,
    database_id: `database-${at + 2}`,
  }));
  return {
    databases: [{ ...own, binding: 'DB', database_id: DEFAULT_ID }, ...further, ...others],
    buckets: r2_buckets.filter(({ binding }) => binding === 'BUCKET'),
    settings,
  };
}
