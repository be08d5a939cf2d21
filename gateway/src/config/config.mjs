import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'smol-toml';
import { archiveSection } from './archive-section.mjs';
import { dimseSection, peers, senders } from './dimse-section.mjs';
import { forwardSection } from './forward-section.mjs';
import { ConfigError, Table } from './table.mjs';

/**
 * @typedef {object} Config
 * @property {string} data the folder of all state
 * @property {import('./archive-section.mjs').ArchiveSettings} archive
 * @property {import('./dimse-section.mjs').DimseSettings} dimse
 * @property {readonly import('./dimse-section.mjs').Sender[] | 'any'} senders
 * @property {boolean} anySenderMayQuery
 * @property {ReadonlyMap<string, import('./dimse-section.mjs').Peer>} peers by AE title
 * @property {{ mostMatches: number }} query
 * @property {{ days: number, retryMs: number }} commitment
 * @property {object} outbox
 * @property {number} outbox.leastFreeBytes
 * @property {number} outbox.journalDays
 * @property {import('./forward-section.mjs').ForwardSettings} forward
 * @property {{ host: string, port: number } | undefined} page
 * @property {{ webhook: string | undefined }} alert
 */

/**
 * @param {string} path of the TOML file; paths in it are relative to its folder
 * @param {NodeJS.ProcessEnv} env
 * @returns {Config}
 * @throws {ConfigError}
 */
export function readConfig(path, env) {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new ConfigError(`${path} cannot be read`);
  }
  return parseConfig(text, dirname(resolve(path)), env);
}

/**
 * @param {string} text TOML
 * @param {string} folder that paths are relative to
 * @param {NodeJS.ProcessEnv} env
 * @returns {Config}
 * @throws {ConfigError}
 */
export function parseConfig(text, folder, env) {
  let values;
  try {
    values = parse(text);
  } catch (error) {
    throw new ConfigError(`the configuration is no TOML: ${/** @type {Error} */ (error).message}`);
  }
  const root = new Table(values, '');
  const file = (/** @type {string | undefined} */ path) =>
    path === undefined ? undefined : readText(resolve(folder, path));
  const section = (/** @type {string} */ name) => root.table(name) ?? new Table({}, name);
  /** @type {Config} */
  const config = {
    data: resolve(folder, root.requiredText('data')),
    archive: archiveSection(section('archive'), file, env),
    dimse: dimseSection(section('dimse'), file),
    senders: senders(root),
    anySenderMayQuery: root.flag('anySenderMayQuery', false),
    peers: peers(root, file),
    query: query(section('query')),
    commitment: commitment(section('commitment')),
    outbox: outbox(section('outbox')),
    forward: forwardSection(section('forward')),
    page: page(section('page')),
    alert: alert(section('alert')),
  };
  root.end();
  return config;
}

/**
 * @param {Table} table
 * @returns {Config['query']}
 */
function query(table) {
  const result = { mostMatches: table.number('maxMatches', 5000, 1, 1_000_000) };
  table.end();
  return result;
}

/**
 * @param {Table} table
 * @returns {Config['commitment']}
 */
function commitment(table) {
  const result = { days: table.number('days', 7, 1, 365), retryMs: table.number('retrySeconds', 1, 0.01) * 1000 };
  table.end();
  return result;
}

/**
 * @param {Table} table
 * @returns {Config['outbox']}
 */
function outbox(table) {
  const result = {
    leastFreeBytes: table.number('minFreeBytes', 2_000_000_000),
    journalDays: table.number('journalDays', 90, 1),
  };
  table.end();
  return result;
}

/**
 * @param {Table} table
 * @returns {Config['page']}
 */
function page(table) {
  const enabled = table.flag('enabled', true);
  const result = { host: table.text('host') ?? '127.0.0.1', port: table.number('port', 11180, 0, 65535) };
  table.end();
  return enabled ? result : undefined;
}

/**
 * @param {Table} table
 * @returns {Config['alert']}
 */
function alert(table) {
  const result = { webhook: table.text('webhook') };
  table.end();
  return result;
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new ConfigError(`${path} cannot be read`);
  }
}
