import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keyHint, PEOPLE, ROLES } from '../../scripts/start/login/people.mjs';
import { publicOrigin } from '../../src/addresses';
import { parseConfig } from '../../src/config';
import { ISOLATE_LIMITS } from '../../src/limits';
import { ConfigurationError } from '../../src/settings';

describe('parseConfig', () => {
  it('takes strings, numbers and booleans for what they say, as wrangler.toml may hold them', () => {
    const config = parseConfig({ ALLOW_ANONYMOUS: true, MAX_PARTS: 1, RETENTION_DAYS: 7, DUPLICATES: 'keep' });
    expect(config.allowAnonymous).toBe(true);
    expect(config.limits.partsPerRequest).toBe(1);
    expect(config.duplicates).toEqual({ duplicates: 'keep', retentionMs: 7 * 86_400_000 });
    expect(parseConfig({ ALLOW_ANONYMOUS: 'true' }).allowAnonymous).toBe(true);
  });

  it('lets nobody in unless it is told to', () => {
    for (const env of [{}, { ALLOW_ANONYMOUS: '' }, { ALLOW_ANONYMOUS: 'false' }, { ALLOW_ANONYMOUS: false }]) {
      expect(parseConfig(env).allowAnonymous, JSON.stringify(env)).toBe(false);
    }
  });

  it('ignores bindings, which are objects', () => {
    expect(() => parseConfig({ BUCKET: {}, DB: {}, MIGRATIONS: [] })).not.toThrow();
  });

  it('refuses a setting that does not exist, and names it', () => {
    expect(() => parseConfig({ DUPLICATE: 'replace' })).toThrow(/no setting DUPLICATE\. The settings are .*DUPLICATES/);
    expect(() => parseConfig({ MAX_PART: 3 })).toThrow(ConfigurationError);
  });

  it.each([
    ['ALLOW_ANONYMOUS', 'TRUE'],
    ['ALLOW_ANONYMOUS', 1],
    ['MAX_PARTS', 0],
    ['MAX_PARTS', 1.5],
    ['MAX_PARTS', '5e3'],
    ['MAX_INSTANCE_BYTES', -1],
    ['RETENTION_DAYS', '30 days'],
    ['DUPLICATES', 'overwrite'],
    ['PUBLIC_ORIGIN', 'pacs.example.org'],
    ['PUBLIC_ORIGIN', 'ftp://pacs.example.org'],
    ['PUBLIC_ORIGIN', 'https://pacs.example.org?x'],
    ['SEARCH_ATTRIBUTES', 'NoSuchAttribute'],
    // TOML's own lists and tables, for settings that are texts: "not set" would mean every address.
    ['PUBLIC_ORIGIN', ['https://pacs.example.org']],
    ['ALLOWED_HOSTS', ['pacs.example.org']],
    ['ALLOW_ANONYMOUS', { is: false }],
    ['MAX_ARCHIVE_BYTES', [1]],
    ['AUDIT_DAYS', {}],
    ['CORS_ORIGINS', 'https://viewer.example.org/'],
    ['CORS_ORIGINS', 'viewer.example.org'],
    ['CORS_ORIGINS', 'https://Viewer.example.org'],
    ['CORS_ORIGINS', 'null'],
  ])('refuses %s = %j, and names the setting', (name, value) => {
    expect(() => parseConfig({ [name]: value })).toThrow(ConfigurationError);
    expect(() => parseConfig({ [name]: value })).toThrow(name);
  });

  it('answers with the origin that the request used where it is one of the configured, else with the first', () => {
    const config = parseConfig({ PUBLIC_ORIGIN: 'http://localhost:8787, http://127.0.0.1:8787/' });
    expect(publicOrigin(config, 'http://127.0.0.1:8787/dicomweb/studies')).toBe('http://127.0.0.1:8787');
    // A client whose Host header lacks the port.
    expect(publicOrigin(config, 'http://127.0.0.1/dicomweb/studies')).toBe('http://localhost:8787');
    expect(publicOrigin(parseConfig({}), 'https://any.example.org/x')).toBe('https://any.example.org');
  });
});

describe('the people of `npm start -- --login`', () => {
  it('have roles by the same names, with which a key can be made', () => {
    for (const { login, roles } of PEOPLE) {
      expect(roles).toEqual([login]);
      expect(Object.keys(ROLES)).toContain(login);
      expect(keyHint('.data')).toContain(login);
    }
  });
});

describe('ISOLATE_LIMITS', () => {
  it('are what the conformance statement says', () => {
    const rows = readFileSync('docs/conformance.md', 'utf8').split('\n');
    const { memory, ...bytes } = ISOLATE_LIMITS;
    const stated = { 'memory.shared': memory.shared, 'memory.alone': memory.alone, ...bytes };
    for (const [name, value] of Object.entries(stated)) {
      const row = rows.find((each) => each.startsWith('|') && each.includes(`${name}\``));
      expect(row, name).toContain(name.endsWith('Ms') ? `${value} ms` : `${value / 1024 ** 2} MiB`);
    }
  });
});
