import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'smol-toml';
import { addressList } from '../addresses.mjs';
import { canUseProxy } from '../http-agents.mjs';
import { ConfigError, Table } from './table.mjs';

/**
 * @typedef {object} Sender who may open associations
 * @property {string} aeTitle
 * @property {(address: string) => boolean} isFrom whether an address is one of its own
 * @property {boolean} mayQuery whether it may search and retrieve what the archive shows to the gateway
 *
 * @typedef {object} Peer where an application entity listens: for C-MOVE, and for reports of storage commitment
 * @property {string} host
 * @property {number} port
 * @property {import('node:tls').ConnectionOptions} [tls]
 *
 * @typedef {object} Config
 * @property {string} data the folder of all state
 * @property {object} archive
 * @property {string} archive.url such as https://host/dicomweb, without a slash at the end
 * @property {string | undefined} archive.key
 * @property {import('../forward/credentials.mjs').ClientCredentials | undefined} archive.oauth
 * @property {string | undefined} archive.ca certificates of the archive's authority, if it is a private one
 * @property {string | undefined} archive.proxy URL of an HTTP proxy
 * @property {number} archive.timeout milliseconds without a byte
 * @property {object} dimse
 * @property {string} dimse.aeTitle
 * @property {string | undefined} dimse.host
 * @property {number} dimse.port
 * @property {import('node:tls').TlsOptions | undefined} dimse.tls
 * @property {number} dimse.mostAssociations
 * @property {number} dimse.maximumLength
 * @property {readonly string[]} dimse.privateClasses
 * @property {{ artim: number, message: number, idle: number }} dimse.timeouts milliseconds
 * @property {readonly Sender[] | 'any'} senders
 * @property {boolean} anySenderMayQuery
 * @property {ReadonlyMap<string, Peer>} peers by AE title
 * @property {{ mostMatches: number }} query
 * @property {{ days: number, retryMs: number }} commitment
 * @property {object} outbox
 * @property {number} outbox.leastFreeBytes
 * @property {number} outbox.journalDays
 * @property {object} forward
 * @property {number} forward.bytes of a request
 * @property {number} forward.instances of a request
 * @property {number} forward.lanes
 * @property {number} forward.settle milliseconds
 * @property {boolean} forward.compress uncompressed images are compressed without loss
 * @property {{ first: number, longest: number }} forward.backOff milliseconds
 * @property {number} forward.bytesPerSecond Infinity: no limit
 * @property {import('../forward/bandwidth.mjs').Window[]} forward.windows
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
    archive: archive(section('archive'), file, env),
    dimse: dimse(section('dimse'), file),
    senders: senders(root),
    anySenderMayQuery: root.flag('anySenderMayQuery', false),
    peers: peers(root, file),
    query: query(section('query')),
    commitment: commitment(section('commitment')),
    outbox: outbox(section('outbox')),
    forward: forward(section('forward')),
    page: page(section('page')),
    alert: alert(section('alert')),
  };
  root.end();
  return config;
}

/**
 * @param {Table} table
 * @param {(path: string | undefined) => string | undefined} file
 * @param {NodeJS.ProcessEnv} env
 * @returns {Config['archive']}
 */
function archive(table, file, env) {
  const url = table.requiredText('url').replace(/\/+$/, '');
  if (!/^https?:\/\/[^/]/.test(url)) throw new ConfigError('archive.url must begin with https:// or http://');
  const oauth = table.table('oauth');
  const keyFile = table.text('keyFile');
  const result = {
    url,
    key: env.DICOMWEB_GATEWAY_KEY ?? file(keyFile)?.trim(),
    oauth: oauth && client(oauth, file, env),
    ca: file(table.text('caFile')),
    proxy: proxy(table.text('proxy')),
    timeout: table.number('timeoutSeconds', 300, 1) * 1000,
  };
  table.end();
  const secret = result.key !== undefined || oauth !== undefined;
  if (secret && url.startsWith('http:') && !/^http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]/.test(`${url}/`)) {
    throw new ConfigError('archive.url must begin with https://, because a credential is sent to it');
  }
  return result;
}

/** @param {string | undefined} url */
function proxy(url) {
  if (url === undefined) return undefined;
  if (!/^http:\/\/[^/]/.test(url)) throw new ConfigError('archive.proxy must begin with http://');
  if (!canUseProxy()) throw new ConfigError('archive.proxy needs Node 24.5 or newer');
  return url;
}

/**
 * @param {Table} table
 * @param {(path: string | undefined) => string | undefined} file
 * @param {NodeJS.ProcessEnv} env
 */
function client(table, file, env) {
  const secretFile = table.text('clientSecretFile');
  const secret = env.DICOMWEB_GATEWAY_CLIENT_SECRET ?? file(secretFile)?.trim();
  if (!secret) throw new ConfigError('archive.oauth.clientSecretFile must be given');
  const scope = table.text('scope');
  const audience = table.text('audience');
  const result = {
    tokenURL: table.requiredText('tokenURL'),
    clientID: table.requiredText('clientID'),
    clientSecret: secret,
    ...(scope === undefined ? {} : { scope }),
    ...(audience === undefined ? {} : { audience }),
  };
  table.end();
  return result;
}

/**
 * @param {Table} table
 * @param {(path: string | undefined) => string | undefined} file
 * @returns {Config['dimse']}
 */
function dimse(table, file) {
  const tls = table.table('tls');
  const result = {
    aeTitle: aeTitle(table.text('aeTitle') ?? 'GATEWAY', 'dimse.aeTitle'),
    host: table.text('host'),
    port: table.number('port', 11112, 0, 65535),
    tls: tls && tlsOptions(tls, file),
    mostAssociations: table.number('maxAssociations', 100, 1, 10_000),
    // PS3.8 D.1.1: 0 is any length.
    maximumLength: table.number('maxPDU', 128 * 1024, 0, 0xffffffff),
    privateClasses: table.texts('privateSOPClasses'),
    timeouts: {
      artim: table.number('artimSeconds', 30, 1) * 1000,
      message: table.number('messageSeconds', 60, 1) * 1000,
      idle: table.number('idleSeconds', 600, 1) * 1000,
    },
  };
  table.end();
  return result;
}

/**
 * @param {Table} table
 * @param {(path: string | undefined) => string | undefined} file
 * @returns {import('node:tls').TlsOptions}
 */
function tlsOptions(table, file) {
  const ca = file(table.text('caFile'));
  const demand = table.flag('requireClientCertificate', ca !== undefined);
  if (demand && ca === undefined) throw new ConfigError('dimse.tls.caFile must be given for client certificates');
  const options = {
    cert: file(table.requiredText('certFile')),
    key: file(table.requiredText('keyFile')),
    requestCert: demand,
    rejectUnauthorized: demand,
    ...(ca === undefined ? {} : { ca }),
  };
  table.end();
  return options;
}

/**
 * @param {Table} root
 * @returns {Config['senders']}
 */
function senders(root) {
  const any = root.flag('anySender', false);
  const list = root.tables('sender').map((table) => {
    const title = aeTitle(table.requiredText('aeTitle'), 'sender.aeTitle');
    const addresses = table.texts('addresses');
    const mayQuery = table.flag('mayQuery', false);
    table.end();
    if (addresses.length === 0) throw new ConfigError(`sender ${title} must have addresses`);
    try {
      return { aeTitle: title, isFrom: addressList(addresses), mayQuery };
    } catch (error) {
      throw new ConfigError(`sender ${title}: ${/** @type {Error} */ (error).message}`);
    }
  });
  return any ? 'any' : list;
}

/**
 * @param {Table} root
 * @param {(path: string | undefined) => string | undefined} file
 * @returns {Config['peers']}
 */
function peers(root, file) {
  /** @type {Map<string, Peer>} */
  const found = new Map();
  for (const table of root.tables('peer')) {
    const title = aeTitle(table.requiredText('aeTitle'), 'peer.aeTitle');
    const tls = table.table('tls');
    const peer = {
      host: table.requiredText('host'),
      port: table.number('port', 104, 1, 65535),
      ...(tls ? { tls: peerTLS(tls, file) } : {}),
    };
    table.end();
    if (found.has(title)) throw new ConfigError(`peer ${title} is there twice`);
    found.set(title, peer);
  }
  return found;
}

/**
 * @param {Table} table
 * @param {(path: string | undefined) => string | undefined} file
 * @returns {import('node:tls').ConnectionOptions}
 */
function peerTLS(table, file) {
  const [ca, cert, key] = ['caFile', 'certFile', 'keyFile'].map((name) => file(table.text(name)));
  table.end();
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
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
 * @returns {Config['forward']}
 */
function forward(table) {
  const result = {
    bytes: table.number('requestBytes', 90_000_000, 1000),
    instances: table.number('requestInstances', 200, 1, 5000),
    lanes: table.number('parallelRequests', 2, 1, 32),
    settle: table.number('settleSeconds', 1) * 1000,
    compress: table.flag('compress', false),
    backOff: {
      first: table.number('backOffSeconds', 1, 0.01) * 1000,
      longest: table.number('longestBackOffSeconds', 120, 0.01) * 1000,
    },
    bytesPerSecond: rate(table),
    windows: table.tables('window').map((window) => {
      const hours = { from: minutes(window, 'from'), to: minutes(window, 'to'), bytesPerSecond: rate(window) };
      window.end();
      return hours;
    }),
  };
  table.end();
  return result;
}

/** Two requests at a rate that the archive takes for a client that drips are ended by it. */
const SLOWEST = 100_000;

/** @param {Table} table */
function rate(table) {
  const bytes = table.number('bytesPerSecond', Number.POSITIVE_INFINITY);
  if (bytes > 0 && bytes < SLOWEST) throw new ConfigError(`bytesPerSecond must be 0 or at least ${SLOWEST}`);
  return bytes;
}

/**
 * @param {Table} table
 * @param {string} name
 */
function minutes(table, name) {
  const [, hour, minute] = /^([01]?\d|2[0-4]):([0-5]\d)$/.exec(table.requiredText(name)) ?? [];
  if (hour === undefined) throw new ConfigError(`forward.window.${name} must be a time such as "07:30"`);
  return Number(hour) * 60 + Number(minute);
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

/**
 * @param {string} title
 * @param {string} name
 */
function aeTitle(title, name) {
  if (!/^[\x20-\x5b\x5d-\x7e]{1,16}$/.test(title) || title.trim() === '') {
    throw new ConfigError(`${name} must have 1 to 16 characters and no backslash`);
  }
  return title.trim();
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new ConfigError(`${path} cannot be read`);
  }
}
