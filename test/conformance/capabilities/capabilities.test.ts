import { describe, expect, it } from 'vitest';
import { withArchive } from '../../support/archive/with-archive';
import { type ArchiveClient, archiveClient, ORIGIN } from '../../support/clients/archive-client';
import { ACCESS, described, everyMethod, options, SERVICES } from '../../support/clients/described-services';
import { childrenOf, faultsOf, methodsOf, namesOf, parseWadl, type XmlElement } from '../../support/clients/wadl';

const WADL_TYPE = 'application/vnd.sun.wadl+xml';
let archive: ArchiveClient;
withArchive(() => {
  archive = archiveClient();
});

describe('PS3.18 8.9 retrieve capabilities', () => {
  it('WADL of the service at its base', async () => {
    for (const path of ['/dicomweb', '/dicomweb/']) {
      const response = await options(archive, path);
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
      const response = await options(archive, '/dicomweb/studies', { Accept: accept });
      expect(response.status, accept).toBe(200);
      expect(response.headers.get('Content-Type'), accept).toBe(type);
    }
    const byParameter = await options(archive, '/dicomweb?accept=application/json', { Accept: WADL_TYPE });
    expect(byParameter.headers.get('Content-Type')).toBe('application/json');
    for (const accept of ['text/html', 'application/dicom+json', 'image/*']) {
      expect((await options(archive, '/dicomweb', { Accept: accept })).status, accept).toBe(406);
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
      const json = await (await options(archive, path, { Accept: 'application/json' })).json<{ application: object }>();
      expect(asTree('application', json.application as Record<string, unknown>)).toEqual(
        await described(archive, path),
      );
    }
  });

  it('the origin is the public one', async () => {
    archive = archiveClient({ PUBLIC_ORIGIN: 'https://pacs.example.org' });
    const bases = [await described(archive, '/dicomweb'), await described(archive, '/wado')].map(
      (application) => application.children[0],
    );
    expect(bases.map((resources) => resources?.attributes.base)).toEqual([
      'https://pacs.example.org/dicomweb',
      'https://pacs.example.org',
    ]);
  });

  it('does not query the archive', async () => {
    // The first request of an isolate checks whether the index follows the configuration.
    await options(archive, '/dicomweb');
    archive.operations.d1 = 0;
    await options(archive, '/dicomweb/studies/1.2.3.4');
    expect(archive.operations).toMatchObject({ d1: 0, r2Reads: [], r2Writes: [] });
  });
});

describe('PS3.18 annex H capabilities description', () => {
  it('a resource: its methods and those below it', async () => {
    const series = '/dicomweb/studies/9.9/series/8.8';
    const response = await options(archive, series);
    expect(response.headers.get('Allow')).toBe('GET, HEAD, DELETE, OPTIONS');
    const application = parseWadl(await response.text());
    const of = `${ORIGIN}/dicomweb/studies/{study}/series/{series}`;
    const methods = methodsOf(application).map(({ method, uri }) => `${method} ${uri}`);
    expect(methods).toContain(`GET ${of}`);
    expect(methods).toContain(`GET ${of}/instances/{instance}/frames/{frames}`);
    const all = (await everyMethod(archive)).map(({ method, uri }) => `${method} ${uri}`);
    expect([...methods].sort()).toEqual(all.filter((each) => `${each}/`.includes(`${of}/`)).sort());
  });

  it('/wado is a service of its own', async () => {
    const response = await options(archive, '/wado');
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
      expect((await options(archive, path)).status, path).toBe(404);
    }
  });

  it('searches: options, and the keys by keyword and by tag, the configured ones too', async () => {
    archive = archiveClient({ SEARCH_ATTRIBUTES: 'StationName, (0019,xx10,"ACME 1.1"):DS' });
    const search = (await everyMethod(archive)).find(({ id }) => id === 'SearchForStudies')!;
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
      expect(faultsOf(await described(archive, path)), path).toEqual([]);
    }
  });

  it('each method has the name of a transaction and lists the bodies that it accepts', async () => {
    const methods = await everyMethod(archive, [...SERVICES, ...ACCESS]);
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
