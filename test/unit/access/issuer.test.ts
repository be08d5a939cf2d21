import { describe, expect, it } from 'vitest';
import { parseIssuers } from '../../../src/access/issuer';
import { parseRoles } from '../../../src/access/role';
import { ConfigurationError, Settings } from '../../../src/settings';

const ROLES = { reader: { permissions: ['search'] } };
const TABLE = { issuer: 'https://id.example.org', audience: 'archive', everyone: ['reader'] };

const parse = (ISSUERS: unknown) => {
  const settings = new Settings({ ROLES, ISSUERS });
  return parseIssuers(settings, parseRoles(settings));
};

describe('ISSUERS', () => {
  it('accepts asymmetric signatures, within 30 seconds of clock skew, unless it says otherwise', () => {
    const [issuer] = parse([TABLE]);
    expect(issuer).toMatchObject({ audience: ['archive'], clockSkewSeconds: 30, everyone: ['reader'] });
    expect(issuer?.algorithms).toEqual(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']);
    expect(parse('')).toEqual([]);
    expect(parse(JSON.stringify([{ ...TABLE, issuer: 'http://localhost:9000/tenant' }]))).toHaveLength(1);
  });

  it.each([
    ['no array', TABLE],
    ['no table', ['https://id.example.org']],
    ['a member that does not exist', [{ ...TABLE, audiences: 'archive' }]],
    ['an issuer without TLS', [{ ...TABLE, issuer: 'http://id.example.org' }]],
    ['an issuer with a password', [{ ...TABLE, issuer: 'https://a:b@id.example.org' }]],
    ['no issuer', [{ ...TABLE, issuer: undefined }]],
    ['no audience', [{ ...TABLE, audience: undefined }]],
    ['an empty list of audiences', [{ ...TABLE, audience: [] }]],
    ['an empty audience', [{ ...TABLE, audience: ['archive', ' '] }]],
    ['a shared secret', [{ ...TABLE, algorithms: ['RS256', 'HS256'] }]],
    ['no signature', [{ ...TABLE, algorithms: ['none'] }]],
    ['no algorithm', [{ ...TABLE, algorithms: [] }]],
    ['a day of clock skew', [{ ...TABLE, clockSkewSeconds: 86_400 }]],
    ['no way to a role', [{ ...TABLE, everyone: undefined }]],
    ['a role for everybody that does not exist', [{ ...TABLE, everyone: ['readers'] }]],
    ['a role for a value that does not exist', [{ ...TABLE, rolesClaim: 'roles', roles: { a: 'readers' } }]],
    ['an empty name of a claim', [{ ...TABLE, rolesClaim: '' }]],
    ['a header that every client sends', [{ ...TABLE, header: 'Cookie' }]],
    ['an address of keys without TLS', [{ ...TABLE, jwksUri: 'http://id.example.org/keys' }]],
    ['an address of discovery without TLS', [{ ...TABLE, discovery: 'ftp://id.example.org' }]],
    ['the same issuer twice', [TABLE, { ...TABLE, audience: 'other' }]],
  ])('refuses %s', (_what, value) => {
    expect(() => parse(value)).toThrow(ConfigurationError);
    expect(() => parse(value)).toThrow('ISSUERS');
  });
});
