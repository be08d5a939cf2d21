import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { archiveClient, multipart } from '../../support/clients/archive-client';
import { dataSetOf, found, item, ofInstances, PATH, post, sha256 } from '../../support/clients/commitment-data-sets';
import { upload } from '../../support/clients/upload-client';
import { slice } from '../../support/files/samples';

/* PS3.18 13: who may ask for storage commitment, and of which studies. */

withArchive();

const FILES = [1, 2, 3].map((at) => slice({ sop: `1.2.3.4.${at}`, seed: at }));

describe('who asks', () => {
  const ROLES = JSON.stringify({
    modality: { permissions: ['store'], studies: { own: true } },
    trial: { permissions: ['store'], studies: { labels: ['trial'] } },
    reader: { permissions: ['search', 'retrieve'] },
  });

  async function deployment(variables: Record<string, string> = {}) {
    const open = archiveClient({ ROLES });
    const closed = archiveClient({ ALLOW_ANONYMOUS: '', ROLES, ...variables }, undefined, open.prefix);
    return async (role: string) => {
      const body = JSON.stringify({ name: role, roles: [role] });
      const made = await open.fetch('/keys', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
      const Authorization = `Bearer ${((await made.json()) as { key: string }).key}`;
      return (path: string, init: RequestInit = {}) =>
        closed.fetch(path, { ...init, headers: { ...(init.headers as Record<string, string>), Authorization } });
    };
  }

  it('a sender sees its own instances, without any other permission, and its own transactions', async () => {
    const withKey = await deployment();
    const [one, two, trial, reader] = await Promise.all(['modality', 'modality', 'trial', 'reader'].map(withKey));
    await one!('/dicomweb/studies', { method: 'POST', ...multipart([FILES[0]!]) });
    // The label that would show the study is given by nobody: who began it can still ask for it.
    await trial!('/dicomweb/studies', {
      method: 'POST',
      ...multipart([slice({ study: '1.2.8', series: '1.2.8.0', sop: '1.2.8.1' })]),
    });
    const asked = post(JSON.stringify(ofInstances(item('1.2.3.4.1'), item('1.2.8.1'))));
    const of = async (who: typeof one) =>
      found(await dataSetOf(await who!(`${PATH}2.25.1`, asked))).committed.map(([sop]) => sop);
    expect([await of(one), await of(two), await of(trial)]).toEqual([['1.2.3.4.1'], [], ['1.2.8.1']]);
    expect((await reader!(`${PATH}2.25.1`, asked)).status).toBe(403);
    expect((await reader!(`${PATH}2.25.1`)).status).toBe(403);
    const check = async (who: typeof one) => found(await dataSetOf(await who!(`${PATH}2.25.1`))).committed.length;
    expect([await check(one), await check(two), await check(trial)]).toEqual([1, 0, 1]);
  });

  it('tells a sender of a study that it cannot see what it tells of a study of its own', async () => {
    for (const DUPLICATES of ['reject', 'replace', 'keep']) {
      const withKey = await deployment({ DUPLICATES });
      const [one, two] = await Promise.all(['modality', 'modality'].map(withKey));
      const file = (study: string, seed: number) => slice({ study, series: `${study}.0`, sop: `${study}.2`, seed });
      const send = (who: typeof one, sent: Uint8Array) =>
        who!('/dicomweb/studies', { method: 'POST', ...multipart([sent]) });
      await send(one, slice({ study: '1.2.70', series: '1.2.70.0', sop: '1.2.70.1' }));
      const told = async (study: string) => {
        const statuses: unknown[] = [];
        for (const seed of [1, 2]) statuses.push((await send(two, file(study, seed))).status);
        const digests = await Promise.all([1, 2].map((seed) => sha256(file(study, seed))));
        const answers = [];
        for (const [at, digest] of [undefined, ...digests].entries()) {
          const asked = post(JSON.stringify(ofInstances(item(`${study}.2`, digest))));
          const { committed, failed } = found(await dataSetOf(await two!(`${PATH}2.25.${study.slice(4)}${at}`, asked)));
          answers.push([
            committed.map(([, ...of]) => of.map((digest) => digests.indexOf(String(digest)))),
            failed.map(([, ...why]) => why),
          ]);
        }
        const session = (await (await two!('/dicomweb/upload-sessions', { method: 'POST' })).json()) as { id: string };
        const body = JSON.stringify(digests.map((sha256) => ({ sopInstanceUID: `${study}.2`, sha256 })));
        const asked = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body };
        const known = await (await two!(`/dicomweb/upload-sessions/${session.id}/known`, asked)).json();
        expect(known).toHaveLength(1);
        const path = await upload({ fetch: two! }, slice({ study, series: `${study}.0`, sop: `${study}.4` }), {
          session: session.id,
        });
        const { result, counts, results } = (await (await two!(path)).json()) as Record<string, unknown>;
        const described = JSON.stringify([result, counts, results]).replaceAll(study, 'STUDY');
        expect(described).toContain('"stored"');
        statuses.push(described);
        const sessions = await (await two!(`/dicomweb/upload-sessions/${session.id}`)).text();
        const ids = [session.id, path.slice(path.lastIndexOf('/') + 1)];
        statuses.push(
          ids
            .reduce((text, id) => text.replaceAll(id, 'ID'), sessions)
            .replaceAll(/"expires":"[^"]*"|"length":\d+/g, ''),
        );
        return [statuses, answers, (known as { sha256: string }[]).map(({ sha256 }) => digests.indexOf(sha256))];
      };
      // The first study is that of another sender; the second one is new.
      expect(await told('1.2.70'), DUPLICATES).toEqual(await told('1.2.80'));
    }
  });
});
