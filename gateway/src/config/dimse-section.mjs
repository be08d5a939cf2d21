import { addressList } from '../addresses.mjs';
import { ConfigError } from './table.mjs';

/**
 * @typedef {import('./table.mjs').Table} Table
 *
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
 * @typedef {object} DimseSettings
 * @property {string} aeTitle
 * @property {string | undefined} host
 * @property {number} port
 * @property {import('node:tls').TlsOptions | undefined} tls
 * @property {number} mostAssociations
 * @property {number} maximumLength
 * @property {readonly string[]} privateClasses
 * @property {{ artim: number, message: number, idle: number }} timeouts milliseconds
 */

/**
 * Reads [dimse].
 * @param {Table} table
 * @param {(path: string | undefined) => string | undefined} file the text of a file
 * @returns {DimseSettings}
 * @throws {ConfigError}
 */
export function dimseSection(table, file) {
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
 * Reads anySender and each [[sender]].
 * @param {Table} root
 * @returns {readonly Sender[] | 'any'}
 * @throws {ConfigError}
 */
export function senders(root) {
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
  if (any) return 'any';
  if (list.length === 0) throw new ConfigError('no device may send: name each one as a [[sender]]');
  return list;
}

/**
 * Reads each [[peer]].
 * @param {Table} root
 * @param {(path: string | undefined) => string | undefined} file the text of a file
 * @returns {ReadonlyMap<string, Peer>} by AE title
 * @throws {ConfigError}
 */
export function peers(root, file) {
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
    if (found.has(title)) throw new ConfigError(`peer ${title} is defined twice`);
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
 * @param {string} title
 * @param {string} name
 */
function aeTitle(title, name) {
  if (!/^[\x20-\x5b\x5d-\x7e]{1,16}$/.test(title) || title.trim() === '') {
    throw new ConfigError(`${name} must have 1 to 16 characters and no backslash`);
  }
  return title.trim();
}
