import { afterEach, describe, expect, it, vi } from 'vitest';
import { create, ROLES } from '../../support/access/key-deployment';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, multipart } from '../../support/clients/archive-client';
import { uploadAtOnce } from '../../support/clients/upload-client';
import { slice } from '../../support/files/samples';

/* B112H for senders that may only store: it tells neither that a study is there, nor of which patient it is. */

withArchive();
afterEach(() => {
  vi.restoreAllMocks();
});

const THERE = '1.2.3.4';
const NOT_THERE = '1.2.3.5';
const SENDERS = {
  uploader: { permissions: ['store'] },
  own: { permissions: ['store'], studies: { own: true } },
  north: { permissions: ['store'], studies: { labels: ['north'] }, labels: ['north'] },
};
const roles = JSON.stringify({
  ...JSON.parse(ROLES),
  ...SENDERS,
  reading: { permissions: ['store', 'search'] },
  labelling: { permissions: ['store'], labels: ['north'] },
});

const file = (study: string, number: number, patient: string) =>
  slice({
    study,
    series: `${study}.1`,
    sop: `${study}.1.${number}`,
    elements: [[0x00100020, 'LO', patient]],
  });

async function deployment() {
  const open = archiveClient({ ROLES: roles });
  const closed = archiveClient({ ROLES: roles, ALLOW_ANONYMOUS: '' }, undefined, open.prefix);
  const sender = async (role: string): Promise<Pick<ArchiveClient, 'fetch'>> => {
    const { key } = await create(open, { name: role, roles: [role] });
    const Authorization = `Bearer ${key}`;
    return { fetch: (path, init = {}) => closed.fetch(path, { ...init, headers: { ...init.headers, Authorization } }) };
  };
  // Somebody else's study, which each of the senders may add to or not.
  const other = await sender('labelling');
  expect((await store(other, THERE, [file(THERE, 99, 'A')]))[0]).toBe(200);
  return { sender };
}

/** What a Store request is answered, with a name in place of the study. */
async function store({ fetch }: Pick<ArchiveClient, 'fetch'>, study: string, files: readonly Uint8Array[]) {
  const { headers, body } = multipart(files);
  const response = await fetch('/dicomweb/studies', { method: 'POST', headers, body });
  return [response.status, response.headers.get('Warning'), (await response.text()).replaceAll(study, 'STUDY')];
}

describe.each(Object.keys(SENDERS))('a sender that may only store (%s)', (role) => {
  it('is told the same of a study that is there, with any Patient ID, as of one that is not', async () => {
    const { sender } = await deployment();
    const client = await sender(role);
    const answers = [];
    for (const study of [THERE, NOT_THERE]) {
      const told: unknown[] = [];
      for (const [at, patient] of ['B', 'A', 'C', 'B'].entries())
        told.push(await store(client, study, [file(study, at, patient)]));
      for (const [at, patient] of ['B', 'A'].entries()) {
        const sent = await uploadAtOnce(client, file(study, 10 + at, patient));
        const shown = (await (await client.fetch(sent.headers.get('Location')!)).json()) as { results: unknown };
        told.push(JSON.stringify(shown.results).replaceAll(study, 'STUDY'));
      }
      answers.push(told);
    }
    expect(answers[0]).toEqual(answers[1]);
  });

  it('is told of two patients in a study of one request, whether the study is there or not', async () => {
    const { sender } = await deployment();
    const client = await sender(role);
    for (const study of [THERE, NOT_THERE]) {
      const files = [file(study, 1, 'B'), file(study, 2, 'A'), file(study, 3, 'B')];
      const [status, warning] = await store(client, study, files);
      expect([status, warning]).toEqual([202, expect.stringContaining(' B112 Other patient: 1 stored')]);
    }
  });
});

it('the log tells the operator what such a sender is not told, without the Patient ID', async () => {
  const { sender } = await deployment();
  const client = await sender('uploader');
  const logged = vi.spyOn(console, 'log');
  expect((await store(client, THERE, [file(THERE, 1, 'Secret'), file(THERE, 2, 'Secret')]))[0]).toBe(200);
  const lines = logged.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('other-patient'));
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { event: 'other-patient', archive: expect.any(String), studyInstanceUID: THERE, instances: 2 },
  ]);
  expect(lines.join()).not.toMatch(/secret/i);
});

it('a sender that may search too is warned', async () => {
  const { sender } = await deployment();
  expect((await store(await sender('reading'), THERE, [file(THERE, 1, 'B')]))[0]).toBe(202);
});
