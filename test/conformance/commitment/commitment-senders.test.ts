import { expect, it } from 'vitest';
import type { DicomJson } from '../../../src/dicom/json/json-model';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, multipart } from '../../support/clients/archive-client';
import { CT_IMAGE_STORAGE as CT, slice } from '../../support/files/samples';

/* PS3.18 13 for senders that may only store: they learn nothing of what others have sent. */

const ROLES = {
  uploader: { permissions: ['store'] },
  reader: { permissions: ['store', 'search'] },
  part: { permissions: ['store'], studies: { labels: ['north'] } },
};

let open: ArchiveClient;
let archive: ArchiveClient;
withArchive(() => {
  open = archiveClient({ ROLES: JSON.stringify(ROLES) });
  archive = archiveClient({ ALLOW_ANONYMOUS: '', ROLES: JSON.stringify(ROLES) }, undefined, open.prefix);
});

async function sender(role: string) {
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ name: role, roles: [role] });
  const { key } = (await (await open.fetch('/keys', { method: 'POST', headers, body })).json()) as { key: string };
  const authorization = { Authorization: `Bearer ${key}` };
  let transactions = 0;
  return {
    async store(files: readonly Uint8Array[], status = 200) {
      const sent = multipart(files);
      const init = { method: 'POST', body: sent.body, headers: { ...sent.headers, ...authorization } };
      expect((await archive.fetch('/dicomweb/studies', init)).status).toBe(status);
    },
    /** The UIDs to which the archive commits, and the whole answer. */
    async committed(items: readonly (readonly [sop: string, digest?: string])[]) {
      transactions += 1;
      const response = await archive.fetch(`/dicomweb/commitment-requests/2.25.${transactions}`, {
        method: 'POST',
        headers: { ...authorization, 'Content-Type': 'application/dicom+json', Accept: 'application/dicom+json' },
        body: JSON.stringify({ '00081199': { vr: 'SQ', Value: items.map(([sop, digest]) => item(sop, digest)) } }),
      });
      expect(response.status).toBe(200);
      const text = await response.text();
      const found = (JSON.parse(text) as DicomJson)['00081199']?.Value ?? [];
      return { uids: found.map((each) => (each as DicomJson)['00081155']?.Value?.[0]), text };
    },
  };
}

const item = (sop: string, digest?: string): DicomJson => ({
  '00081150': { vr: 'UI', Value: [CT] },
  '00081155': { vr: 'UI', Value: [sop] },
  ...(digest !== undefined && {
    '00090010': { vr: 'LO', Value: ['DICOMWEB-EDGE COMMITMENT 1.0'] },
    '00091001': { vr: 'LO', Value: [digest] },
  }),
});
const sha256 = async (file: Uint8Array) =>
  Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(file))), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');

it.each(['uploader', 'part'])(
  'a sender with the role %s gets for what others sent the answer for what is not there',
  async (role) => {
    const [clinic, other] = [await sender(role), await sender('uploader')];
    await other.store([slice({ study: '1.2.7', series: '1.2.7.0', sop: '1.2.7.1' })]);
    const held = await clinic.committed([['1.2.7.1']]);
    const absent = await clinic.committed([['1.2.9.1']]);
    expect(held.uids).toEqual([]);
    expect(held.text).toBe(absent.text.replaceAll('1.2.9.1', '1.2.7.1'));
    const digest = 'ab'.repeat(32);
    const guessed = await clinic.committed([['1.2.7.1', digest]]);
    const missing = await clinic.committed([['1.2.9.1', digest]]);
    expect(guessed.text).toBe(missing.text.replaceAll('1.2.9.1', '1.2.7.1'));
  },
);

it('the archive commits to what the sender itself sent, also into a study that another one began', async () => {
  const [clinic, other] = [await sender('uploader'), await sender('uploader')];
  await other.store([slice({ sop: '1.2.3.4.1' })]);
  await clinic.store([slice({ series: '1.2.3.4.5', sop: '1.2.3.4.5.1' })]);
  // The isolate knows the series when the second sender adds to it.
  await other.store([slice({ series: '1.2.3.4.5', sop: '1.2.3.4.5.2', seed: 2 })]);
  expect((await clinic.committed([['1.2.3.4.1'], ['1.2.3.4.5.1']])).uids).toEqual(['1.2.3.4.5.1']);
  expect((await other.committed([['1.2.3.4.1'], ['1.2.3.4.5.2']])).uids).toEqual(['1.2.3.4.1', '1.2.3.4.5.2']);
});

it('who has the bytes, and who may search, get the answer for any instance', async () => {
  const [clinic, reader, other] = [await sender('uploader'), await sender('reader'), await sender('uploader')];
  const file = slice({ sop: '1.2.3.4.1' });
  await other.store([file]);
  expect((await clinic.committed([['1.2.3.4.1', await sha256(file)]])).uids).toEqual(['1.2.3.4.1']);
  expect((await reader.committed([['1.2.3.4.1']])).uids).toEqual(['1.2.3.4.1']);
});

it('content that was refused does not open a series to its sender; the same bytes do', async () => {
  const file = slice({ study: '1.7', series: '1.7.1', sop: '1.7.1.1' });
  await (await sender('uploader')).store([file, slice({ study: '1.7', series: '1.7.1', sop: '1.7.1.2' })]);
  const other = await sender('uploader');
  await other.store([slice({ study: '1.7', series: '1.7.1', sop: '1.7.1.1', seed: 9 })], 409);
  expect((await other.committed([['1.7.1.1'], ['1.7.1.2']])).uids).toEqual([]);
  await other.store([file]);
  expect((await other.committed([['1.7.1.1']])).uids).toEqual(['1.7.1.1']);
});

it('junk in a known series, or a study that the sender began, tells nothing of what others stored there', async () => {
  const [clinic, thief] = [await sender('uploader'), await sender('uploader')];
  const of = (sop: string) => slice({ study: '1.8', series: '1.8.1', sop });
  await clinic.store([of('1.8.1.1')]);
  await thief.store([of('1.8.1.66')]);
  const held = await thief.committed([['1.8.1.1'], ['1.8.1.66']]);
  expect(held.uids).toEqual(['1.8.1.66']);
  const absent = await thief.committed([['1.8.1.7'], ['1.8.1.66']]);
  expect(held.text).toBe(absent.text.replaceAll('1.8.1.7', '1.8.1.1'));
  await thief.store([slice({ study: '1.9', series: '1.9.1', sop: '1.9.1.1' })]);
  await clinic.store([slice({ study: '1.9', series: '1.9.2', sop: '1.9.2.1' })]);
  expect((await thief.committed([['1.9.1.1'], ['1.9.2.1']])).uids).toEqual(['1.9.1.1']);
  expect((await clinic.committed([['1.8.1.1'], ['1.9.1.1'], ['1.9.2.1']])).uids).toEqual(['1.8.1.1', '1.9.2.1']);
});
