import { afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { withArchive } from '../archive/with-archive';
import { type ArchiveClient, archiveClient } from '../clients/archive-client';
import { networkOf, type ProviderKey, providerKey, TokenProvider } from './token-provider';

/* An archive that accepts the tokens of two issuers. */

const ROLES = JSON.stringify({
  reader: { permissions: ['search', 'retrieve'] },
  uploader: { permissions: ['store'] },
  everybody: { permissions: ['search'] },
});

/** The settings of a deployment that trusts these issuers. */
export const issuers = (...tables: object[]) => ({ ALLOW_ANONYMOUS: '', ROLES, ISSUERS: JSON.stringify(tables) });
export const HOSPITAL = { issuer: 'https://id.hospital.example', audience: ['archive', 'pacs'], rolesClaim: 'roles' };
export const LABORATORY = {
  issuer: 'https://id.laboratory.example/tenant',
  audience: 'archive',
  algorithms: ['ES256'],
  clockSkewSeconds: 0,
  rolesClaim: 'realm_access.roles',
  roles: { 'Image Readers': 'reader', senders: ['uploader'] },
};

/** The providers of the two issuers, and an archive that accepts their tokens. */
interface IssuersScene {
  hospital: TokenProvider;
  laboratory: TokenProvider;
  keyOfHospital: ProviderKey;
  keyOfLaboratory: ProviderKey;
  archive: ArchiveClient;
}

/** Gives each test of the file new providers and a new archive, and stops the clock. */
export function issuersScene(): IssuersScene {
  const scene = {} as IssuersScene;
  withArchive();
  beforeAll(async () => {
    scene.keyOfHospital = await providerKey('first');
    scene.keyOfLaboratory = await providerKey('of-laboratory', 'ES256');
  });
  beforeEach(() => {
    scene.hospital = new TokenProvider(HOSPITAL.issuer);
    scene.hospital.keys = [scene.keyOfHospital];
    scene.laboratory = new TokenProvider(LABORATORY.issuer);
    scene.laboratory.keys = [scene.keyOfLaboratory];
    vi.stubGlobal('fetch', networkOf([scene.hospital, scene.laboratory]));
    vi.useFakeTimers({ toFake: ['Date'] });
    scene.archive = archiveClient(issuers(HOSPITAL, LABORATORY));
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  return scene;
}
