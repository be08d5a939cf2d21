import { expect, it } from 'vitest';
import { parseRoles } from '../../../src/access/role';
import { viewpointOfSender } from '../../../src/access/viewpoint-of-sender';
import type { ApiKey } from '../../../src/archive/access/api-keys';
import type { Archive } from '../../../src/archive/ports';
import type { Sender } from '../../../src/archive/upload/sender';
import { Settings } from '../../../src/settings';

const roles = parseRoles(new Settings({ ROLES: { uploader: { permissions: ['store'], labels: ['clinic'] } } }));
const SENDER: Sender = {
  principal: 'key:1',
  kind: 'key',
  visibility: 'everything',
  labels: ['old'],
  credential: { kind: 'key', id: '1', archive: 'default' },
};

function now(key: Partial<ApiKey>) {
  const home = { keys: { get: async () => ({ id: '1', roles: ['uploader'], ...key }) } } as unknown as Archive;
  const places = { archiveName: 'default', archive: home, home, roles, allowAnonymous: false };
  return viewpointOfSender(SENDER, places, Date.now());
}

it('an upload that is stored without a request gets the labels and the quota that its key has then', async () => {
  const quota = { bytes: 1000 };
  expect(await now({ labels: ['north'], quota })).toMatchObject({ labels: ['clinic', 'north'], quota });
  expect(await now({})).not.toHaveProperty('quota');
  expect(await now({ labels: ['north'], revokedAt: 1 })).toBeUndefined();
});
