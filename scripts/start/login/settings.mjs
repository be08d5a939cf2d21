import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROLES } from './people.mjs';

/** The archive's name at the provider (RFC 8707). */
export const AUDIENCE = 'urn:dicomweb-edge:local';

/**
 * @typedef {object} Login
 * @property {string} issuer
 * @property {number} port
 * @property {string} clientSecret of the viewer and of the start
 * @property {Record<string, string>} vars settings of the archive
 */

/**
 * The settings that the archive and the provider share. The secrets stay in the data folder, so that people stay signed in
 * when the archive is started again.
 * @param {string} data
 * @param {number} port of the archive; the provider has the next one
 * @returns {Login}
 */
export function loginSettings(data, port) {
  const issuer = `http://localhost:${port + 1}`;
  const file = join(data, 'login.json');
  if (!existsSync(file)) {
    const secret = () => randomBytes(32).toString('base64url');
    writeFileSync(file, JSON.stringify({ clientSecret: secret(), sessionKey: secret() }), { mode: 0o600 });
  }
  const { clientSecret, sessionKey } = JSON.parse(readFileSync(file, 'utf8'));
  const vars = {
    ALLOW_ANONYMOUS: '',
    ROLES: JSON.stringify(ROLES),
    ISSUERS: JSON.stringify([{ issuer, audience: AUDIENCE, rolesClaim: 'roles' }]),
    SIGN_IN: JSON.stringify({ issuer, clientID: 'viewer' }),
    OIDC_CLIENT_SECRET: clientSecret,
    SESSION_KEY: sessionKey,
  };
  return { issuer, port: port + 1, clientSecret, vars };
}
