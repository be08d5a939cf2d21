import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { experimental_readRawConfig } from 'wrangler';
import { bindingOf } from './names.mjs';
import { tableOf } from './table.mjs';

/** @typedef {import('../deploy/create.mjs').Jurisdiction} Jurisdiction */

/**
 * An archive as wrangler.toml describes it.
 * @typedef {object} ConfiguredArchive
 * @property {string} name
 * @property {string} database name of the D1 database
 * @property {string} databaseID
 * @property {string[]} [further] names of further D1 databases, in the order of their numbers, from 2
 * @property {string} bucket the R2 bucket that holds its objects
 * @property {string} prefix of the keys of its objects; empty in a bucket of its own
 * @property {Jurisdiction} jurisdiction of the bucket
 * @property {Record<string, unknown>} settings those that differ from the deployment's
 */

/**
 * Reads which archives a deployment has.
 * @param {string} text of wrangler.toml
 * @returns {ConfiguredArchive[]} the deployment's own first
 */
export function archivesOf(text) {
  const { vars = {}, d1_databases = [], r2_buckets = [] } = parse(text);
  const bucketOf = (/** @type {string} */ binding) => r2_buckets.find((bucket) => bucket.binding === binding);
  const read = (/** @type {string} */ name, /** @type {Record<string, unknown>} */ settings) => {
    const isOwn = name === 'default';
    const database = d1_databases.find(({ binding }) => binding === (isOwn ? 'DB' : bindingOf('DB', name)));
    const own = isOwn ? undefined : bucketOf(bindingOf('BUCKET', name));
    const bucket = own ?? bucketOf('BUCKET');
    const further = furtherOf(d1_databases, name);
    return {
      name,
      database: database?.database_name ?? '',
      databaseID: database?.database_id ?? '',
      bucket: bucket?.bucket_name ?? '',
      prefix: isOwn || own !== undefined ? '' : `archives/${name}/`,
      jurisdiction: /** @type {Jurisdiction} */ (bucket?.jurisdiction ?? 'none'),
      settings,
      ...(further.length > 0 && { further }),
    };
  };
  return [read('default', {}), ...Object.entries(tableOf(vars.ARCHIVES)).map(([name, own]) => read(name, own))];
}

/**
 * @param {NonNullable<import('wrangler').Unstable_RawConfig['d1_databases']>} databases
 * @param {string} archive
 * @returns {string[]} up to the first number that is missing
 */
function furtherOf(databases, archive) {
  const further = [];
  for (let number = 2; ; number += 1) {
    const found = databases.find(({ binding }) => binding === bindingOf(`DB${number}`, archive));
    if (found === undefined) return further;
    further.push(found.database_name ?? '');
  }
}

/**
 * The binding of a further database of an archive.
 * @param {string} archive
 * @param {number} number from 2
 * @param {string} database its name
 * @param {string} databaseID
 */
export function linesOfDatabase(archive, number, database, databaseID) {
  return `${[
    `# Database ${number} of the archive "${archive}" (npm run archives -- grow). It has studies that are nowhere else.`,
    ...bindingLines(bindingOf(`DB${number}`, archive), database, databaseID),
  ].join('\n')}\n`;
}

/** @param {string} binding @param {string} database @param {string} databaseID */
function bindingLines(binding, database, databaseID) {
  return [
    '[[d1_databases]]',
    `binding = "${binding}"`,
    `database_name = "${database}"`,
    `database_id = "${databaseID}"`,
    'migrations_dir = "migrations"',
  ];
}

/**
 * Adds a further database to an archive. Everything that the file has stays as it is, comments too.
 * @param {string} text of wrangler.toml
 * @param {string} lines those of linesOfDatabase
 */
export function withDatabase(text, lines) {
  return `${text.trimEnd()}\n\n${lines}`;
}

/**
 * Adds an archive. Everything that the file has stays as it is, comments too.
 * @param {string} text of wrangler.toml
 * @param {ConfiguredArchive} archive
 * @returns {string} the new text
 */
export function withArchive(text, archive) {
  const added = `${text.trimEnd()}\n\n${linesOf(archive)}`;
  if (!isArchive(added, archive.name)) {
    throw new Error(
      `ARCHIVES in wrangler.toml cannot be continued. Write each archive as a table of its own, [vars.ARCHIVES.name]. These lines are to be added:\n\n${linesOf(archive)}`,
    );
  }
  return added;
}

/**
 * The tables that make an archive.
 * @param {ConfiguredArchive} archive
 */
export function linesOf({ name, database, databaseID, bucket, prefix, jurisdiction }) {
  const tables = [
    [
      `# The archive "${name}" (npm run archives). Settings that differ from the deployment's are in this table.`,
      `[vars.ARCHIVES.${name}]`,
    ],
    bindingLines(bindingOf('DB', name), database, databaseID),
  ];
  if (prefix === '') {
    tables.push([
      '[[r2_buckets]]',
      `binding = "${bindingOf('BUCKET', name)}"`,
      `bucket_name = "${bucket}"`,
      ...(jurisdiction === 'none' ? [] : [`jurisdiction = "${jurisdiction}"`]),
    ]);
  }
  return tables.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

/**
 * Takes an archive out: its table of settings and its bindings, with the comments directly above them.
 * @param {string} text of wrangler.toml
 * @param {string} name
 * @returns {{ text: string, removed: string }}
 */
export function withoutArchive(text, name) {
  const isOf = (/** @type {string} */ block) =>
    [
      new RegExp(`^\\[vars\\.ARCHIVES\\.(${name}|"${name}")[.\\]]`, 'm'),
      new RegExp(`^binding = "(${bindingOf('DB', name).replace('DB', 'DB[0-9]*')}|${bindingOf('BUCKET', name)})"`, 'm'),
    ].some((sign) => sign.test(block));
  const blocks = blocksOf(text);
  const rest = blocks.filter((block) => !isOf(block)).join('');
  if (rest === text || isArchive(rest, name)) {
    throw new Error(`wrangler.toml: the table [vars.ARCHIVES.${name}] is not found. Take the archive out by hand.`);
  }
  return { text: `${rest.trimEnd()}\n`, removed: `${blocks.filter(isOf).join('').trim()}\n` };
}

/** Splits the file into its tables, each with the comments directly above it. @param {string} text @returns {string[]} */
function blocksOf(text) {
  /** @type {string[]} */
  const blocks = [];
  let comments = '';
  let block = '';
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    if (/^#/.test(line)) {
      comments += line;
    } else if (/^\[/.test(line)) {
      blocks.push(block);
      block = comments + line;
      comments = '';
    } else {
      block += comments + line;
      comments = '';
    }
  }
  return [...blocks, block + comments];
}

/** @param {string} text @param {string} name */
function isArchive(text, name) {
  try {
    const { vars = {}, d1_databases = [] } = parse(text);
    return name in tableOf(vars.ARCHIVES) || d1_databases.some(({ binding }) => binding === bindingOf('DB', name));
  } catch {
    return false;
  }
}

/** @param {string} text @returns {import('wrangler').Unstable_RawConfig} */
function parse(text) {
  const folder = mkdtempSync(join(tmpdir(), 'archives-'));
  try {
    const config = join(folder, 'wrangler.toml');
    writeFileSync(config, text);
    return experimental_readRawConfig({ config }).rawConfig;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
