import { describe, expect, it } from 'vitest';
import { HOSPITAL, issuers, issuersScene, LABORATORY } from '../../support/access/token-issuers';
import { archiveClient, ORIGIN } from '../../support/clients/archive-client';

const scene = issuersScene();

describe('a proxy that brings the token in a header of its own (Cloudflare Access)', () => {
  const header = 'Cf-Access-Jwt-Assertion';
  const ACCESS = { ...HOSPITAL, header, subjectClaim: ['sub', 'common_name'], jwksUri: `${HOSPITAL.issuer}/keys` };

  it('is one more issuer, whose tokens count in that header alone', async () => {
    const client = archiveClient(issuers(ACCESS, LABORATORY));
    const token = await scene.hospital.token();
    const fetch = (headers: Record<string, string>) => client.fetch('/dicomweb/studies', { headers });
    expect((await fetch({ [header]: token })).status).toBe(200);
    expect(scene.hospital.requests).toEqual([`${HOSPITAL.issuer}/keys`]);
    expect((await fetch({ Authorization: `Bearer ${token}` })).status).toBe(401);
    expect((await fetch({ [header]: `${token}x` })).status).toBe(401);
    const other = await scene.laboratory.token({ realm_access: { roles: ['Image Readers'] } });
    expect((await fetch({ [header]: other })).status).toBe(401);
    // What the client sends itself counts first.
    expect((await fetch({ Authorization: 'Bearer x', [header]: token })).status).toBe(401);
    // A service token has no subject.
    const service = await scene.hospital.token({ sub: '', common_name: 'scanner' });
    expect((await fetch({ [header]: service })).status).toBe(200);
  });

  it('lets pages of another origin change nothing: the proxy knows the user by a cookie', async () => {
    const friend = 'https://friend.example';
    for (const origins of [friend, '*']) {
      const client = archiveClient({ ...issuers(ACCESS), CORS_ORIGINS: origins });
      const token = await scene.hospital.token();
      const change = async (headers: Record<string, string>) => {
        const init = { method: 'DELETE', headers: { [header]: token, ...headers } };
        const { detail } = (await (await client.fetch('/dicomweb/studies/1.2', init)).json()) as { detail: string };
        return detail;
      };
      const refusal = /proxy allows changes only from pages of this archive/;
      expect(await change({ Origin: friend })).toMatch(refusal);
      expect(await change({ Origin: friend, 'Sec-Fetch-Site': 'cross-site' })).toMatch(refusal);
      expect(await change({ 'Sec-Fetch-Site': 'cross-site' })).toMatch(/Pages of other origins/);
      for (const own of [{}, { Origin: ORIGIN }, { Origin: ORIGIN, 'Sec-Fetch-Site': 'same-origin' }]) {
        expect(await change(own)).toMatch(/permission "delete"/);
      }
    }
  });
});
