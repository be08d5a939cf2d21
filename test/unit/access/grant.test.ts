import { describe, expect, it } from 'vitest';
import { identityWithRoles } from '../../../src/access/identity';
import { PERMISSIONS } from '../../../src/access/permission';
import type { Principal } from '../../../src/access/principal';
import { parseRoles } from '../../../src/access/role';
import { ConfigurationError, Settings } from '../../../src/settings';

const PERSON: Principal = { kind: 'person', id: 'https://id.example.org|anna' };
const NOON = Date.UTC(2026, 10, 29, 12);

const rolesOf = (ROLES: unknown) => parseRoles(new Settings({ ROLES }));
const grant = (ROLES: unknown, names: string[], archive = 'default') =>
  identityWithRoles(PERSON, names, rolesOf(ROLES)).grantIn(archive, NOON);

describe('what a principal may do', () => {
  it('is decided once a day for each archive: the same objects stand for the same view', () => {
    const roles = { reader: { permissions: ['search'], archives: ['*'], studies: { StudyDateWithinDays: 1 } } };
    const identity = identityWithRoles(PERSON, ['reader'], rolesOf(roles));
    const view = (archive: string, now: number) => identity.grantIn(archive, now).viewpoint('search');
    const MIDNIGHT = Date.UTC(2026, 10, 30);
    expect(view('north', NOON)).toBe(view('north', MIDNIGHT - 1));
    expect(view('north', NOON)).not.toBe(view('south', NOON));
    expect(view('north', MIDNIGHT - 1)?.visibility).toEqual([{ studyDateFrom: '20261128' }]);
    expect(view('north', MIDNIGHT)?.visibility).toEqual([{ studyDateFrom: '20261129' }]);
  });

  it('is nothing without a role, and with roles that the deployment does not know', () => {
    for (const names of [[], ['unknown'], ['constructor'], ['__proto__']]) {
      const here = grant({ radiologist: { permissions: ['search'] } }, names);
      expect(PERMISSIONS.filter((each) => here.viewpoint(each) !== undefined)).toEqual([]);
    }
  });

  it('is what its roles add up to, in the archives that they name', () => {
    const roles = {
      reader: { permissions: ['search', 'retrieve'], archives: ['*'] },
      uploader: { permissions: ['store'], archives: ['north'] },
      officer: { permissions: ['audit'] },
    };
    const has = (archive: string) => {
      const here = grant(roles, ['reader', 'uploader', 'officer'], archive);
      return PERMISSIONS.filter((each) => here.viewpoint(each) !== undefined);
    };
    expect(has('north')).toEqual(['store', 'search', 'retrieve']);
    expect(has('south')).toEqual(['search', 'retrieve']);
    expect(has('default')).toEqual(['search', 'retrieve', 'audit']);
  });

  it('applies to the studies of the roles that give the permission, and to no others', () => {
    const roles = {
      clinic: { permissions: ['search', 'store'], studies: { InstitutionName: ['North*'], StudyDateWithinDays: 30 } },
      own: { permissions: ['search'], studies: { own: true } },
      reader: { permissions: ['retrieve'] },
    };
    const here = grant(roles, ['clinic', 'own', 'reader']);
    const clinic = { institutionName: ['North*'], studyDateFrom: '20261030' };
    expect(here.viewpoint('search')?.visibility).toEqual([clinic, { storedBy: PERSON.id }]);
    expect(here.viewpoint('retrieve')?.visibility).toBe('everything');
  });

  it('does not include the priors of a patient for a principal that stores: it chooses the Patient ID', () => {
    const roles = {
      reader: { permissions: ['search'], studies: { labels: ['a'], priors: true } },
      uploader: { permissions: ['store'], studies: { own: true } },
    };
    expect(grant(roles, ['reader']).viewpoint('search')?.visibility).toEqual([{ labels: ['a'], withPriors: true }]);
    expect(grant(roles, ['reader', 'uploader']).viewpoint('search')?.visibility).toEqual([{ labels: ['a'] }]);
  });

  it('includes storing more instances of a study that the principal began', () => {
    const here = grant({ clinic: { permissions: ['store'], studies: { labels: ['a'] }, labels: ['b', 'a'] } }, [
      'clinic',
    ]);
    expect(here.viewpoint('store')).toEqual({
      principal: PERSON.id,
      visibility: [{ labels: ['a'] }, { storedBy: PERSON.id }],
      labels: ['a', 'b'],
      storesOnly: true,
    });
  });

  it('is only what its roles that de-identify give, with the options that all of them have', () => {
    const options = { retainDates: 'full', retainUIDs: true, cleanDescriptors: true };
    const roles = {
      clinician: { permissions: ['search', 'retrieve', 'share', 'store'] },
      research: { permissions: ['search', 'retrieve'], deidentify: options, studies: { labels: ['a'] } },
      other: {
        permissions: ['search'],
        deidentify: { retainDates: 'modified', retainUIDs: true, retainSafePrivate: true },
      },
      elsewhere: { permissions: ['search'], deidentify: true, archives: ['north'] },
    };
    const of = (...names: string[]) => grant(roles, names);
    expect(of('clinician', 'elsewhere').deidentified).toBeUndefined();
    const both = of('clinician', 'research');
    expect(PERMISSIONS.filter((each) => both.viewpoint(each) !== undefined)).toEqual(['search', 'retrieve']);
    expect(both.viewpoint('retrieve')?.visibility).toEqual([{ labels: ['a'] }]);
    expect(both.deidentified).toEqual({ options });
    expect(of('research', 'other').deidentified).toEqual({ options: { retainDates: 'modified', retainUIDs: true } });
    expect(grant(roles, ['clinician', 'elsewhere'], 'north').deidentified).toEqual({ options: {} });
  });

  it('has the largest quota of its roles, and none where a role has none', () => {
    const roles = {
      one: { permissions: ['store'], quota: { bytes: 10, instances: 5 } },
      other: { permissions: ['store'], quota: { bytes: 20 } },
      free: { permissions: ['store', 'search'] },
    };
    const quota = (...names: string[]) => grant(roles, names).viewpoint('store')?.quota;
    expect(quota('one')).toEqual({ bytes: 10, instances: 5 });
    expect(quota('one', 'other')).toEqual({ bytes: 20 });
    expect(quota('one', 'free')).toBeUndefined();
    expect(grant(roles, ['free']).viewpoint('store')).not.toHaveProperty('storesOnly');
  });
});

describe('ROLES', () => {
  it('may be a table of wrangler.toml or JSON text', () => {
    const roles = { reader: { permissions: ['search'] } };
    expect(rolesOf(JSON.stringify(roles))).toEqual(rolesOf(roles));
    expect(rolesOf('')).toEqual(new Map());
  });

  it.each([
    ['{', /not JSON/],
    [[], /table/],
    [{ a: 1 }, /ROLES\.a must be an object/],
    [{ a: {} }, /ROLES\.a\.permissions/],
    [{ a: { permissions: [] } }, /ROLES\.a\.permissions/],
    [{ a: { permissions: ['read'] } }, /store, search/],
    [{ a: { permissions: ['search'], studys: {} } }, /no member studys/],
    [{ a: { permissions: ['search'], archives: 'north' } }, /archives must be a list/],
    [{ a: { permissions: ['search'], studies: {} } }, /must have a condition/],
    [{ a: { permissions: ['search'], studies: { priors: true } } }, /must have a condition/],
    [{ a: { permissions: ['search'], studies: { own: false } } }, /must have a condition/],
    [{ a: { permissions: ['search'], studies: { InstitutionName: [] } } }, /InstitutionName/],
    [{ a: { permissions: ['search'], studies: { InstitutionName: ['**'] } } }, /InstitutionName/],
    [{ a: { permissions: ['search'], studies: { ReferringPhysicianName: ['A*', '*^*'] } } }, /ReferringPhysicianName/],
    [{ a: { permissions: ['search'], studies: { AccessionNumber: Array(51).fill('A1') } } }, /AccessionNumber/],
    [{ a: { permissions: ['search'], studies: { AccessionNumber: Array(11).fill('A*') } } }, /AccessionNumber/],
    [{ a: { permissions: ['search', 'administer'], studies: { labels: ['a'] } } }, /whole archive/],
    [{ a: { permissions: ['audit'], studies: { labels: ['a'] } } }, /whole archive/],
    [{ a: { permissions: ['search', 'store'], studies: { labels: ['a'], priors: true } } }, /priors.*store/],
    [{ a: { permissions: ['search'], studies: { PatientName: ['A'] } } }, /no member PatientName/],
    [{ a: { permissions: ['search'], studies: { StudyDateWithinDays: -1 } } }, /days/],
    [{ a: { permissions: ['search', 'store'], deidentify: true } }, /deidentify needs a role with search and retrieve/],
    [{ a: { permissions: ['search'], deidentify: false } }, /deidentify must be true/],
    [{ a: { permissions: ['search'], deidentify: { retainUids: true } } }, /deidentify must be true/],
    [{ a: { permissions: ['search'], quota: { bytes: 1 } } }, /quota needs the permission store/],
    [{ a: { permissions: ['store'], quota: { bytes: 0 } } }, /quota must be/],
    [{ a: { permissions: ['store'], quota: { files: 1 } } }, /quota must be/],
    [{ a: { permissions: ['search'], studies: { own: true, priors: true } } }, /priors/],
    [{ a: { permissions: ['store'], labels: ['a b'] } }, /label/],
  ])('%j is refused, and the setting is named', (ROLES, reason) => {
    expect(() => rolesOf(ROLES)).toThrow(ConfigurationError);
    expect(() => rolesOf(ROLES)).toThrow(reason);
  });
});
