import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN } from '../../support/clients/archive-client';
import { ACCESS, everyMethod, SERVICES } from '../../support/clients/described-services';
import { newSession, upload } from '../../support/clients/upload-client';
import { answersOf, childrenOf, type DescribedMethod } from '../../support/clients/wadl';
import { slice } from '../../support/files/samples';

const NAMES: Record<string, string> = {
  study: '1.2.3.4',
  series: '1.2.3.4.0',
  instance: '1.2.3.4.1',
  frames: '1',
  path: '7FE00010',
  key: '0123456789abcdef',
  share: '0123456789abcdef',
  transactionUID: '1.2.3.4.5',
};

let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

function pathOf(uri: string): string {
  return uri.slice(ORIGIN.length).replace(/\{(\w+)\}/g, (_, name: string) => NAMES[name]!);
}

describe('the description and the service agree', () => {
  it('every route of the app is described, and nothing else', async () => {
    const app = createApp(() => {
      throw new Error('no archive is asked');
    });
    const routes = app.routes
      .filter(({ method }) => method !== 'ALL' && method !== 'OPTIONS')
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)(\{\.\+\})?/g, '{$1}')}`);
    const described = await everyMethod(archive, [...SERVICES, ...ACCESS]);
    const methods = described.map(({ method, uri }) => `${method} ${uri.slice(ORIGIN.length)}`);
    expect(methods.length).toBeGreaterThan(20);
    expect([...methods].sort()).toEqual([...routes].sort());
  });

  it('every method answers, with a status and a form that are described', async () => {
    const methods = await everyMethod(archive);
    // Deleted content can be restored, so these come last.
    const order = (name: string) =>
      [
        ...['Store', 'RequestCommitment', 'CheckCommitment', 'Search', 'Retrieve', 'List'],
        ...['CreateUpload', 'ShowUpload', 'AppendToUpload', 'OverrideUpload', 'CloseUpload', 'Terminate', 'Delete'],
      ].findIndex((of) => name.startsWith(of));
    const restores = new Map(methods.filter(({ id }) => id.startsWith('Restore')).map((each) => [each.id, each]));
    const first = methods.filter(({ id }) => !restores.has(id)).sort((one, other) => order(one.id) - order(other.id));
    await archive.store([slice()]);
    NAMES.upload = (await archive.fetch('/dicomweb/uploads', { method: 'POST', headers: UPLOAD })).headers
      .get('Location')!
      .replace(/.*\//, '');
    NAMES.session = await newSession(archive);
    await upload(archive, slice(), { session: NAMES.session });
    for (const each of first) {
      await tried(each);
      const restore = restores.get(each.id.replace('Delete', 'Restore'));
      if (each.method === 'DELETE' && restore !== undefined) await tried(restore);
    }
  });

  async function tried(each: DescribedMethod): Promise<void> {
    const query = each.id === 'RetrieveByURI' ? `?${URI_QUERY}` : '';
    const sent = sentTo(each);
    const response = await archive.fetch(pathOf(each.uri) + query, { method: each.method, ...sent });
    expect(response.status, each.id).toBeLessThan(300);
    const forms = answersOf(each, response.status);
    const type = response.headers.get('Content-Type')?.replace(/; (boundary|transfer-syntax)=[^;]*/g, '');
    if (type === undefined) expect(forms, each.id).toEqual([]);
    else expect(forms, each.id).toContain(type);
    if (each.method !== 'GET') return;
    const headers = { 'Tus-Resumable': '1.0.0' };
    expect((await archive.fetch(pathOf(each.uri) + query, { method: 'HEAD', headers })).status, each.id).toBe(200);
  }

  /** What a method needs in its body. */
  function sentTo({ method, id, uri }: DescribedMethod): RequestInit {
    if (method === 'POST' && id.startsWith('Store')) {
      return { headers: { 'Content-Type': 'application/dicom' }, body: slice() };
    }
    if (id === 'RequestCommitment') {
      const item = { '00081150': { vr: 'UI', Value: ['1.2'] }, '00081155': { vr: 'UI', Value: ['1.2.3.4.1'] } };
      const body = JSON.stringify({ '00081199': { vr: 'SQ', Value: [item] } });
      return { headers: { 'Content-Type': 'application/dicom+json' }, body };
    }
    if (id === 'ListKnownFiles') return { headers: { 'Content-Type': 'application/json' }, body: '[]' };
    if (uri.includes('/uploads')) {
      const offset = id === 'AppendToUpload' ? '0' : '1';
      const headers = { ...UPLOAD, 'Upload-Offset': offset, 'X-HTTP-Method-Override': 'PATCH' };
      return { headers, ...(/^(Append|Override)/.test(id) && { body: 'a' }) };
    }
    if (id === 'PlaceHold') return { headers: { 'Content-Type': 'application/json' }, body: '{"reason":"a case"}' };
    return method === 'PUT' ? { headers: { 'Content-Type': 'application/json' }, body: '["trial"]' } : {};
  }

  const UPLOAD = {
    'Tus-Resumable': '1.0.0',
    'Upload-Length': '3',
    'Content-Type': 'application/offset+octet-stream',
  };
  const URI_QUERY =
    'requestType=WADO&studyUID=1.2.3.4&seriesUID=1.2.3.4.0&objectUID=1.2.3.4.1&contentType=application/dicom';

  it('every form that Accept may name for stored objects is available', async () => {
    await archive.store([slice()]);
    for (const each of (await everyMethod(archive)).filter(({ id }) =>
      /^(Search|Retrieve.*Metadata|RetrieveInstance$)/.test(id),
    )) {
      const accept = childrenOf(childrenOf(each.element, 'request')[0], 'param').find(
        ({ attributes }) => attributes.name === 'Accept',
      );
      const values = childrenOf(accept, 'option').map(({ attributes }) => attributes.value!);
      expect(values.length, each.id).toBeGreaterThan(1);
      for (const value of values) {
        const response = await archive.fetch(pathOf(each.uri), { headers: { Accept: value } });
        expect(response.status, `${each.id} ${value}`).toBe(200);
      }
    }
  });

  it('405 names the methods that are described', async () => {
    const byURI = Map.groupBy(await everyMethod(archive, [...SERVICES, ...ACCESS]), ({ uri }) => uri);
    for (const [uri, methods] of byURI) {
      const response = await archive.fetch(pathOf(uri), { method: 'PROPFIND' });
      expect(response.status, uri).toBe(405);
      const allowed = response.headers.get('Allow')?.split(', ') ?? [];
      expect(allowed.filter((method) => method !== 'HEAD' && method !== 'OPTIONS').sort(), uri).toEqual(
        methods.map(({ method }) => method).sort(),
      );
      expect(allowed.includes('HEAD'), uri).toBe(allowed.includes('GET'));
    }
  });
});
