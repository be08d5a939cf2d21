import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app';
import { type ArchiveClient, archiveClient, ORIGIN } from '../support/archive-client';
import { slice } from '../support/samples';
import { newSession, upload } from '../support/upload-client';
import {
  answersOf,
  childrenOf,
  type DescribedMethod,
  faultsOf,
  methodsOf,
  namesOf,
  parseWadl,
  type XmlElement,
} from '../support/wadl';
import { withArchive } from '../support/with-archive';

const WADL_TYPE = 'application/vnd.sun.wadl+xml';
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

async function options(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return await archive.fetch(path, { method: 'OPTIONS', headers });
}

async function described(path: string): Promise<XmlElement> {
  const response = await options(path);
  expect(response.status, path).toBe(200);
  return parseWadl(await response.text());
}

/** The services for stored objects, and those for monitors. */
const SERVICES = ['/dicomweb', '/wado', '/health', '/statistics', '/metrics'];

/** Who may use the archive, and who did: their answers are in the tests of each (api-keys, shares, access-sign-in, audit). */
const ACCESS = [
  ...['/audit', '/keys', '/shares', '/sign-in', '/sign-out', '/session', '/verification', '/rebuild'],
  ...['/backup', '/restoration'],
  ...['/dicomweb/studies/1.2.3.4/shares', '/dicomweb/studies/1.2.3.4/series/1.2.3.4.0/shares'],
];

/** All methods of services. */
async function everyMethod(services: readonly string[] = SERVICES): Promise<DescribedMethod[]> {
  return (await Promise.all(services.map(described))).flatMap(methodsOf);
}

function pathOf(uri: string): string {
  return uri.slice(ORIGIN.length).replace(/\{(\w+)\}/g, (_, name: string) => NAMES[name]!);
}

describe('PS3.18 8.9 retrieve capabilities', () => {
  it('WADL of the service at its base', async () => {
    for (const path of ['/dicomweb', '/dicomweb/']) {
      const response = await options(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('Content-Type')).toBe(WADL_TYPE);
      expect(response.headers.get('Vary')).toMatch(/\bAccept\b/);
      expect(response.headers.get('Allow')).toBe('OPTIONS');
      const application = parseWadl(await response.text());
      expect(application.name).toBe('application');
      expect(application.children.map(({ name, attributes }) => [name, attributes])).toEqual([
        ['resources', { base: `${ORIGIN}/dicomweb` }],
      ]);
    }
  });

  it('the form that Accept, or the accept parameter, asks for; 406 for any other', async () => {
    for (const [accept, type] of [
      ['*/*', WADL_TYPE],
      ['application/*', WADL_TYPE],
      [WADL_TYPE, WADL_TYPE],
      ['application/json', 'application/json'],
      [`${WADL_TYPE};q=0.5, application/json`, 'application/json'],
    ] as const) {
      const response = await options('/dicomweb/studies', { Accept: accept });
      expect(response.status, accept).toBe(200);
      expect(response.headers.get('Content-Type'), accept).toBe(type);
    }
    const byParameter = await options('/dicomweb?accept=application/json', { Accept: WADL_TYPE });
    expect(byParameter.headers.get('Content-Type')).toBe('application/json');
    for (const accept of ['text/html', 'application/dicom+json', 'image/*']) {
      expect((await options('/dicomweb', { Accept: accept })).status, accept).toBe(406);
    }
  });

  it('JSON is the same tree', async () => {
    for (const path of ['/dicomweb', '/wado']) {
      const asTree = (name: string, value: Record<string, unknown>): XmlElement => {
        const entries = Object.entries(value);
        return {
          name,
          attributes: Object.fromEntries(
            entries.filter(([, of]) => !Array.isArray(of)).map(([k, of]) => [k, String(of)]),
          ),
          children: entries.flatMap(([k, of]) => (Array.isArray(of) ? of.map((child) => asTree(k, child)) : [])),
        };
      };
      const json = await (await options(path, { Accept: 'application/json' })).json<{ application: object }>();
      expect(asTree('application', json.application as Record<string, unknown>)).toEqual(await described(path));
    }
  });

  it('the origin is the public one', async () => {
    archive = archiveClient({ PUBLIC_ORIGIN: 'https://pacs.example.org' });
    const bases = [await described('/dicomweb'), await described('/wado')].map(
      (application) => application.children[0],
    );
    expect(bases.map((resources) => resources?.attributes.base)).toEqual([
      'https://pacs.example.org/dicomweb',
      'https://pacs.example.org',
    ]);
  });

  it('does not query the archive', async () => {
    // The first request of an isolate checks whether the index follows the configuration.
    await options('/dicomweb');
    archive.operations.d1 = 0;
    await options('/dicomweb/studies/1.2.3.4');
    expect(archive.operations).toMatchObject({ d1: 0, r2Reads: [], r2Writes: [] });
  });
});

describe('PS3.18 annex H capabilities description', () => {
  it('a resource: its methods and those below it', async () => {
    const series = '/dicomweb/studies/9.9/series/8.8';
    const response = await options(series);
    expect(response.headers.get('Allow')).toBe('GET, HEAD, DELETE, OPTIONS');
    const application = parseWadl(await response.text());
    const of = `${ORIGIN}/dicomweb/studies/{study}/series/{series}`;
    const methods = methodsOf(application).map(({ method, uri }) => `${method} ${uri}`);
    expect(methods).toContain(`GET ${of}`);
    expect(methods).toContain(`GET ${of}/instances/{instance}/frames/{frames}`);
    const all = (await everyMethod()).map(({ method, uri }) => `${method} ${uri}`);
    expect([...methods].sort()).toEqual(all.filter((each) => `${each}/`.includes(`${of}/`)).sort());
  });

  it('/wado is a service of its own', async () => {
    const response = await options('/wado');
    expect(response.headers.get('Allow')).toBe('GET, HEAD, OPTIONS');
    const [retrieve, ...others] = methodsOf(parseWadl(await response.text()));
    expect(others).toEqual([]);
    expect(retrieve?.uri).toBe(`${ORIGIN}/wado`);
    expect(namesOf(retrieve!, 'query')).toEqual(expect.arrayContaining(['requestType', 'objectUID', 'contentType']));
  });

  it('404 for a path that is not a resource', async () => {
    for (const path of [
      '/',
      '/dicomweb/nothing',
      '/dicomweb/studies/1.2.3/nothing',
      '/dicomweb/studies/1/series/2/3',
    ]) {
      expect((await options(path)).status, path).toBe(404);
    }
  });

  it('searches: options, and the keys by keyword and by tag, the configured ones too', async () => {
    archive = archiveClient({ SEARCH_ATTRIBUTES: 'StationName, (0019,xx10,"ACME 1.1"):DS' });
    const search = (await everyMethod()).find(({ id }) => id === 'SearchForStudies')!;
    const names = namesOf(search, 'query');
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['limit', 'offset', 'fuzzymatching', 'includefield', 'accept']));
    expect(names).toEqual(expect.arrayContaining(['PatientName', '00100010', 'StationName']));
    expect(names).toContain('RequestAttributesSequence.RequestedProcedureID');
    // A search understands every name; it would warn about unknown ones.
    for (const name of names.filter((each) => each !== 'accept' && each !== 'orderby')) {
      const response = await archive.fetch(`/dicomweb/studies?${name}=`);
      expect(response.status, name).toBe(200);
      expect(response.headers.get('Warning') ?? '', name).not.toMatch(/not (been|supported)/);
    }
  });

  it('is valid by the schema', async () => {
    for (const path of ['/dicomweb', '/dicomweb/studies/1.2.3.4/series', '/wado', ...ACCESS]) {
      expect(faultsOf(await described(path)), path).toEqual([]);
    }
  });

  it('each method has the name of a transaction and lists the bodies that it accepts', async () => {
    const methods = await everyMethod([...SERVICES, ...ACCESS]);
    expect(new Set(methods.map(({ id }) => id)).size).toBe(methods.length);
    for (const { id, element } of methods) {
      expect(id).toMatch(/^[A-Z][A-Za-z]+$/);
      expect(element.children.map(({ name }) => name)[0], id).toBe('request');
    }
    const store = methods.find(({ id }) => id === 'StoreInstances')!;
    const bodies = childrenOf(childrenOf(store.element, 'request')[0], 'representation');
    expect(bodies.map(({ attributes }) => attributes.mediaType)).toEqual(
      expect.arrayContaining(['application/dicom', 'multipart/related; type="application/dicom+xml"']),
    );
  });
});

describe('the description and the service agree', () => {
  it('every route of the app is described, and nothing else', async () => {
    const app = createApp(() => {
      throw new Error('no archive is asked');
    });
    const routes = app.routes
      .filter(({ method }) => method !== 'ALL' && method !== 'OPTIONS')
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)(\{\.\+\})?/g, '{$1}')}`);
    const described = await everyMethod([...SERVICES, ...ACCESS]);
    const methods = described.map(({ method, uri }) => `${method} ${uri.slice(ORIGIN.length)}`);
    expect(methods.length).toBeGreaterThan(20);
    expect([...methods].sort()).toEqual([...routes].sort());
  });

  it('every method answers, with a status and a form that are described', async () => {
    const methods = await everyMethod();
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
    for (const each of (await everyMethod()).filter(({ id }) =>
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
    const byURI = Map.groupBy(await everyMethod([...SERVICES, ...ACCESS]), ({ uri }) => uri);
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
