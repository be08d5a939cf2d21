import { describe, expect, it } from 'vitest';
import {
  archive,
  bearer,
  filled,
  keys,
  OTHER,
  opened,
  READS,
  ROLES,
  STUDY,
  sent,
  share,
  uids,
  withSharedStudies,
} from '../../support/archive/shared-studies';
import { archiveClient, multipart } from '../../support/clients/archive-client';
import { slice } from '../../support/files/samples';

withSharedStudies();

describe('a share', () => {
  it('shows its study and nothing else, by the cookie that its link is exchanged for', async () => {
    const made = await share({ permission: 'download' });
    expect(new URL(made.link).hash).toBe(`#${made.token}`);
    const { root, viewer, cookie, get } = await opened(made);
    expect(root).toBe(`/shares/${made.id}/dicomweb`);
    expect(viewer).toBe(`/viewer?StudyInstanceUIDs=1.2.3.4&share=${made.id}`);
    expect(cookie).toContain(`Path=/shares/${made.id};`);
    expect(cookie).toMatch(/Secure; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
    for (const path of READS) expect((await get(root + filled(path))).status, path).toBe(200);
    const listed = (await (await get(`${root}/studies`)).json()) as unknown[];
    expect(JSON.stringify(listed)).toContain(`http://archive.test/shares/${made.id}/dicomweb/studies/1.2.3.4`);
    expect(listed).toHaveLength(1);
    const elsewhere = { ...uids, study: '1.2.9', series: '1.2.9.1', instance: '1.2.9.1.1' };
    for (const path of READS) {
      const [hidden, absent] = [
        get(root + filled(path, elsewhere)),
        get(root + filled(path, { ...uids, study: '1.9' })),
      ];
      const [one, other] = [await hidden, await absent];
      expect([one.status, await one.text()], path).toEqual([other.status, await other.text()]);
    }
    const wado = `/shares/${made.id}/wado?requestType=WADO&studyUID=1.2.3.4&seriesUID=1.2.3.4.0&objectUID=1.2.3.4.1`;
    expect((await get(wado)).status).toBe(200);
    const session = await get(`/shares/${made.id}/session`);
    expect(await session.json()).toMatchObject({
      kind: 'share',
      permissions: ['search', 'retrieve'],
      downloads: true,
      canSignOut: false,
    });
    expect((await archive.fetch(`/shares/${made.id}/session`)).status).toBe(401);
  });

  it('changes nothing, and its cookie opens nothing but the share', async () => {
    const made = await share();
    const { root, get } = await opened(made);
    const restore = `${root}/studies/1.2.3.4/restore`;
    expect((await get(restore, { method: 'POST' })).status).toBe(403);
    expect((await get(`${root}/studies/1.2.3.4`, { method: 'DELETE' })).status).toBe(403);
    expect((await get(`${root}/studies/1.2.3.4/shares`, sent({}))).status).toBe(403);
    for (const path of ['/dicomweb/studies', STUDY, '/keys', '/audit', '/shares', '/statistics']) {
      expect((await get(path)).status, path).toBe(401);
    }
    const other = await share({}, OTHER);
    expect((await get(`/shares/${other.id}/dicomweb/studies`)).status).toBe(401);
  });

  it('is not opened by another credential: under its URLs nothing else counts', async () => {
    const made = await share();
    const path = `/shares/${made.id}/dicomweb/studies`;
    expect((await archive.fetch(path)).status).toBe(401);
    expect((await archive.fetch(path, { headers: bearer(keys.sharer) })).status).toBe(401);
    const everybody = archiveClient({ ROLES }, undefined, archive.prefix);
    expect((await everybody.fetch('/dicomweb/studies')).status).toBe(200);
    expect((await everybody.fetch(path)).status).toBe(401);
  });

  it('of a series shows one series, and counts that one alone', async () => {
    const made = await share({}, `${STUDY}/series/1.2.3.4.5`);
    const { root, get } = await opened(made);
    const [study] = (await (await get(`${root}/studies`)).json()) as Record<string, { Value: unknown[] }>[];
    expect(study!['00201206']!.Value).toEqual([1]);
    expect(study!['00201208']!.Value).toEqual([1]);
    expect((await get(`${root}/studies/1.2.3.4/series/1.2.3.4.5/metadata`)).status).toBe(200);
    expect((await get(`${root}/studies/1.2.3.4/series/1.2.3.4.0/metadata`)).status).toBe(404);
    expect((await (await get(`${root}/studies/1.2.3.4/metadata`)).json()) as unknown[]).toHaveLength(1);
  });

  it('to look at gives no whole studies or series', async () => {
    const { root, get } = await opened(await share());
    expect((await get(`${root}/studies/1.2.3.4/metadata`)).status).toBe(200);
    expect((await get(`${root}/studies/1.2.3.4`)).status).toBe(403);
    expect(await (await get(root.replace('/dicomweb', '/session'))).json()).toMatchObject({ downloads: false });
    expect(
      (await get(`${root}/studies/1.2.3.4/series/1.2.3.4.0`, { headers: { Accept: 'application/zip' } })).status,
    ).toBe(403);
  });
});

describe('a share that is de-identified', () => {
  const NAMES = /Neptune|MRN0000002|Galle|A000041576|1\.2\.3\.4/;

  it('tells nothing of the patient in any answer, and its study can be opened and searched', async () => {
    const made = await share({ deidentify: { cleanDescriptors: true }, permission: 'download' });
    const { root, viewer, get } = await opened(made);
    const study = new URLSearchParams(viewer.slice(viewer.indexOf('?'))).get('StudyInstanceUIDs')!;
    expect(study).toMatch(/^2\.25\./);
    const value = async (path: string, tag: string) =>
      ((await (await get(path)).json()) as Record<string, { Value: string[] }>[])[0]![tag]!.Value[0]!;
    const series = await value(`${root}/studies/${study}/series`, '0020000E');
    const instance = await value(`${root}/studies/${study}/series/${series}/instances`, '00080018');
    for (const path of READS) {
      const answer = await get(root + filled(path, { ...uids, study, series, instance }));
      expect(answer.status, path).toBe(200);
      const text = new TextDecoder('latin1').decode(await answer.arrayBuffer());
      expect(text + JSON.stringify([...answer.headers]), path).not.toMatch(NAMES);
    }
    for (const path of READS) {
      const [real, absent] = [
        await get(root + filled(path)),
        await get(root + filled(path, { ...uids, study: '1.9' })),
      ];
      expect([real.status, await real.text()], path).toEqual([absent.status, await absent.text()]);
    }
    const listed = await (await get(`${root}/studies`)).text();
    expect(listed).not.toMatch(NAMES);
    expect(JSON.parse(listed)).toHaveLength(1);
  });

  it('is recorded under the study that the archive has', async () => {
    const { root, viewer, get } = await opened(await share({ deidentify: true }));
    const study = new URLSearchParams(viewer.slice(viewer.indexOf('?'))).get('StudyInstanceUIDs')!;
    expect((await get(`${root}/studies/${study}/metadata`)).status).toBe(200);
    const everybody = archiveClient({ ROLES }, undefined, archive.prefix);
    const events = (await (await everybody.fetch('/audit?study=1.2.3.4&action=access')).json()) as object[];
    expect(events).toMatchObject([{ principalKind: 'share', outcome: 'success', retrievals: 1 }]);
  });

  it('gives the same study other UIDs in another share', async () => {
    const views = [await opened(await share({ deidentify: true })), await opened(await share({ deidentify: true }))];
    expect(views[0]!.viewer.split('&')[0]).not.toBe(views[1]!.viewer.split('&')[0]);
  });

  it('is refused for images that may show a name, unless the sharer has looked at them', async () => {
    const key = bearer(keys.sharer);
    const file = slice({ study: '1.2.8', series: '1.2.8.1', sop: '1.2.8.1.1', elements: [[0x00080060, 'CS', 'US']] });
    await archive.fetch('/dicomweb/studies', { method: 'POST', ...withKey(multipart([file]), key) });
    const path = '/dicomweb/studies/1.2.8/shares';
    const refused = await archive.fetch(path, sent({ deidentify: true }, key));
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringMatching(/1 because its modality/)]);
    expect((await archive.fetch(path, sent({ deidentify: { allowIdentifyingPixels: true } }, key))).status).toBe(201);
    expect((await archive.fetch(path, sent({ deidentify: { retainAll: true } }, key))).status).toBe(400);
  });
});

function withKey(
  init: { headers: Record<string, string>; body: Uint8Array },
  key: Record<string, string>,
): RequestInit {
  return { ...init, headers: { ...init.headers, ...key } };
}
