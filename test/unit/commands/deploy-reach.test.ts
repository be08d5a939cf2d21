import { describe, expect, it } from 'vitest';
import { misnamedLimits, secretsIn } from '../../../scripts/deploy/check.mjs';
import { COUNTERS as SAID, whoReachesWhat } from '../../../scripts/deploy/reach.mjs';
import { COUNTERS } from '../../../src/counters';

const DOMAINS = ['viewer.pages.dev', 'pacs.example.org'];
const ROLES = {
  reader: { permissions: ['search', 'retrieve'], archives: ['*'] },
  clinic: { permissions: ['store'], studies: { own: true } },
};

describe('npm run deploy, at its end', () => {
  it('says which addresses answer', () => {
    expect(whoReachesWhat({ PUBLIC_ORIGIN: 'https://pacs.example.org', ROLES }, DOMAINS).slice(0, 3)).toEqual([
      'https://viewer.pages.dev: is refused (421).',
      'https://pacs.example.org: answers.',
      'The address of each deployment (HASH.PROJECT.pages.dev) is refused (421).',
    ]);
    for (const vars of [{ PUBLIC_ORIGIN: '' }, { PUBLIC_ORIGIN: 'https://pacs.example.org', ALLOWED_HOSTS: '*' }]) {
      const said = whoReachesWhat({ ...vars, ROLES }, DOMAINS);
      expect(said[0]).toBe('https://viewer.pages.dev: answers.');
      expect(said[2]).toContain('answers too');
    }
    const proxied = { PUBLIC_ORIGIN: 'https://proxy.example.org', ALLOWED_HOSTS: 'viewer.pages.dev', ROLES };
    expect(whoReachesWhat(proxied, DOMAINS).slice(0, 3)).toEqual([
      'https://viewer.pages.dev: answers.',
      'https://pacs.example.org: is refused (421).',
      expect.stringContaining('PUBLIC_ORIGIN names proxy.example.org'),
    ]);
  });

  it('says who has access, and warns when everybody has', () => {
    const last = (vars: Record<string, unknown>) => whoReachesWhat(vars, DOMAINS).slice(3).join('\n');
    expect(last({})).toMatch(/^Nobody has access/);
    expect(last({ ROLES: '{' })).toMatch(/not JSON/);
    for (const ALLOW_ANONYMOUS of [true, 'true']) expect(last({ ALLOW_ANONYMOUS, ROLES })).toMatch(/^WARNING/);
    for (const roles of [ROLES, JSON.stringify(ROLES)]) {
      expect(last({ ROLES: roles })).toContain('Role reader: search, retrieve; every archive; all studies.');
      expect(last({ ROLES: roles })).toContain('Role clinic: store; archive default; studies with own.');
    }
    expect(whoReachesWhat({ CORS_ORIGINS: '*', ROLES }, DOMAINS).join()).toContain('pages of every site');
  });
});

describe('npm run deploy, about what cannot be meant', () => {
  const said = (vars: object, limits: { name: string }[] = []) => whoReachesWhat({ ROLES, ...vars }, DOMAINS, limits);

  it('warns of limits that are not bound, and refuses those with another name', () => {
    expect(SAID).toEqual([...COUNTERS]);
    expect(said({}).join('\n')).toMatch(/no REQUESTS_PER_PRINCIPAL.*\n.*no REQUESTS_PER_ARCHIVE/);
    expect(said({}, [{ name: 'REQUESTS_PER_ARCHIVE' }]).filter((line) => line.includes('REQUESTS_PER'))).toHaveLength(
      1,
    );
    expect(misnamedLimits([{ name: 'REQUESTS_PER_ARCHIVE' }])).toEqual([]);
    expect(misnamedLimits([{ name: 'REQUESTS_PER_USER' }])).toEqual([expect.stringContaining('REQUESTS_PER_USER')]);
  });

  it('warns of roles for archives, and of roles of issuers, that do not exist', () => {
    const role = { permissions: ['search'], archives: ['default', 'north', 'nroth'], deidentify: true };
    const lines = said({ ROLES: { ...ROLES, role }, ARCHIVES: { north: {} } });
    expect(lines).toContain('Role role: search; archive default, north, nroth; all studies, de-identified.');
    const warnings = lines.filter((line) => line.startsWith('WARNING: role'));
    expect(warnings).toEqual([expect.stringContaining('role names the archive nroth')]);
    const issuer = { issuer: 'https://id.example', everyone: ['reader'], roles: { Doctors: ['raeder'] } };
    for (const vars of [{ ISSUERS: [issuer] }, { ISSUERS: JSON.stringify([issuer]) }, { SIGN_IN: issuer }]) {
      expect(said(vars)).toContain('Everybody with an accepted token of https://id.example has: reader.');
      expect(said(vars).join()).toContain('gives the role raeder, which ROLES does not have');
    }
  });
});

describe('npm run deploy, before it begins', () => {
  it('refuses secrets in wrangler.toml, and does not repeat them', () => {
    expect(secretsIn({ ROLES: {}, SESSION_KEY: '', PUBLIC_ORIGIN: 'https://pacs.example.org' })).toEqual([]);
    const said = secretsIn({ SESSION_KEY: 'abc'.repeat(20), OIDC_CLIENT_SECRET: 'def' });
    expect(said).toEqual([expect.stringContaining('SESSION_KEY'), expect.stringContaining('OIDC_CLIENT_SECRET')]);
    expect(said.join()).not.toMatch(/abc|def/);
  });
});
